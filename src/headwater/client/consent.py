"""What a visitor allows, by purpose (T-100): kept with everything that is sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from headwater.client.errors import SetupError
from headwater.client.request import Request

State = Literal["granted", "denied", "unknown"]
STATES = ("granted", "denied", "unknown")
_BY_LETTER: dict[str, State] = {"g": "granted", "d": "denied", "u": "unknown"}


@dataclass(frozen=True, slots=True)
class Consent:
    """`source` says who decided: `default`, `site`, `gpc`; `user` is the visitor's own choice for
    this site.
    """

    measurement: State
    sharing: State
    personal: State
    source: str = "site"

    @classmethod
    def alike(cls, state: State, source: str = "site") -> "Consent":
        return cls(state, state, state, source)

    def under(self, *, gpc: bool) -> "Consent":
        """Global Privacy Control forbids to share, unless the visitor himself said it (T-103)."""
        return (
            replace(self, sharing="denied", source="gpc") if gpc and self.source != "user" else self
        )

    @property
    def brief(self) -> str:
        """For a token, which must be short."""
        states = (self.measurement, self.sharing, self.personal)
        return "".join(state[0] for state in states) + self.source

    def or_else(self, brief: str, *, gpc: bool) -> "Consent":
        """Where nobody knows it now, what was said before."""
        states = [_BY_LETTER.get(letter) for letter in brief[:3]]
        match states:
            case [str() as measurement, str() as sharing, str() as personal]:
                before = Consent(measurement, sharing, personal, brief[3:])
                return before.under(gpc=gpc) if self.measurement == "unknown" else self
        return self

    def body(self) -> dict[str, str]:
        return {
            "measurement": self.measurement,
            "sharing": self.sharing,
            "personal": self.personal,
            "source": self.source,
        }


Asked = Callable[[Request], "Consent | State"]


def answered(given: "Consent | State") -> Consent:
    """What a site's own function said, in one form."""
    if isinstance(given, Consent):
        return given
    if given not in STATES:
        raise SetupError(f"Consent is 'granted', 'denied', 'unknown' or a Consent, not {given!r}.")
    return Consent.alike(given)
