"""What the network refuses at once: each fault with the field it names."""

import re
from datetime import datetime

FaultList = list[dict[str, str]]
Fields = dict[str, str]

_ATTRIBUTION = (
    "clickid customerid customprofileid customclickid promocode orderpromocode mediaid"
    " mediapartnerid uniqueurl callerid googaid androidid appleifa appleifv"
).split()  # fmt: skip
_EVENT = ("actiontrackerid", "eventtypeid", "eventtypecode")
NOW = "NOW"
_DECIMAL = re.compile(r"\d{1,8}(\.\d{1,2})?")
_MONEY = re.compile(r"(amount|ordersubtotal|itemsubtotal\d+|itemprice\d+)\Z")
_HASHED = re.compile(r"[0-9a-f]{40}\Z|[0-9a-f]{64}\Z")
_LONGEST = {"orderid": 64, "customerid": 255, "orderpromocode": 255, "promocode": 255}
_BOTH = frozenset(
    "CONS_ERROR CONS_FRAUD ITEM_RETURNED ITEM_OUT_OF_STOCK ORDER_ERROR PUB_ACT_DISPUTE"
    " ADV_ACT_DISPUTE NOT_COMPLIANCE_TERMS TEST_ACTION CREDITED_DIFFERENT_MP OTHER".split()
)
REVERSED_FOR = _BOTH | {"REJECTED", "CONS_INFO_INVALID", "MP_RETURNED"}
MODIFIED_FOR = _BOTH | {"ORDER_UPDATE", "PARTNER_NOT_ACTIVE"}


def conversion_faults(fields: Fields, campaign: int) -> FaultList:
    """Of a conversion (N-3), all of them; names are compared without regard to case."""
    found: FaultList = []
    if fields.get("campaignid", "") != str(campaign):
        found.append(_fault("CampaignId", "is not a campaign of this account"))
    said_at = fields.get("eventdate", "")
    if said_at != NOW and seconds(said_at) is None:
        found.append(_fault("EventDate", "is neither ISO 8601 with an offset nor NOW"))
    if not (fields.get("orderid") or fields.get("oid")):
        found.append(_fault("OrderId", "is required"))
    if not any(fields.get(name) for name in _EVENT):
        found.append(_fault("ActionTrackerId", "is required"))
    if not any(fields.get(name) for name in _ATTRIBUTION):
        found.append(_fault("ClickId", "nothing to attribute it by"))
    if fields.get("mediaid") and fields.get("mediapartnerid"):
        found.append(_fault("MediaId", "goes without MediaPartnerId"))
    for name, most in _LONGEST.items():
        if len(fields.get(name, "")) > most:
            found.append(_fault(name, f"is longer than {most}"))
    email = fields.get("customeremail", "")
    if email and not _HASHED.match(email):
        found.append(_fault("CustomerEmail", "is no SHA-1 or SHA-256 in hexadecimal"))
    return found + _money_faults(fields)


def _money_faults(fields: Fields) -> FaultList:
    found: FaultList = []
    money = [name for name in fields if _MONEY.match(name) and fields[name]]
    if money and not re.fullmatch(
        r"[A-Z]{3}", fields.get("currencycode", fields.get("currency", ""))
    ):
        found.append(_fault("CurrencyCode", "is required with money"))
    for name in money:
        if not _DECIMAL.fullmatch(fields[name]):
            found.append(_fault(name, "is no decimal of this size"))
        price = name.replace("subtotal", "price")
        if name.startswith("itemsubtotal") and fields.get(price):
            found.append(_fault(name, "goes without ItemPrice"))
    return found


def reversal_faults(fields: Fields) -> FaultList:
    """Of a reversal (N-11): how the action is found, and why it is taken back."""
    found = _unnamed(fields)
    if fields.get("dispositioncode") not in REVERSED_FOR:
        found.append(_fault("DispositionCode", "is required"))
    return found


def modification_faults(fields: Fields) -> FaultList:
    """Of a correction (N-11): how the action is found, why, and what it comes to now."""
    found = _unnamed(fields)
    if fields.get("reason") not in MODIFIED_FOR:
        found.append(_fault("Reason", "is required"))
    if "amount" in fields and not _DECIMAL.fullmatch(fields["amount"]):
        found.append(_fault("Amount", "is no decimal of this size"))
    return found


def _unnamed(fields: Fields) -> FaultList:
    by_order = fields.get("actiontrackerid") and fields.get("orderid")
    if fields.get("actionid") or by_order:
        return []
    return [_fault("ActionId", "or ActionTrackerId and OrderId are required")]


def seconds(text: str) -> float | None:
    """Of a moment with an offset, since 1970; None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo is not None else None


def _fault(name: str, message: str) -> dict[str, str]:
    return {"field": name, "level": "ERROR", "message": f"{name} {message}"}
