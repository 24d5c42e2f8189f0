"""A domain, in the reference's shape."""

from typing import Any

from headwater.kit.clock import iso_ms
from headwater.workspace import Domain


def domain_object(domain: Domain) -> dict[str, Any]:
    """`verified` says nothing here: whoever has the key says which hosts are theirs."""
    return {
        "id": domain.id,
        "slug": domain.host,
        "verified": True,
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
