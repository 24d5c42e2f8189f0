"""What a person corrects in a kept call; all that is not named stays as it was received."""

from enum import StrEnum

from msgspec.structs import replace

from headwater.kit.problems import invalid
from headwater.kit.value import Value
from headwater.tracking.model import (
    Call,
    DisputeCall,
    LeadCall,
    RefundCall,
    SaleCall,
)

# As long as the calls themselves may say it.
EXTERNAL_ID_MAX, CLICK_ID_MAX, NAME_MAX = 100, 512, 255


class Change(Value, frozen=True, kw_only=True):
    """Calls that say `old` say `new`; one that says anything else is not meant."""

    old: str
    new: str


class Fix(Value, frozen=True, kw_only=True):
    """An empty one tries a call again as it was received."""

    customer: Change | None = None
    currency: Change | None = None
    click_id: str | None = None
    lead_event_name: str | None = None
    link_id: str | None = None


class Unfit(StrEnum):
    """Why a fix is not for a call, in the order of the checks."""

    NO_SUCH_CALL = "no_such_call"
    BODY_ERASED = "body_erased"
    NAMES_NO_CUSTOMER = "names_no_customer"
    ANOTHER_CUSTOMER = "another_customer"
    HAS_NO_CURRENCY = "has_no_currency"
    ANOTHER_CURRENCY = "another_currency"
    NAMES_NO_CLICK = "names_no_click"
    NAMES_NO_LEAD = "names_no_lead"
    NAMES_NO_LINK = "names_no_link"
    NO_SUCH_LINK = "no_such_link"
    LINK_DISABLED = "link_disabled"


# What to do about each: the field of the fix at fault, and the sentence.
ADVICE = {
    Unfit.NO_SUCH_CALL: ("ids", "There is no such call in the inbox of this workspace."),
    Unfit.BODY_ERASED: (
        None,
        "The personal data of this call was erased, so it cannot be replayed.",
    ),
    Unfit.NAMES_NO_CUSTOMER: (
        "fix.customerExternalId",
        "Refunds and disputes name a sale and no customer. Correct the sale's call instead.",
    ),
    Unfit.ANOTHER_CUSTOMER: (
        "fix.customerExternalId",
        "This call is about another customer than the one to be replaced. Replay it by itself.",
    ),
    Unfit.HAS_NO_CURRENCY: (
        "fix.currency",
        "Only sales have a currency; a refund or a dispute takes that of its sale.",
    ),
    Unfit.ANOTHER_CURRENCY: (
        "fix.currency",
        "This sale is in another currency than the one to be replaced. Replay it by itself.",
    ),
    Unfit.NAMES_NO_CLICK: (
        "fix.clickId",
        "Only leads and sales come by a click. Correct the customer's lead instead.",
    ),
    Unfit.NAMES_NO_LEAD: (
        "fix.leadEventName",
        "Only sales belong to a lead. A lead's own eventName is its key: replay it corrected.",
    ),
    Unfit.NAMES_NO_LINK: (
        "fix.linkId",
        "Only leads and sales come by a link. Correct the customer's lead instead.",
    ),
    Unfit.NO_SUCH_LINK: ("fix.linkId", "There is no such link in this workspace."),
    Unfit.LINK_DISABLED: (
        "fix.linkId",
        "The link was disabled when this call was received. Choose another, or enable it.",
    ),
}


def checked(fix: Fix, *, of_one: bool) -> Fix:
    """Tidied as the calls themselves are; refuses what no call could say. `of_one`: the calls are
    chosen one by one or by their customer.
    """
    if fix.click_id is not None and not of_one:
        message = "A click is one visitor's: choose their calls by ids or by customerExternalId."
        raise invalid("fix.clickId", message)
    if fix.click_id is not None and fix.link_id is not None:
        message = "Say by which click they came, or by which link: one of the two."
        raise invalid("fix.linkId", message)
    customer, currency = fix.customer, fix.currency
    if customer is not None:
        customer = _change("fix.customerExternalId", customer.old, customer.new)
    if currency is not None:
        currency = _change("fix.currency", currency.old.lower(), currency.new.lower())
        if len(currency.new) != 3 or not (currency.new.isascii() and currency.new.isalpha()):
            raise invalid("fix.currency.to", "A currency has three letters, such as usd.")
    return Fix(
        customer=customer,
        currency=currency,
        click_id=_named("fix.clickId", fix.click_id, CLICK_ID_MAX),
        lead_event_name=_named("fix.leadEventName", fix.lead_event_name, NAME_MAX),
        link_id=_named("fix.linkId", fix.link_id, EXTERNAL_ID_MAX),
    )


def _change(field: str, old: str, new: str) -> Change:
    old, new = old.strip(), new.strip()
    if not old or not new:
        raise invalid(field, "Say both: what the calls say, and what they should say.")
    if len(new) > EXTERNAL_ID_MAX:
        raise invalid(f"{field}.to", f"This may have {EXTERNAL_ID_MAX} characters at most.")
    return Change(old=old, new=new)


def _named(field: str, text: str | None, longest: int) -> str | None:
    if text is None:
        return None
    if not text.strip():
        raise invalid(field, f"{field} is empty: leave it out, and it stays as received.")
    if len(text) > longest:
        raise invalid(field, f"{field} may have {longest} characters at most.")
    return text.strip()


def fixed(call: Call, fix: Fix) -> Call | Unfit:
    """The call as it should have been, at the time it was received; or why the fix is not for it:
    customer, currency, click, lead, link.
    """
    for step in (_of_customer, _in_currency, _by_click, _of_lead, _by_link):
        done = step(call, fix)
        if isinstance(done, Unfit):
            return done
        call = done
    return call


def _of_customer(call: Call, fix: Fix) -> Call | Unfit:
    if fix.customer is None:
        return call
    if isinstance(call, RefundCall | DisputeCall):
        return Unfit.NAMES_NO_CUSTOMER
    if call.customer_external_id != fix.customer.old:
        return Unfit.ANOTHER_CUSTOMER
    return replace(call, customer_external_id=fix.customer.new)


def _in_currency(call: Call, fix: Fix) -> Call | Unfit:
    if fix.currency is None:
        return call
    if not isinstance(call, SaleCall):
        return Unfit.HAS_NO_CURRENCY
    if call.currency != fix.currency.old:
        return Unfit.ANOTHER_CURRENCY
    return replace(call, currency=fix.currency.new)


def _by_click(call: Call, fix: Fix) -> Call | Unfit:
    if fix.click_id is None:
        return call
    if not isinstance(call, LeadCall | SaleCall):
        return Unfit.NAMES_NO_CLICK
    return replace(call, click_id=fix.click_id)


def _of_lead(call: Call, fix: Fix) -> Call | Unfit:
    if fix.lead_event_name is None:
        return call
    if not isinstance(call, SaleCall):
        return Unfit.NAMES_NO_LEAD
    return replace(call, lead_event_name=fix.lead_event_name)


def _by_link(call: Call, fix: Fix) -> Call | Unfit:
    """Which click of the link that is, is decided where the call is tried (`assign`)."""
    if fix.link_id is not None and not isinstance(call, LeadCall | SaleCall):
        return Unfit.NAMES_NO_LINK
    return call
