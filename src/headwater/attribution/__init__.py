"""Clicks, the touches they make, and who is credited for a conversion."""

from headwater.attribution.announced_sql import (
    announced_click,
    announced_clicks,
    insert_announced,
)
from headwater.attribution.claimed_sql import (
    attributions,
    claimed_clicks,
    clicks_of_others,
    forget_foreign,
    insert_claimed,
    insert_foreign,
)
from headwater.attribution.classify import Classified, HitClass, classify
from headwater.attribution.click_ids import ClickIds, ClickRef
from headwater.attribution.clicks import (
    Recorder,
    click_named,
    clicks_named,
    hit_line,
    record_imported,
)
from headwater.attribution.imported_sql import clicks_after
from headwater.attribution.model import (
    NOWHERE,
    Attribution,
    ClaimedClick,
    Click,
    Hit,
    Place,
    StoredClick,
    Trigger,
)
from headwater.attribution.rules import (
    RULE_VERSION,
    Credit,
    Facts,
    Reason,
    Ruling,
    Terms,
    Touch,
    Verdict,
    came_by,
    credit,
    ruling,
)
from headwater.attribution.sql import (
    clicks_counted_in,
    forget_clicks,
    frozen_touch,
    insert_attribution,
    touches,
)
from headwater.attribution.visitors import COOKIE, from_cookie, identity, to_cookie, whole

__all__ = [
    "COOKIE",
    "NOWHERE",
    "RULE_VERSION",
    "Attribution",
    "ClaimedClick",
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
    "StoredClick",
    "Terms",
    "Touch",
    "Trigger",
    "Verdict",
    "announced_click",
    "announced_clicks",
    "attributions",
    "came_by",
    "claimed_clicks",
    "classify",
    "click_named",
    "clicks_after",
    "clicks_counted_in",
    "clicks_named",
    "clicks_of_others",
    "credit",
    "forget_clicks",
    "forget_foreign",
    "from_cookie",
    "frozen_touch",
    "hit_line",
    "identity",
    "insert_announced",
    "insert_attribution",
    "insert_claimed",
    "insert_foreign",
    "record_imported",
    "ruling",
    "to_cookie",
    "touches",
    "whole",
]
