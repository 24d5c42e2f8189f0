"""The example shop beside a real server, and people who use it with a real browser."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from headwater.cli.private_shop import PrivateShop
from headwater.shop import Settings
from headwater.shop.settings import APP, LINKS, SITE
from tests.http.conftest import ENGINES, new_store
from tests.http.world import SETTINGS
from tests.support import Client, Server, free_port, initialise, wait_until

# As a person's: headless Chromium calls itself a robot.
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36"
MORE = {"HEADWATER_EDGE_VISITOR_COOKIE": "true"}
PASSWORD = "a good long one"
TAG = re.compile(r"/(t|hw)(\.js|/[^/]+\.js)$")


def fresh(prefix: str) -> str:
    return f"{prefix}{uuid4().hex[:10]}"


@dataclass(slots=True)
class Ebb:
    """Server, shop, and a partner whose program pays 5.00 a lead and 10 % of a sale."""

    server: Server
    shop: PrivateShop
    partner: dict[str, Any]

    @property
    def client(self) -> Client:
        return self.server.client

    def at(self, host: str, path: str = "/") -> str:
        return self.shop.settings.at(host, path)

    @property
    def lead(self) -> tuple[str, int]:
        """As `leads` has it where the partner won."""
        return self.partner["id"], 500

    def link(self, host: str = SITE, path: str = "/") -> str:
        """A short link of the partner to a page of the shop."""
        key = fresh("k")
        body = {
            "domain": LINKS,
            "key": key,
            "url": self.at(host, path),
            "programId": self.partner["programId"],
            "partnerId": self.partner["id"],
        }
        self.client.post("/links", body)
        return self.shop.settings.link(key)

    def origins(self, user: str) -> dict[str, str]:
        """What the server says brought a customer: provider to `parameter=identifier`."""
        found = self.client.get(f"/customers/ext_{user}/attributions")
        return {each["provider"]: f"{each['parameter']}={each['identifier']}" for each in found}

    def touches(self, user: str) -> list[dict[str, Any]]:
        return self.client.get(f"/customers/ext_{user}/touches")

    def credited(self, user: str, kind: str) -> tuple[str | None, int]:
        """Who won a customer by the newest receipt of a kind, and what they are owed."""
        (receipt, *_) = self.client.get(f"/receipts?kind={kind}&customerExternalId={user}")
        winner = (receipt["winner"] or {}).get("partnerId")
        return winner, (receipt["owed"] or {"amount": 0})["amount"]

    def leads(self, user: str) -> list[tuple[str | None, int]]:
        """Of every receipt of a lead who won it, and what they are owed."""
        found = self.client.get(f"/receipts?kind=lead&customerExternalId={user}")
        return [
            ((each["winner"] or {}).get("partnerId"), (each["owed"] or {"amount": 0})["amount"])
            for each in found
        ]

    def known_of(self, visitor: str) -> list[dict[str, Any]]:
        """What the server still has of a visitor: whoever signs up as them would get it."""
        user = fresh("asks")
        body = {"customerExternalId": user, "visitorId": visitor}
        self.client.post("/track/signup", body)
        return self.touches(user)

    def sold(self, user: str) -> list[tuple[int, str | None, str | None]]:
        """Amount, link and winner of each sale."""
        found = self.client.get(f"/receipts?kind=sale&customerExternalId={user}")
        return [
            (each["amount"], each["linkId"], (each["winner"] or {}).get("partnerId"))
            for each in found
        ]

    def order(self, user: str) -> dict[str, Any]:
        """What the shop wrote down itself, when it has told the server."""
        with closing(sqlite3.connect(self.shop.settings.file)) as db:
            db.row_factory = sqlite3.Row
            asked = "select * from orders where user_id = ? and reported > 0"
            row = wait_until(lambda: db.execute(asked, [user]).fetchone())
        return dict(row) | {"attribution": json.loads(row["attribution"])}


@pytest.fixture(scope="session", params=ENGINES)
def ebb(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ebb]:
    folder = tmp_path_factory.mktemp("ebb")
    store = new_store(request.param, folder / "data", request)
    made = initialise(store, slug="ebb", domain=LINKS)
    server = Server(store, env=SETTINGS | MORE, key=made["secret_key"]).start()
    settings = Settings(
        server=server.port,
        port=free_port(),
        secret_key=made["secret_key"],
        publishable_key=made["publishable_key"],
        file=folder / "shop.sqlite",
    )
    shop = PrivateShop(settings, folder / "shop.log")
    shop.start()
    yield Ebb(server, shop, _partner(server.client, made))
    shop.stop()
    server.stop()


def _partner(client: Client, made: dict[str, Any]) -> dict[str, Any]:
    workspace = f"/workspaces/{made['workspace']['id']}"
    only = {"allowedHostnames": ["shop.localhost", "*.shop.localhost"]}
    assert client.call("PATCH", workspace, only).status == 200
    program = client.post("/programs", {"name": "Swimmers"})
    rewards = f"/programs/{program['id']}/rewards"
    client.post(rewards, {"event": "lead", "type": "flat", "amountInCents": 500})
    client.post(rewards, {"event": "sale", "type": "percentage", "amountInPercentage": 10})
    body = {"email": "pat@partner.test", "name": "Pat", "programId": program["id"]}
    return client.post("/partners", body)


@dataclass(slots=True)
class Person:
    """Somebody with a browser; `email` is theirs."""

    ebb: Ebb
    page: Page
    email: str

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def cookie(self, name: str = "hw_visitor") -> str:
        found = [each for each in self.context.cookies() if each["name"] == name]
        return found[0]["value"] if found else ""

    def go(self, host: str, path: str = "/") -> None:
        self.page.goto(self.ebb.at(host, path))

    def come(self, host: str, path: str) -> dict[str, str]:
        """By the partner's link; the click the server makes of it, as an origin."""
        self.page.goto(self.ebb.link(host, path))
        shown = "performance.getEntriesByType('navigation')[0].name"
        return {"headwater": f"hw_id={query_of(self.page.evaluate(shown))['hw_id']}"}

    def told(self) -> None:
        """Until the tag has asked and reported what it wanted to."""
        wait_until(lambda: self.page.evaluate("!!(window.headwater && headwater.visitor)"))
        self.page.evaluate("new Promise((done) => headwater('ready', done))")

    def make_account(self, path: str = "/sign-up") -> str:
        """With a password; the id of the new user."""
        self.go(APP, path)
        return self.fill_in()

    def fill_in(self, action: str = "/sign-up") -> str:
        form = self.page.locator(f"form[action^='{action}']")
        form.locator("[name=email]").fill(self.email)
        form.locator("[name=password]").fill(PASSWORD)
        form.locator("button").click()
        return self.user()

    def user(self) -> str:
        """Whom the page says is signed in."""
        self.page.wait_for_url(self.ebb.at(APP, "/account"))
        return self.page.locator("[data-user]").get_attribute("data-user") or ""

    def leave_for_harbor(self, mode: str, answer: str = "Allow") -> None:
        self.page.locator(f"a[href^='/leave?mode={mode}']").click()
        self.page.locator("[name=email]").fill(self.email)
        self.page.get_by_role("button", name=answer).click()

    def ask_for_a_letter(self) -> str:
        """The link in it."""
        form = self.page.locator("form[action^='/mail-link']")
        form.locator("[name=email]").fill(self.email)
        form.locator("button").click()
        return self.page.locator("[data-letter]").first.get_attribute("href") or ""

    def sign_out(self) -> None:
        self.page.get_by_role("button", name="Sign out").click()
        self.page.wait_for_url("**/sign-in")

    def answer(self, word: str) -> None:
        """The question whether they may be remembered."""
        self.page.get_by_role("button", name=word, exact=True).click()
        self.page.locator(".question").wait_for(state="hidden")

    def buy(self, plan: str = "pro") -> dict[str, Any]:
        """To the payment page and back; the order as the shop has it."""
        user = self.page.locator("[data-user]").get_attribute("data-user") or ""
        self.go(APP, "/plans")
        self.page.locator(f"[data-plan='{plan}']").click()
        self.page.get_by_role("button", name="Pay").click()
        self.page.wait_for_selector("[data-state=paid]")
        return self.ebb.order(user)


@pytest.fixture
def person(ebb: Ebb, chromium: Browser) -> Iterator[Person]:
    """Who was never anywhere."""
    context = chromium.new_context(user_agent=AGENT)
    context.set_default_timeout(8000)
    yield Person(ebb, context.new_page(), f"{fresh('mia')}@mail.test")
    context.close()


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
