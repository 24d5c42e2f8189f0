"""Whose a domain is, and whether it leads here: what a look at the DNS changes."""

from msgspec.structs import replace

from headwater.kit.clock import SECOND_US
from headwater.workspace.model import Finding, Holder, Seen, Standing

PROOF_LABEL = "_headwater"
PROOF_PREFIX = "headwater-verify="
# Seconds to the next look, after as many in vain; the last one for good, and for a domain that is
# as it should be.
WAITS_S = (10, 60, 300, 900, 3600, 21_600, 86_400)
_AWAY = {Finding.POINTS_ELSEWHERE, Finding.NO_SUCH_NAME}


def proof_name(host: str) -> str:
    """Where the text stands that says whose a host is."""
    return f"{PROOF_LABEL}.{host}"


def points_here(
    names: frozenset[str], addresses: frozenset[str], ours: frozenset[str], own: frozenset[str]
) -> Finding:
    """`names` is what the host is an alias of, `ours` the names a domain may point at, `own` all
    addresses it may have. One foreign address among ours sends part of the visitors elsewhere.
    """
    if names & ours:
        return Finding.POINTS_HERE
    if not addresses:
        return Finding.NO_SUCH_NAME
    return Finding.POINTS_HERE if addresses <= own else Finding.POINTS_ELSEWHERE


def judged(
    before: Standing, seen: Seen, proof: str, holder: Holder | None, holders_proof: str, now_us: int
) -> Standing:
    """Whoever does not hold the host gets it where nobody does, or by the own proof without the
    holder's beside it; never from a holder the operator vouches for. Then it is verified while it
    points here: one look that sees it elsewhere may be a mistake, two in a row are none, and a
    look without an answer says nothing.
    """
    if not before.held and not _may_take(seen, proof, holder, holders_proof):
        return _looked(before, Finding.NOT_PROVEN, now_us)
    after = _looked(replace(before, held=True), seen.finding, now_us)
    if seen.finding is Finding.POINTS_HERE:
        return replace(after, verified_at=before.verified_at or now_us)
    if seen.finding in _AWAY and before.finding in _AWAY:
        return replace(after, verified_at=None)
    return after


def lost(before: Standing, now_us: int) -> Standing:
    """Of whoever held a host that another workspace proved to be its own."""
    after = _looked(replace(before, misses=0), Finding.NOT_PROVEN, now_us)
    return replace(after, held=False, verified_at=None)


def _may_take(seen: Seen, proof: str, holder: Holder | None, holders_proof: str) -> bool:
    if holder is None:
        return True
    if holder.vouched:
        return False
    return proof in seen.proofs and holders_proof not in seen.proofs


def _looked(before: Standing, finding: Finding, now_us: int) -> Standing:
    well = finding is Finding.POINTS_HERE
    misses = 0 if well else before.misses + 1
    wait_s = WAITS_S[-1] if well else WAITS_S[min(misses, len(WAITS_S)) - 1]
    return replace(
        before,
        finding=finding,
        looked_at=now_us,
        misses=misses,
        look_at=now_us + wait_s * SECOND_US,
    )
