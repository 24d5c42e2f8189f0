"""The rows of an export and of a source: one form for both. What a field means: moving.md."""

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from headwater.kit.money import AMOUNT_MAX
from headwater.moving.model import Kind, Shape

# What is looked for by: an index has no room for more.
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Short = Annotated[str, msgspec.Meta(max_length=255)]


class Named(Shape, frozen=True, kw_only=True):
    """What another row is named by."""

    id: Id


class CustomerNamed(Named, frozen=True, kw_only=True):
    external_id: Short | None = None


class TagLine(Shape, frozen=True, kw_only=True):
    id: Id
    name: str
    color: str = "gray"


class FolderLine(Shape, frozen=True, kw_only=True):
    id: Id
    name: str
    description: str | None = None
    access_level: Literal["write", "read"] | None = None
    created_at: str | None = None
    updated_at: str | None = None


class DomainLine(Shape, frozen=True, kw_only=True):
    id: Id
    slug: str
    primary: bool = False
    archived: bool = False
    placeholder: str | None = None
    expired_url: str | None = None
    not_found_url: str | None = None
    logo: str | None = None
    asset_links: Any = None
    apple_app_site_association: Any = None
    created_at: str
    updated_at: str | None = None


class RewardLine(Shape, frozen=True, kw_only=True):
    id: Id
    event: Literal["lead", "sale"]
    type: Literal["flat", "percentage"]
    amount_in_cents: int | None = None
    amount_in_percentage: Decimal | None = None
    created_at: str


class ProgramLine(Shape, frozen=True, kw_only=True):
    id: Id
    name: str
    attribution_model: Literal["first", "last"] = "last"
    window_days: int = 30
    self_referral: Literal["refuse", "allow"] = "refuse"
    holding_period_days: int = 0
    created_at: str
    rewards: tuple[RewardLine, ...] = ()


class PartnerLine(Shape, frozen=True, kw_only=True):
    id: Id
    program_id: Id
    name: str | None = None
    email: Short | None = None
    username: str | None = None
    country: str | None = None
    tenant_id: Short | None = None
    status: str = "approved"
    created_at: str
    stopped_at: str | None = None
    banned_at: str | None = None


class VariantLine(Shape, frozen=True, kw_only=True):
    url: str
    percentage: Annotated[int, msgspec.Meta(ge=0, le=100)]


class LinkLine(Shape, frozen=True, kw_only=True):
    id: Id
    domain: str
    key: Short
    url: str | None = None
    external_id: Short | None = None
    tenant_id: Short | None = None
    program_id: str | None = None
    partner_id: str | None = None
    track_conversion: bool = False
    archived: bool = False
    title: str | None = None
    description: str | None = None
    comments: str | None = None
    password: str | None = None
    folder_id: str | None = None
    tags: list[TagLine] | None = None
    expires_at: str | None = None
    expired_url: str | None = None
    disabled_at: str | None = None
    proxy: bool = False
    image: str | None = None
    video: str | None = None
    rewrite: bool = False
    do_index: bool = False
    ios: str | None = None
    android: str | None = None
    geo: dict[str, str] | None = None
    test_variants: list[VariantLine] | None = None
    test_started_at: str | None = None
    test_completed_at: str | None = None
    clicks: int = 0
    leads: int = 0
    sales: int = 0
    sale_amount: int = 0
    last_clicked: str | None = None
    created_at: str
    updated_at: str | None = None
    deleted_at: str | None = None


class CustomerLine(Shape, frozen=True, kw_only=True):
    id: Id
    external_id: Id
    name: str | None = None
    email: Short | None = None
    avatar: str | None = None
    stripe_customer_id: Short | None = None
    country: str | None = None
    created_at: str
    subscription_canceled_at: str | None = None
    erased_at: str | None = None


class RateLine(Shape, frozen=True, kw_only=True):
    id: Id
    currency: Short
    date: str
    rate: str
    source: str = ""
    created_at: str


class ClickShape(Shape, frozen=True, kw_only=True):
    id: Short
    timestamp: str
    url: str | None = None
    ua: str | None = None
    referer_url: str | None = None
    trigger: str | None = None
    qr: bool = False
    country: str | None = None
    region: str | None = None
    city: str | None = None


class LinkNamed(Shape, frozen=True, kw_only=True):
    id: Id
    program_id: str | None = None
    partner_id: str | None = None


class ClickLine(Shape, frozen=True, kw_only=True):
    """`class` and `counted` stand in our exports alone; a public API lists what was counted."""

    click: ClickShape
    link: LinkNamed
    hit_class: str = msgspec.field(name="class", default="human")
    counted: bool = True


class LeadLine(Shape, frozen=True, kw_only=True):
    event_id: Id
    event_name: Short
    timestamp: str
    click: ClickShape
    link: LinkNamed
    customer: CustomerNamed
    metadata: msgspec.Raw = msgspec.Raw(b"null")
    quantity: int = 1


class SaleShape(Shape, frozen=True, kw_only=True):
    amount: int
    currency: Short = "usd"
    invoice_id: Short | None = None
    payment_processor: str = "custom"


class SaleLine(Shape, frozen=True, kw_only=True):
    """What stands behind `metadata` is in our exports alone. Without click and link: the customer
    came by no link.
    """

    event_id: Id
    event_name: Short
    timestamp: str
    click: ClickShape | None = None
    link: LinkNamed | None = None
    customer: CustomerNamed
    sale: SaleShape
    metadata: msgspec.Raw = msgspec.Raw(b"null")
    lead_id: Short | None = None
    original_amount: int | None = None
    original_currency: str | None = None
    rate_id: Short | None = None
    plan: Short | None = None
    promo_code: Short | None = None
    subscription_id: Short | None = None
    scope: Literal["personal", "organization"] = "personal"
    administrative: bool = False


class CommissionLine(Shape, frozen=True, kw_only=True):
    """`conversion_id`, `link_id`, `program_id`, `original_earnings` and `due_at` are ours."""

    id: Id
    type: str
    status: str
    amount: int = 0
    earnings: int
    currency: Short = "usd"
    quantity: int = 1
    invoice_id: Short | None = None
    created_at: str
    updated_at: str | None = None
    due_at: str | None = None
    paid_at: str | None = None
    partner: Named
    customer: CustomerNamed | None = None
    conversion_id: Short | None = None
    link_id: str | None = None
    program_id: str | None = None
    original_earnings: int | None = None


class RefundLine(Shape, frozen=True, kw_only=True):
    id: Id
    sale_id: Id
    key: Short
    amount: int
    reason: str | None = None
    created_at: str


class DisputeLine(Shape, frozen=True, kw_only=True):
    id: Id
    sale_id: Id
    key: Short
    amount: Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MAX)] | None = None
    reason: str | None = None
    opened_at: str
    outcome: Literal["won", "lost"] | None = None
    closed_at: str | None = None


class MilestoneLine(Shape, frozen=True, kw_only=True):
    id: Id
    type: Literal["signup", "trial_start", "trial_end", "subscription_start"]
    customer: CustomerNamed
    entity: Short | None = None
    plan: Short | None = None
    scope: Literal["personal", "organization"] = "personal"
    administrative: bool = False
    source: Literal["api", "stripe", "client", "signup"] = "api"
    metadata: msgspec.Raw = msgspec.Raw(b"null")
    occurred_at: str


SHAPES: dict[Kind, type[Shape]] = {
    Kind.FOLDER: FolderLine,
    Kind.TAG: TagLine,
    Kind.DOMAIN: DomainLine,
    Kind.PROGRAM: ProgramLine,
    Kind.PARTNER: PartnerLine,
    Kind.LINK: LinkLine,
    Kind.CUSTOMER: CustomerLine,
    Kind.RATE: RateLine,
    Kind.CLICK: ClickLine,
    Kind.LEAD: LeadLine,
    Kind.SALE: SaleLine,
    Kind.COMMISSION: CommissionLine,
    Kind.REFUND: RefundLine,
    Kind.DISPUTE: DisputeLine,
    Kind.MILESTONE: MilestoneLine,
}
