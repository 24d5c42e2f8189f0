"""A domain, in the reference's shape, and what is known of its DNS."""

from collections.abc import Sequence
from typing import Any

from headwater.kit.clock import iso_ms, iso_ms_or_none
from headwater.kit.targets import is_address
from headwater.workspace import Domain, Finding, proof_name

NOT_LOOKED_AT = "not_looked_at"


def domain_object(domain: Domain, *, looked_up: bool) -> dict[str, Any]:
    """`looked_up`: this server compares domains with something."""
    return {
        "id": domain.id,
        "slug": domain.host,
        "verified": _verified(domain, looked_up),
        "primary": domain.primary,
        "archived": domain.archived,
        "placeholder": domain.placeholder,
        "expiredUrl": domain.expired_url,
        "notFoundUrl": domain.not_found_url,
        "logo": domain.logo,
        "assetLinks": domain.asset_links,
        "appleAppSiteAssociation": domain.apple_app_site_association,
        "createdAt": iso_ms(domain.created_at),
        "updatedAt": iso_ms(domain.updated_at),
        "registeredDomain": None,
    }


def verification_object(domain: Domain, proof: str, targets: Sequence[str]) -> dict[str, Any]:
    """What the last look found, and the records that are missing. `proof` is the text by which the
    workspace shows that the host is its own.
    """
    standing = domain.standing
    looked_at = bool(targets) and standing.look_at is not None
    well = standing.finding is Finding.POINTS_HERE
    return {
        "slug": domain.host,
        "verified": _verified(domain, bool(targets)),
        "status": standing.finding or NOT_LOOKED_AT,
        "message": _message(domain, bool(targets)),
        "records": _records(domain, proof, targets) if looked_at and not well else [],
        "lookedAt": iso_ms_or_none(standing.looked_at),
        "nextLookAt": iso_ms_or_none(standing.look_at) if looked_at else None,
    }


def _verified(domain: Domain, looked_up: bool) -> bool:
    standing = domain.standing
    return standing.held and (standing.verified_at is not None or not looked_up)


def _records(domain: Domain, proof: str, targets: Sequence[str]) -> list[dict[str, str]]:
    """One record for the name to point at, or one for each address."""
    if not domain.standing.held:
        return [{"type": "TXT", "name": proof_name(domain.host), "value": proof}]
    names = [each for each in targets if not is_address(each)]
    if names:
        return [{"type": "CNAME", "name": domain.host, "value": names[0]}]
    return [
        {"type": "AAAA" if ":" in each else "A", "name": domain.host, "value": each}
        for each in targets
    ]


def _message(domain: Domain, looked_up: bool) -> str:
    host, standing = domain.host, domain.standing
    if not looked_up and standing.held:
        return "This server looks no domain up (domains.target): each counts as verified."
    if standing.look_at is None:
        return f"The operator of this server vouches for {host}: it is not looked up."
    if not standing.held:
        return (
            f"Another workspace holds {host}. If it is yours, set the TXT record: once it is seen,"
            " links lead from here and no longer from there."
        )
    return _FOUND[standing.finding].format(host=host)


_SET = "Set the record and remove others of that name"
_FOUND = {
    None: "{host} was not looked at yet. Ask again in a moment.",
    Finding.NOT_PROVEN: "{host} was not looked at yet. Ask again in a moment.",
    Finding.POINTS_HERE: "{host} points here.",
    Finding.POINTS_ELSEWHERE: "{host} points elsewhere, or not only here. " + _SET + ".",
    Finding.NO_SUCH_NAME: "The DNS knows no address of {host}. " + _SET + ".",
    Finding.NO_ANSWER: "No name server answers for {host}, so nothing is known. It is asked again.",
}
