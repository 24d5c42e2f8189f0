"""Filters of lists. One that means something elsewhere and nothing here is refused: whoever asked
for a part would take the whole for it.
"""

from collections.abc import Container

from headwater.http.api.common import HttpRequest
from headwater.kit.problems import invalid

# By which the lists of the reference, or others of ours, choose and order. Everything else is
# ignored; so is `timezone`, which only says where the days of `start` and `end` begin.
_KNOWN = frozenset(
    "bountySubmissionId country currency customerExternalId customerId domain email end"
    " endingBefore event externalId folderId groupId interval invoiceId kind linkId page"
    " pageSize partnerId partnerTagId payoutId programId query reason search showArchived sort"
    " sortBy sortOrder start startingAfter state status tagId tagIds tagNames tenantId type"
    " userId webhookId withTags".split()
)
# Values that ask for what every list does; SDKs of the reference send them unasked.
_NOTHING_NEW = {
    "interval": {"all"},
    "page": {"1"},
    "showArchived": {"false"},
    "sort": {"createdAt"},
    "sortBy": {"createdAt"},
    "sortOrder": {"desc"},
    "withTags": {"false"},
}


def refuse_unknown_filters(
    request: HttpRequest, *, sorted_by: str = "createdAt", also: Container[str] = ()
) -> None:
    """`sorted_by`: what the reference sorts this list by unless told otherwise. `also`: what the
    handler takes without declaring it.
    """
    declared = request.route_handler.parsed_fn_signature.parameters
    taken = {
        getattr(each.kwarg_definition, "name", None) or name for name, each in declared.items()
    }
    for name, value in request.query_params.multi_items():
        if name not in _KNOWN or name in taken or name in also or not value:
            continue
        if value in _NOTHING_NEW.get(name, ()) or (name, value) == ("sortBy", sorted_by):
            continue
        raise invalid(
            name,
            f"This list has no {name}={value!r}. Leave it out; /openapi.json has what it takes.",
        )
