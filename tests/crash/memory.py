"""What a client remembers: everything it asked, and every answer it got."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Click:
    """One visitor on one link; `click_id` once a redirect gave one."""

    link: str
    agent: str
    sent: int = 0
    answered: int = 0  # redirects with an id
    proofs: dict[str, "Call"] = field(default_factory=dict)  # by id, a lead to hang on it

    @property
    def click_ids(self) -> set[str]:
        return set(self.proofs)

    def answer(self, click_id: str) -> None:
        self.answered += 1
        body = {"clickId": click_id, "customerExternalId": click_id, "eventName": "Proof"}
        self.proofs.setdefault(click_id, Call(self.link, "/track/lead", body))


@dataclass(slots=True)
class Call:
    """One API call, however often it was sent; `answer` is the first JSON it was answered with."""

    link: str
    path: str
    body: dict[str, Any]
    answer: Any = None


@dataclass(slots=True)
class Memory:
    """Everything since the store was made; `fresh` is what was asked since the last check."""

    clicks: list[Click] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    refused: int = 0  # redirects without an id and calls answered 503
    fresh_clicks: int = 0
    fresh_calls: int = 0

    def click(self, link: str, agent: str) -> Click:
        self.clicks.append(Click(link, agent))
        return self.clicks[-1]

    def call(self, link: str, path: str, body: dict[str, Any]) -> Call:
        self.calls.append(Call(link, path, body))
        return self.calls[-1]

    @property
    def answered(self) -> int:
        return sum(c.answered for c in self.clicks) + sum(c.answer is not None for c in self.calls)

    @property
    def unanswered(self) -> int:
        asked = sum(not c.click_ids for c in self.clicks)
        return asked + sum(c.answer is None for c in self.calls)

    def checked(self) -> None:
        self.fresh_clicks, self.fresh_calls = len(self.clicks), len(self.calls)

    def expected(self, link: str) -> dict[str, int]:
        """The counters of a link once everything asked was also answered."""
        sales = [call for call in self._of(link) if call.path == "/track/sale"]
        return {
            "clicks": len(self._click_ids(link)),
            "leads": sum(call.path == "/track/lead" for call in self._of(link)),
            "sales": len(sales),
            "saleAmount": sum(call.body["amount"] for call in sales),
            "conversions": len({call.body["customerExternalId"] for call in sales}),
        }

    def hours(self) -> int:
        """How many UTC hours the ids are from: in another hour a visitor is a new click."""
        return len({click_id[:4] for click in self.clicks for click_id in click.click_ids})

    def hits(self, link: str) -> tuple[int, int]:
        """At least those answered with an id, at most those sent."""
        own = [click for click in self.clicks if click.link == link]
        return sum(click.answered for click in own), sum(click.sent for click in own)

    def owed(self) -> int:
        """5.00 for each customer's lead and a tenth of each sale, less a tenth of each refund."""
        leads = sum(call.path == "/track/lead" for call in self.calls)
        sales = sum(c.body["amount"] for c in self.calls if c.path == "/track/sale")
        refunds = sum(c.body["amount"] for c in self.calls if c.path.endswith("/refunds"))
        return 500 * leads + (sales - refunds) // 10

    def _of(self, link: str) -> list[Call]:
        return [call for call in self.calls if call.link == link]

    def _click_ids(self, link: str) -> set[str]:
        own = [click.click_ids for click in self.clicks if click.link == link]
        return set().union(*own)
