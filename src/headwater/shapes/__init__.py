"""Our objects in the shape of the public API; used by answers and webhooks alike."""

from headwater.shapes.click import UNKNOWN, agent_names, click_object, referrer_names
from headwater.shapes.commission import commission_object
from headwater.shapes.customer import avatar_url, customer_names, customer_object, expanded_fields
from headwater.shapes.domain import domain_object, verification_object
from headwater.shapes.inbox import fact_named, inbox_object
from headwater.shapes.link import folder_object, link_brief, link_object, tag_object
from headwater.shapes.log import log_object
from headwater.shapes.milestone import milestone_object
from headwater.shapes.partner import (
    commission_partner,
    partner_brief,
    partner_object,
    webhook_partner,
)
from headwater.shapes.program import program_object, reward_object

__all__ = [
    "UNKNOWN",
    "agent_names",
    "avatar_url",
    "click_object",
    "commission_object",
    "commission_partner",
    "customer_names",
    "customer_object",
    "domain_object",
    "expanded_fields",
    "fact_named",
    "folder_object",
    "inbox_object",
    "link_brief",
    "link_object",
    "log_object",
    "milestone_object",
    "partner_brief",
    "partner_object",
    "program_object",
    "referrer_names",
    "reward_object",
    "tag_object",
    "verification_object",
    "webhook_partner",
]
