"""Links, and what they are sorted by."""

from headwater import links
from headwater import workspace as tenants
from headwater.links import CameLink, Features, Folder, LinkDraft, Tag, Variant, host_name
from headwater.moving.model import IMPORTED, THERE, Brought
from headwater.moving.rows import DomainLine, FolderLine, LinkLine, TagLine
from headwater.moving.session import Session
from headwater.moving.times import instant, moment
from headwater.workspace import Domain, Standing


def folder(session: Session, row: FolderLine) -> Brought:
    """One of that name that is there takes its links."""
    created_at = moment(row.created_at) or session.ctx.now_us
    wanted = Folder(
        id=row.id,
        name=row.name,
        description=row.description,
        access_level=row.access_level,
        created_at=created_at,
        updated_at=moment(row.updated_at) or created_at,
    )
    here, new = links.bring_folder(session.tx, session.ctx, wanted)
    session.folders[row.id] = here.id
    return IMPORTED if new else THERE


def tag(session: Session, row: TagLine) -> Brought:
    """One of that name that is there stands for it."""
    here, new = links.bring_tag(
        session.tx, session.ctx, Tag(id=row.id, name=row.name.strip(), color=row.color)
    )
    session.tags[row.id] = here.id
    return IMPORTED if new else THERE


def domain(session: Session, row: DomainLine) -> Brought:
    created_at = instant(row.created_at)
    wanted = Domain(
        id=row.id,
        host=host_name(row.slug),
        primary=row.primary,
        archived=row.archived,
        placeholder=row.placeholder,
        expired_url=row.expired_url or None,
        not_found_url=row.not_found_url or None,
        logo=row.logo,
        asset_links=_text(row.asset_links),
        apple_app_site_association=_text(row.apple_app_site_association),
        created_at=created_at,
        updated_at=moment(row.updated_at) or created_at,
        standing=Standing(held=True, verified_at=None, look_at=session.ctx.now_us),
    )
    made = tenants.bring_domain(session.tx, session.ctx, wanted)
    return IMPORTED if made else THERE


def link(session: Session, row: LinkLine) -> Brought:
    created_at = instant(row.created_at)
    came = CameLink(
        id=row.id,
        draft=_draft(session, row),
        created_at=created_at,
        updated_at=moment(row.updated_at) or created_at,
        last_clicked=moment(row.last_clicked),
        deleted_at=moment(row.deleted_at),
    )
    return IMPORTED if links.bring_link(session.tx, session.ctx, came) else THERE


def _draft(session: Session, row: LinkLine) -> LinkDraft:
    tags = tuple(session.tags.get(each.id, each.id) for each in row.tags or ())
    folder_id = session.folders.get(row.folder_id or "", row.folder_id)
    return LinkDraft(
        url=row.url or "",
        domain=row.domain,
        key=row.key,
        external_id=row.external_id or None,
        tenant_id=row.tenant_id,
        program_id=row.program_id if row.partner_id else None,
        partner_id=row.partner_id,
        track_conversion=row.track_conversion,
        archived=row.archived,
        title=row.title,
        description=row.description,
        comments=row.comments,
        password=row.password or None,
        folder_id=folder_id,
        features=_features(row),
        tag_ids=tags,
    )


def _features(row: LinkLine) -> Features:
    variants = tuple(
        Variant(url=each.url, percentage=each.percentage) for each in row.test_variants or ()
    )
    return Features(
        expires_at=moment(row.expires_at),
        expired_url=row.expired_url or None,
        disabled_at=moment(row.disabled_at),
        proxy=row.proxy,
        image=row.image or None,
        video=row.video or None,
        rewrite=row.rewrite,
        do_index=row.do_index,
        ios=row.ios or None,
        android=row.android or None,
        geo=row.geo or None,
        test_variants=variants or None,
        test_started_at=moment(row.test_started_at),
        test_completed_at=moment(row.test_completed_at),
    )


def _text(given: object) -> str | None:
    return given if isinstance(given, str) else None
