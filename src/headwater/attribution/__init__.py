"""Clicks, the touches they make, and who is credited for a conversion."""

from headwater.attribution.announced_sql import (
    announced_click,
    announced_clicks,
    insert_announced,
)
from headwater.attribution.classify import Classified, HitClass, classify
from headwater.attribution.click_ids import ClickIds, ClickRef
from headwater.attribution.clicks import Recorder, hit_line
from headwater.attribution.model import NOWHERE, Click, Hit, Place, Trigger
from headwater.attribution.rules import (
    RULE_VERSION,
    Credit,
    Facts,
    Reason,
    Ruling,
    Terms,
    Touch,
    Verdict,
    credit,
    ruling,
)
from headwater.attribution.sql import (
    click,
    clicks_by_ref,
    clicks_counted_in,
    forget_clicks,
    frozen_touch,
    insert_attribution,
    touches,
)
from headwater.attribution.visitors import COOKIE, from_cookie, identity, to_cookie

__all__ = [
    "COOKIE",
    "NOWHERE",
    "RULE_VERSION",
    "Classified",
    "Click",
    "ClickIds",
    "ClickRef",
    "Credit",
    "Facts",
    "Hit",
    "HitClass",
    "Place",
    "Reason",
    "Recorder",
    "Ruling",
    "Terms",
    "Touch",
    "Trigger",
    "Verdict",
    "announced_click",
    "announced_clicks",
    "classify",
    "click",
    "clicks_by_ref",
    "clicks_counted_in",
    "credit",
    "forget_clicks",
    "from_cookie",
    "frozen_touch",
    "hit_line",
    "identity",
    "insert_announced",
    "insert_attribution",
    "ruling",
    "to_cookie",
    "touches",
]
