"""Whom an object is about: Stripe's id, and what merchants write into metadata."""

from collections.abc import Mapping

from headwater.billing.stripe.model import Person
from headwater.billing.stripe.shape import Object, items, ref, strings, text

# In the order they are believed: ours, then those of Dub.
EXTERNAL_IDS = ("hw_customer", "dubCustomerExternalId", "dubCustomerId")
# A click of ours: under our names, Dub's and Rewardful's.
CLICKS = ("hw_click", "hw_id", "dubClickId", "dub_id", "referral", "rewardful_referral")
OF_DUB = "dub_id_"
ORGANIZATION = "organization"
OWN = (*EXTERNAL_IDS, *CLICKS)
LONGEST = 100  # of an external id, as in tracking


def person(of: Object, *said: Mapping[str, str], reference: str | None = None) -> Person:
    """`said` is metadata, nearest first."""
    references = [reference] if reference else []
    references += [each[name] for each in said for name in CLICKS if name in each]
    names = [each[name] for each in said for name in EXTERNAL_IDS if name in each]
    fitting = [name for name in names if len(name) <= LONGEST]
    customer = of.get("customer") if of.get("object") != "customer" else of
    email = text(customer, "email") or text(of, "customer_email")
    email = email or text(of, "customer_details", "email") or text(of, "receipt_email")
    name = text(customer, "name") or text(of, "customer_name")
    name = name or text(of, "customer_details", "name")
    stripe_id = ref(of, "customer") if customer is not of else text(of, "id")
    stripe_id = stripe_id or ref(of, "customer_account")  # who is an account instead of a customer
    address = email if email and len(email) <= LONGEST and "@" in email else None
    return Person(
        stripe_id=stripe_id,
        external_id=fitting[0] if fitting else None,
        references=tuple(dict.fromkeys(_bare(each) for each in references)),
        email=address,
        addresses=() if address is None else (address,),
        name=name[:LONGEST] if name else None,
        guest=_guest(of, email) if stripe_id is None else None,
    )


def _bare(reference: str) -> str:
    return reference.removeprefix(OF_DUB)


def _guest(of: Object, email: str | None) -> str | None:
    """Who pays without being a customer at Stripe is called by their address."""
    return (email if email and len(email) <= LONGEST else None) or text(of, "id")


def scope(*said: Mapping[str, str]) -> str:
    """`hw_scope: organization` in metadata keeps a payment out of what networks hear (A-7)."""
    given = next((each["hw_scope"] for each in said if "hw_scope" in each), "")
    return ORGANIZATION if given.lower() == ORGANIZATION else "personal"


def administrative(*said: Mapping[str, str]) -> bool:
    """`hw_administrative: true`: an intervention of the merchant's; nobody hears of it (A-35)."""
    given = next((each["hw_administrative"] for each in said if "hw_administrative" in each), "")
    return given.lower() in {"1", "true", "yes"}


def of_subscription(invoice: Object) -> dict[str, str]:
    """Metadata of an invoice's subscription, which moved in 2025-03-31; its lines repeat it, and
    did before the invoice had any.
    """
    found = strings(invoice, "parent", "subscription_details", "metadata")
    found = found or strings(invoice, "subscription_details", "metadata")
    found = found or strings(invoice, "subscription", "metadata")
    of_lines = (strings(each, "metadata") for each in items(invoice, "lines"))
    return found or next((each for each in of_lines if each), {})
