"""What the network reads back (N-1, N-12, N-13): submissions, actions with their items, changes and
clicks, by path.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from headwater.sandbox.listing import One, Refused, listed
from headwater.sandbox.model import Action, Update
from headwater.sandbox.network import Network
from headwater.sandbox.objects import (
    action_object,
    click_object,
    item_object,
    submission_object,
    update_object,
)

Object = dict[str, Any]


def read(
    parts: Sequence[str], query: Mapping[str, str], network: Network, path: str, now: float
) -> Object | None:
    """`query` under names in lower case. None: there is nothing there."""
    account = network.account

    def action(each: Action) -> Object:
        return action_object(each, account, now)

    def update(each: Update) -> Object:
        return update_object(each, account)

    match list(parts):
        case ["APISubmissions"]:
            found = [submission_object(each, account, now) for each in network.submissions.values()]
            return {"APISubmission": found}
        case ["APISubmissions", name] if name in network.submissions:
            return submission_object(network.submissions[name], account, now)
        case ["Actions"]:
            return _page("Actions", action, network.actions, query, network, path, now)
        case ["ActionUpdates"]:
            return _page("ActionUpdates", update, network.updates, query, network, path, now)
        case ["Actions", name, *more]:
            known = _named(network.actions, name)
            return _of_action(known, more, network, now) if known else None
        case ["ActionUpdates", name]:
            change = _named(network.updates, name)
            return update(change) if change else None
        case ["Campaigns" | "Programs", program, "Clicks", name] if (
            program == str(account.campaign) and name in network.clicks
        ):
            return click_object(network.clicks[name])
    return None


def _page(
    name: str,
    told: Callable[[One], Object],
    known: Sequence[One],
    query: Mapping[str, str],
    network: Network,
    path: str,
    now: float,
) -> Object:
    found = listed(known, query, network.account, path, now)
    if isinstance(found, Refused):
        return {"Status": "ERROR", "Message": found.message}
    return {**found.about, name: [told(each) for each in found.shown]}


def _of_action(action: Action, more: Sequence[str], network: Network, now: float) -> Object | None:
    match list(more):
        case []:
            return action_object(action, network.account, now)
        case ["Items"]:
            items = [item_object(each, action, network.account) for each in action.items]
            return {"Items": items}
        case ["Items", sku]:
            for each in action.items:
                if each.sku == sku:
                    return item_object(each, action, network.account)
    return None


def _named(known: Sequence[One], name: str) -> One | None:
    return next((each for each in known if each.id == name), None)
