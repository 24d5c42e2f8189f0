"""People who come to the shop, each by a way known beforehand, and what has to come of it."""

import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from headwater.shop.browser import Browser, Shown
from headwater.shop.money import price
from headwater.shop.settings import APP, SITE, Settings

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Person/"
PASSWORD = "a good long one"  # noqa: S105 - of nobody
AT_ONCE = 4
SOURCES = ("link", "impact", "google", "both", "itself")
DOORS = ("password", "get", "post", "mail", "denied")
PLANS = (None, "standard", "pro", "pro-yearly")


@dataclass(frozen=True, slots=True)
class Plan:
    """Where somebody comes from, how they sign in, what they buy."""

    number: int
    source: str
    door: str
    buys: str | None

    @property
    def email(self) -> str:
        return f"person{self.number}@mail.test"

    @property
    def query(self) -> str:
        """Of the landing page, where no short link leads there."""
        return {
            "impact": f"/?im_ref=ir-{self.number}&utm_source=impact",
            "google": f"/?gclid=g-{self.number}&utm_campaign=spring",
            "both": f"/?im_ref=ir-{self.number}",
        }.get(self.source, "/")

    @property
    def linked(self) -> bool:
        """Whether one of our own links brought them."""
        return self.source in {"link", "both"}

    @property
    def origins(self) -> dict[str, str]:
        """What the server has to know of a network's; of ours, that it was one."""
        own = {"headwater": ""} if self.linked else {}
        impact = {"impact": f"im_ref=ir-{self.number}"}
        of_networks = {
            "impact": impact,
            "both": impact,
            "google": {"google": f"gclid=g-{self.number}"},
        }
        return own | of_networks.get(self.source, {})

    @property
    def amount(self) -> int:
        if self.buys is None:
            return 0
        tier, _, yearly = self.buys.partition("-")
        return price(tier, "yearly" if yearly else "monthly")


def plans(seed: int, count: int) -> Iterator[Plan]:
    """Every source by every door first, then as chance has it."""
    chance = random.Random(seed)
    every = [(source, door) for source in SOURCES for door in DOORS]
    for number in range(count):
        source, door = every[number] if number < len(every) else chance.choice(every)
        yield Plan(number, source, door, chance.choice(PLANS))


def send_visitors(
    settings: Settings, links: dict[str, str], seed: int, count: int, done: Callable[[], None]
) -> dict[str, Plan]:
    """The user each became. `links` are short links: `link` to the landing page, `both` to one with
    a network's id, to which the person's own number is added.
    """

    def sent(plan: Plan) -> tuple[str, Plan]:
        user = Visitor(settings, plan, links).visit()
        done()
        return user, plan

    with ThreadPoolExecutor(AT_ONCE) as people:
        return dict(people.map(sent, plans(seed, count)))


class Visitor:
    def __init__(self, settings: Settings, plan: Plan, links: dict[str, str]) -> None:
        self._settings, self._plan, self._links = settings, plan, links
        self._browser = Browser(f"{AGENT}{plan.number}")

    def visit(self) -> str:
        """From the landing to the account, and perhaps to the payment page; the user's id."""
        if self._plan.linked:
            self._browser.get(self._links["link"])
        if self._plan.query != "/" or not self._plan.linked:
            self._browser.get(self._settings.at(SITE, self._plan.query))
        self._browser.get(self._settings.at(APP, "/sign-up"))
        account: Shown = getattr(self, f"_by_{self._plan.door}")()
        user = account.said("data-user")
        assert user, f"{self._plan} did not get into an account: {account.url}"
        if self._plan.buys is not None:
            self._buy(self._plan.buys)
        return user

    def _by_password(self) -> Shown:
        return self._browser.post("/sign-up", email=self._plan.email, password=PASSWORD)

    def _by_get(self) -> Shown:
        return self._at_harbor("get", "allow")

    def _by_post(self) -> Shown:
        page = self._at_harbor("post", "allow")
        return self._browser.post(self._settings.at(APP, "/callback"), **page.fields)

    def _by_mail(self) -> Shown:
        letter = self._browser.post("/mail-link", email=self._plan.email)
        return self._browser.get(letter.said('class="button" href'))

    def _by_denied(self) -> Shown:
        """Harbor says no, then a password does it."""
        self._at_harbor("get", "deny")
        return self._by_password()

    def _at_harbor(self, mode: str, answer: str) -> Shown:
        asked = self._browser.get(self._settings.at(APP, f"/leave?mode={mode}"))
        said = asked.fields | {"email": self._plan.email, "answer": answer}
        return self._browser.post("/authorize", **said)

    def _buy(self, plan: str) -> None:
        offers = self._browser.get(self._settings.at(APP, "/plans"))
        _, said = self._browser.fetch(
            f"/customers/cloud-subscription-checkout/{plan}",
            b"{}",
            authorization=f"Bearer {offers.said('data-bearer')}",
        )
        made: dict[str, Any] = json.loads(said)
        self._browser.get(made["checkout_url"])
        self._browser.post(made["checkout_url"])
