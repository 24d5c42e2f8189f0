"""What the shop and its visitors know, beside what the server recorded."""

import http.client
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from headwater.shop import sql, world
from headwater.shop.settings import LINKS, LOOPBACK, SITE, Settings
from headwater.shop.visitors import Plan

PATIENCE_S = 30.0
LEAD, PERCENT = 500, 10
FOUND = 302
Json = Any


class Api:
    """The server's, with the secret key; anything but a 2xx ends the run."""

    def __init__(self, settings: Settings) -> None:
        self._port, self._key = settings.server, settings.secret_key

    def call(self, method: str, path: str, body: Json = None) -> Json:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=PATIENCE_S)
        headers = {"authorization": f"Bearer {self._key}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body)
        with closing(connection):
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            text = answer.read()
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{method} {path} was answered {answer.status}: {text[:300]!r}")
        return json.loads(text)


@dataclass(frozen=True, slots=True)
class Stage:
    """What the merchant made at the server before anybody came."""

    partner: str
    links: dict[str, str]


def set_stage(settings: Settings) -> Stage:
    """A program, somebody who is paid by it, and their link to the landing page."""
    api = Api(settings)
    program = api.call("POST", "/programs", {"name": "Swimmers"})["id"]
    lead = {"event": "lead", "type": "flat", "amountInCents": LEAD}
    sale = {"event": "sale", "type": "percentage", "amountInPercentage": PERCENT}
    for reward in (lead, sale):
        api.call("POST", f"/programs/{program}/rewards", reward)
    body = {"email": "pat@partner.test", "name": "Pat", "programId": program}
    partner = api.call("POST", "/partners", body)["id"]
    link = {
        "domain": LINKS,
        "key": "swim",
        "url": settings.at(SITE),
        "programId": program,
        "partnerId": partner,
    }
    api.call("POST", "/links", link)
    _wait_until_served(settings)
    return Stage(partner, {"link": settings.link("swim")})


def _wait_until_served(settings: Settings) -> None:
    """The edge hears within moments of a domain that another process made."""
    deadline = world.ticks_s() + PATIENCE_S
    while world.ticks_s() < deadline:
        connection = http.client.HTTPConnection(LOOPBACK, settings.server, timeout=PATIENCE_S)
        with closing(connection):
            connection.request("GET", "/swim?dub-no-track=1", headers={"host": LINKS})
            if connection.getresponse().status == FOUND:
                return
        world.pause(0.05)


def compared(settings: Settings, stage: Stage, people: dict[str, Plan]) -> dict[str, Any]:
    """Numbers side by side, and every difference between them by user."""
    api = Api(settings)
    orders = _orders(settings, {user for user, plan in people.items() if plan.buys})
    differences: list[dict[str, Any]] = []
    expected, recorded = _nothing(), _nothing()
    for user, plan in people.items():
        wanted = _wanted(stage, plan, orders.get(user))
        found = _found(api, user)
        if wanted != found:
            told = {"what": "shop", "user": user, "expected": wanted, "recorded": found}
            differences.append(told)
        _add(expected, wanted)
        _add(recorded, found)
    return {"expected": expected, "recorded": recorded, "differences": differences}


def _wanted(stage: Stage, plan: Plan, order: dict[str, Any] | None) -> dict[str, Any]:
    """An order is a sale, whoever brought the buyer: a partner is owed for it, or nobody is."""
    partner = stage.partner if plan.linked else None
    amount = order["amount"] if order else 0
    owed = amount * PERCENT // 100 if partner else 0
    return {
        "origins": plan.origins,
        "lead": [partner, LEAD] if partner else None,
        "sale": [partner, amount, owed] if order else None,
        "waiting": [],
    }


def _found(api: Api, user: str) -> dict[str, Any]:
    origins = api.call("GET", f"/customers/ext_{user}/attributions")
    return {
        "origins": {
            each["provider"]: ""
            if each["provider"] == "headwater"
            else f"{each['parameter']}={each['identifier']}"
            for each in origins
        },
        "lead": _credit(api, user, "lead"),
        "sale": _credit(api, user, "sale"),
        "waiting": [each["request"]["amount"] for each in _waiting(api, user)],
    }


def _credit(api: Api, user: str, kind: str) -> list[Any] | None:
    receipts = api.call("GET", f"/receipts?kind={kind}&customerExternalId={user}")
    if not receipts:
        return None
    winner, owed = receipts[0]["winner"] or {}, receipts[0]["owed"] or {}
    about = [] if kind == "lead" else [receipts[0]["amount"]]
    return [winner.get("partnerId"), *about, owed.get("amount", 0)]


def _waiting(api: Api, user: str) -> list[Json]:
    found: list[Json] = []
    page = 1
    while rows := api.call("GET", f"/inbox?state=waiting&pageSize=100&page={page}"):
        found += [row for row in rows if row["request"]["customerExternalId"] == user]
        page += 1
    return found


def _orders(settings: Settings, buyers: set[str]) -> dict[str, dict[str, Any]]:
    """By user, once the shop has told the server of all of theirs."""
    deadline = world.ticks_s() + PATIENCE_S
    while True:
        with closing(sqlite3.connect(settings.file)) as db:
            db.row_factory = sqlite3.Row
            found = {row["user_id"]: dict(row) for row in sql.reported_orders(db)}
        if buyers <= found.keys() or world.ticks_s() > deadline:
            return found
        world.pause(0.1)


def _nothing() -> dict[str, Any]:
    return {"users": 0, "attributions": 0, "leads": 0, "sales": 0, "owed": 0, "waiting": 0}


def _add(sums: dict[str, Any], one: dict[str, Any]) -> None:
    sums["users"] += 1
    sums["attributions"] += len(one["origins"])
    sums["leads"] += one["lead"] is not None
    sums["sales"] += one["sale"] is not None
    sums["owed"] += (one["lead"] or [0])[-1] + (one["sale"] or [0])[-1]
    sums["waiting"] += len(one["waiting"])
