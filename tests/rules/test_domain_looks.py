"""What a look at the DNS changes: whose a host is, and whether it leads here."""

import pytest

from headwater.kit.clock import SECOND_US
from headwater.workspace import Finding, Seen, Standing, points_here
from headwater.workspace.model import Holder
from headwater.workspace.rules import WAITS_S, judged, lost

NOW = 1_000_000 * SECOND_US
OURS, THEIRS = "headwater-verify=ours", "headwater-verify=theirs"
HELD = Standing(held=True, verified_at=None, look_at=1)
CLAIMED = Standing(held=False, verified_at=None, look_at=1)
RIVAL = Holder(workspace_id="ws_b", vouched=False)
HERE, ELSEWHERE, NOWHERE, SILENCE = (
    Finding.POINTS_HERE,
    Finding.POINTS_ELSEWHERE,
    Finding.NO_SUCH_NAME,
    Finding.NO_ANSWER,
)


def seen(finding: Finding, *proofs: str) -> Seen:
    return Seen(finding=finding, proofs=frozenset(proofs))


def after(before: Standing, *findings: Finding) -> Standing:
    for finding in findings:
        before = judged(before, seen(finding), OURS, None, "", NOW)
    return before


@pytest.mark.parametrize(
    ("names", "addresses", "finding"),
    [
        ({"links.acme.test"}, set(), HERE),
        ({"cdn.test", "links.acme.test"}, {"198.51.100.9"}, HERE),
        (set(), {"192.0.2.1"}, HERE),
        (set(), {"192.0.2.1", "2001:db8::1"}, HERE),
        (set(), {"192.0.2.1", "198.51.100.9"}, ELSEWHERE),
        ({"cdn.test"}, {"198.51.100.9"}, ELSEWHERE),
        (set(), set(), NOWHERE),
        ({"cdn.test"}, set(), NOWHERE),
    ],
)
def test_a_domain_points_here_by_name_or_by_all_its_addresses(
    names: set[str], addresses: set[str], finding: Finding
) -> None:
    ours, own = frozenset({"links.acme.test"}), frozenset({"192.0.2.1", "2001:db8::1"})
    assert points_here(frozenset(names), frozenset(addresses), ours, own) is finding


@pytest.mark.parametrize(
    ("looks", "verified"),
    [
        ((HERE,), True),
        ((ELSEWHERE,), False),
        ((NOWHERE,), False),
        ((SILENCE,), False),
        ((HERE, ELSEWHERE), True),
        ((HERE, SILENCE, SILENCE, SILENCE), True),
        ((HERE, ELSEWHERE, SILENCE, ELSEWHERE), True),
        ((HERE, ELSEWHERE, NOWHERE), False),
        ((HERE, ELSEWHERE, ELSEWHERE, HERE), True),
    ],
)
def test_verified_is_what_was_seen_and_one_look_takes_nothing_away(
    looks: tuple[Finding, ...], verified: bool
) -> None:
    assert (after(HELD, *looks).verified_at is not None) is verified


def test_looks_in_vain_come_at_rising_intervals() -> None:
    waits, standing = [], HELD
    for _ in range(len(WAITS_S) + 2):
        standing = after(standing, NOWHERE)
        assert standing.look_at is not None
        waits.append((standing.look_at - NOW) // SECOND_US)
    assert waits == [*WAITS_S, WAITS_S[-1], WAITS_S[-1]]
    assert sorted(set(waits)) == list(WAITS_S)
    well = after(standing, HERE)
    assert (well.misses, well.look_at) == (0, NOW + WAITS_S[-1] * SECOND_US)


@pytest.mark.parametrize(
    ("holder", "proofs", "taken"),
    [
        (RIVAL, (), False),
        (RIVAL, (THEIRS,), False),
        (RIVAL, ("headwater-verify=",), False),
        (RIVAL, (OURS,), True),
        (RIVAL, (OURS, "v=spf1 -all"), True),
        (RIVAL, (OURS, THEIRS), False),
        (Holder(workspace_id="ws_b", vouched=True), (OURS,), False),
        (None, (), True),
    ],
)
def test_a_host_that_is_held_goes_to_who_alone_proves_it_p10(
    holder: Holder | None, proofs: tuple[str, ...], taken: bool
) -> None:
    """Pointing here proves nothing: it points at all workspaces of a server alike."""
    found = judged(CLAIMED, seen(HERE, *proofs), OURS, holder, THEIRS, NOW)
    assert (found.held, found.verified_at is not None) == (taken, taken)
    assert found.finding is (HERE if taken else Finding.NOT_PROVEN)


def test_a_host_is_proven_before_it_points_here() -> None:
    found = judged(CLAIMED, seen(NOWHERE, OURS), OURS, RIVAL, THEIRS, NOW)
    assert (found.held, found.verified_at) == (True, None)


def test_who_lost_a_host_may_prove_it_again() -> None:
    gone = lost(after(HELD, HERE), NOW)
    assert (gone.held, gone.verified_at, gone.finding) == (False, None, Finding.NOT_PROVEN)
    again = judged(gone, seen(HERE, OURS), OURS, RIVAL, THEIRS, NOW)
    assert again.held
