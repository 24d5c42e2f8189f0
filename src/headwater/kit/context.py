"""What a script may know besides its arguments: who asks, when, and a source of chance."""

from dataclasses import dataclass, field

from headwater.kit.entropy import Entropy
from headwater.kit.ids import IdMaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Frozen per request or task: one `now_us` for everything it does, on the workspace's clock,
    which is `ahead_us` before the real one.
    """

    workspace_id: str
    now_us: int
    entropy: Entropy
    ahead_us: int = 0
    _ids: IdMaker = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ids", IdMaker(self.now_us, self.entropy))

    @property
    def real_us(self) -> int:
        """For what asks the world outside: name servers and other people's pictures know no
        sandbox.
        """
        return self.now_us - self.ahead_us

    def new_id(self, prefix: str) -> str:
        """Ids of one context sort in the order they were asked for."""
        return self._ids.new(prefix)
