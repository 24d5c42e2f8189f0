"""What the network refuses at once: each fault with the field it names."""

import re
from collections.abc import Collection
from datetime import datetime

from headwater.sandbox.model import Fields

FaultList = list[dict[str, str]]

_ATTRIBUTION = (
    "clickid customerid customprofileid customclickid promocode orderpromocode mediaid"
    " mediapartnerid uniqueurl callerid googaid androidid appleifa appleifv"
).split()  # fmt: skip
_EVENT = ("actiontrackerid", "eventtypeid", "eventtypecode")
NOW = "NOW"
_FIRST_YEAR, _LAST_YEAR = 1971, 2199
_DECIMAL = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")
_DECIMAL_OF_ORDERS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_MONEY = re.compile(
    r"amount|order(subtotal(postdiscount)?|discount|shipping|tax|margin)|money\d+"
    r"|item(subtotal|price|discount|totaldiscount)\d+|itemmoney\d+_\d+"
)
_RATE = re.compile(r"orderdiscountrate|itemdiscountrate\d+")
_QUANTITY = re.compile(r"itemquantity\d+")
_HASHED = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_LONGEST = (
    dict.fromkeys("orderid oid clickid".split(), 64)
    | dict.fromkeys("customerid orderpromocode promocode note".split(), 255)
    | dict.fromkeys("subid1 subid2 subid3 sharedid".split(), 255)
    | {"customprofileid": 70, "eventtypecode": 128, "paymenttype": 32}
)
_TEXT = re.compile(r"(item)?text\d+(_\d+)?")
_TEXT_MAX = 64
_OF_ITEMS = re.compile(r"sku\d*|category\d*|quantity\d*|itemsubtotaldelta\d*")
_BOTH = frozenset(
    "CONS_ERROR CONS_FRAUD ITEM_RETURNED ITEM_OUT_OF_STOCK ORDER_ERROR PUB_ACT_DISPUTE"
    " ADV_ACT_DISPUTE NOT_COMPLIANCE_TERMS TEST_ACTION CREDITED_DIFFERENT_MP OTHER".split()
)
REVERSED_FOR = _BOTH | {"REJECTED", "CONS_INFO_INVALID", "MP_RETURNED"}
MODIFIED_FOR = _BOTH | {"ORDER_UPDATE", "PARTNER_NOT_ACTIVE", "RESET"}


def conversion_faults(fields: Fields, campaign: int) -> FaultList:
    """Of a conversion (N-3), all of them; names are compared without regard to case."""
    found = when_faults(fields, campaign)
    if not (fields.get("orderid") or fields.get("oid")):
        found.append(fault("OrderId", "is required"))
    if not any(fields.get(name) for name in _EVENT):
        found.append(fault("ActionTrackerId", "is required"))
    if not any(fields.get(name) for name in _ATTRIBUTION):
        found.append(fault("ClickId", "nothing to attribute it by"))
    if fields.get("mediaid") and fields.get("mediapartnerid"):
        found.append(fault("MediaId", "goes without MediaPartnerId"))
    for name, value in fields.items():
        most = _LONGEST.get(name) or (_TEXT_MAX if _TEXT.fullmatch(name) else len(value))
        if len(value) > most:
            found.append(fault(name, f"is longer than {most}"))
    email = fields.get("customeremail", "")
    if email and not _HASHED.fullmatch(email):
        found.append(fault("CustomerEmail", "is no SHA-1 or SHA-256 in hexadecimal"))
    return found + _money_faults(fields)


def when_faults(fields: Fields, campaign: int) -> FaultList:
    """Of which program it is, and of when."""
    found: FaultList = []
    if fields.get("campaignid", "") != str(campaign):
        found.append(fault("CampaignId", "is not a campaign of this account"))
    said_at = fields.get("eventdate", "")
    if said_at != NOW and seconds(said_at) is None:
        found.append(fault("EventDate", "is neither ISO 8601 with an offset nor NOW"))
    return found


def _money_faults(fields: Fields) -> FaultList:
    found: FaultList = []
    money = [name for name, value in fields.items() if value and _MONEY.fullmatch(name)]
    currency = fields.get("currencycode") or fields.get("currency") or ""
    if money and not re.fullmatch(r"[A-Z]{3}", currency):
        found.append(fault("CurrencyCode", "is required with money"))
    numbers = [name for name, value in fields.items() if value and _RATE.fullmatch(name)]
    for name in money + numbers:
        size = _DECIMAL_OF_ORDERS if name.startswith("order") else _DECIMAL
        if not size.fullmatch(fields[name]):
            found.append(fault(name, "is no decimal of this size"))
    for name, value in fields.items():
        if value and _QUANTITY.fullmatch(name) and not re.fullmatch(r"[0-9]{1,6}", value):
            found.append(fault(name, "is no whole number"))
        price = name.replace("subtotal", "price")
        if value and name.startswith("itemsubtotal") and fields.get(price):
            found.append(fault(name, f"goes without {price}"))
    return found


def reversal_faults(fields: Fields, codes: Collection[str] = ()) -> FaultList:
    """Of a reversal (N-11): how the action is found, and why it is taken back; `codes` are the
    account's own.
    """
    found = _unnamed(fields)
    if fields.get("dispositioncode") not in {*REVERSED_FOR, *codes}:
        found.append(fault("DispositionCode", "is required, one of the network's or your own"))
    return found


def modification_faults(fields: Fields, codes: Collection[str] = ()) -> FaultList:
    """Of a correction (N-11): how the action is found, why, and what it comes to now. The stand-in
    corrects a total, no single lines, and says so.
    """
    found = _unnamed(fields)
    if fields.get("reason") not in MODIFIED_FOR:
        found.append(fault("Reason", "is required, one of the network's"))
    if fields.get("dispositioncode", "ORDER_UPDATE") not in {*MODIFIED_FOR, *codes}:
        found.append(fault("DispositionCode", "is neither the network's nor your own"))
    if "amount" in fields and not _DECIMAL.fullmatch(fields["amount"]):
        found.append(fault("Amount", "is no decimal of this size"))
    lines = [name for name in fields if _OF_ITEMS.fullmatch(name)]
    return found + [fault(name, "is not taken by this stand-in: say Amount") for name in lines]


def _unnamed(fields: Fields) -> FaultList:
    by_order = fields.get("actiontrackerid") and fields.get("orderid")
    if fields.get("actionid") or by_order:
        return []
    return [fault("ActionId", "or ActionTrackerId and OrderId are required")]


def seconds(text: str) -> float | None:
    """Of a moment with an offset, since 1970; None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return moment.timestamp()


def fault(name: str, message: str) -> dict[str, str]:
    return {"field": name, "level": "ERROR", "message": f"{name} {message}"}
