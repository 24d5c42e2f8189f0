"""One workspace on a server that many tests share: every test uses names of its own."""

import http.client
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.support import BROWSER, DOMAIN, Answer, Client, Server, initialise

OTHER_DOMAIN = "go.other.test"
QUIET_DOMAIN = "go.quiet.test"
LAB_DOMAIN = "go.lab.test"

SETTINGS = {
    "HEADWATER_EGRESS_ALLOW_PRIVATE": "true",
    "HEADWATER_AVATARS_SCHEDULE_S": "0.1",
    "HEADWATER_AVATARS_TIMEOUT_S": "2",
    "HEADWATER_DELIVERY_SCHEDULE_S": "0.2,0.3",
    "HEADWATER_DELIVERY_REST_S": "0.1",
    "HEADWATER_DELIVERY_TIMEOUT_S": "2",
    "HEADWATER_DELIVERY_LEASE_S": "5",
    "HEADWATER_DELIVERY_CLICK_BATCH_S": "0.5",
    "HEADWATER_SERVER_TRUSTED_PROXIES": "127.0.0.1/32",
    "HEADWATER_SERVER_MAX_BODY_BYTES": "262144",
}


@dataclass(slots=True)
class World:
    """A server with workspaces: ours, a stranger's, one where nothing ever happens, a sandbox."""

    server: Server
    client: Client
    stranger: Client
    quiet: Client
    page: Client
    lab: Client
    program: dict[str, Any] = field(default_factory=dict)
    partner: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def name(prefix: str = "x") -> str:
        return f"{prefix}-{uuid4().hex[:12]}"

    def make_program(self, *, lead: int | None = 500, sale: Any = 10, **terms: Any) -> Any:
        """A program paying `lead` minor units per lead and `sale` percent per sale."""
        made = self.client.post("/programs", {"name": "Main"} | terms)
        rewards = f"/programs/{made['id']}/rewards"
        if lead is not None:
            self.client.post(rewards, {"event": "lead", "type": "flat", "amountInCents": lead})
        if sale is not None:
            percentage = {"event": "sale", "type": "percentage", "amountInPercentage": sale}
            self.client.post(rewards, percentage)
        return self.client.get(f"/programs/{made['id']}")

    def make_partner(self, program: Any = None, **fields: Any) -> Any:
        program = program or self.program
        body = {"email": f"{self.name('p')}@partner.test", "programId": program["id"]}
        return self.client.post("/partners", body | fields)

    def link(self, partner: Any = None, **fields: Any) -> Any:
        """A link of the partner (by default the workspace's first)."""
        owner = partner or self.partner
        body = {
            "url": "https://acme.test/pricing",
            "key": self.name("k"),
            "programId": owner["programId"],
            "partnerId": owner["id"],
        }
        given = body | fields
        return self.client.post("/links", {k: v for k, v in given.items() if v is not None})

    def again(self, link: Any) -> Any:
        """The link with its counters as they are now."""
        return self.client.get(f"/links/{link['id']}")

    def visit(self, link: Any, *, agent: str | None = None, **headers: str) -> Answer:
        """A visit; by default by somebody who was never here."""
        known = agent or f"{BROWSER} {self.name('visitor')}"
        return self.client.click(link["key"], agent=known, **headers)

    def click(self, link: Any) -> str:
        return self.visit(link).click_id

    def lead(
        self, click_id: str | None, customer: str, event: str = "Sign up", **fields: Any
    ) -> Any:
        body = {"clickId": click_id, "eventName": event, "customerExternalId": customer} | fields
        return self.client.post("/track/lead", body)

    def customer(self, link: Any = None, **fields: Any) -> str:
        """Somebody new who clicked the link and signed up; their external id."""
        external_id = self.name("u")
        self.lead(self.click(link or self.link()), external_id, **fields)
        return external_id

    def sale(self, customer: str, amount: int = 2900, **fields: Any) -> Any:
        body = {"customerExternalId": customer, "amount": amount} | fields
        return self.client.post("/track/sale", body)

    def refund(self, sale: str, amount: int, key: str, **fields: Any) -> Any:
        return self.client.post(f"/sales/{sale}/refunds", {"amount": amount, "key": key} | fields)

    def item(self, inbox_id: str) -> Any:
        return self.client.get(f"/inbox/{inbox_id}")

    def waiting(self, reason: str) -> list[Any]:
        """Those that say what was sent: other tests erase people whose calls wait."""
        found = self.client.get(f"/inbox?state=waiting&reason={reason}")
        return [item for item in found if item["request"] is not None]

    def receipt(self, reference: str) -> Any:
        return self.client.get(f"/receipts/{reference}")


def serve(store: Any, **settings: str) -> World:
    """A running server: a program paying 5.00 per lead and 10 % per sale, a partner. Stop it."""
    made = [
        initialise(store, slug=slug, domain=domain)
        for slug, domain in (("acme", DOMAIN), ("other", OTHER_DOMAIN), ("quiet", QUIET_DOMAIN))
    ]
    lab = initialise(store, slug="lab", domain=LAB_DOMAIN, sandbox=True)
    acme, other, quiet = [each["secret_key"] for each in made]
    pictures = {"HEADWATER_AVATARS_DIRECTORY": str(store.data / "avatars")}
    server = Server(store, env=SETTINGS | pictures | settings, key=acme).start()
    url = server.url
    world = World(
        server,
        Client(url, acme),
        Client(url, other),
        Client(url, quiet),
        Client(url, made[0]["publishable_key"]),
        Client(url, lab["secret_key"]),
    )
    world.program = world.make_program()
    world.partner = world.make_partner(email="pat@partner.test", name="Pat")
    return world


def ask(
    server: Server,
    path: str,
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: Any = None,
    source: str = "127.0.0.1",
) -> Answer:
    """One request from a chosen address of this machine, with exactly these headers."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", server.port, timeout=30, source_address=(source, 0)
    )
    try:
        data = None if body is None else json.dumps(body).encode()
        connection.request(method, path, body=data, headers=headers or {})
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, named, answer.read())
    finally:
        connection.close()


def problem(answer: Answer, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """The error of an answer, which must have the one envelope."""
    assert answer.status == status, (answer.status, answer.body)
    assert answer.headers["content-type"].startswith("application/json")
    error: dict[str, Any] = answer.json["error"]
    assert set(answer.json) == {"error"}
    assert set(error) - {"field", "doc_url"} == {"code", "message"}
    assert error["code"] == code
    assert error["message"].strip().endswith((".", "?"))
    assert error.get("field") == field
    return error
