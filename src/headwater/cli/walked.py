"""A walk by `headwater doctor`, for people."""

from collections.abc import Iterator

from headwater.doctor import Finding, Report, Severity

_MARKS = {Severity.LOST: "LOST", Severity.WEAK: "WEAK", Severity.NOTE: "note"}


def shown(report: Report) -> Iterator[str]:
    for hop in report.hops:
        yield f"{hop.number:>2}  {hop.status or '---'}  {hop.place}"
        carried = [name for name in hop.came_with if name not in hop.lost]
        if hop.to is not None:
            yield f"           sent on with {', '.join(carried) or 'nothing'}"
        elif carried:
            yield f"           arrives with {', '.join(carried)}"
        if hop.lost:
            yield f"           LOST here: {', '.join(hop.lost)}"
    yield ""
    for finding in sorted(report.findings, key=lambda each: _ORDER[each.severity]):
        yield from _finding(finding)
    if report.arrives:
        yield "A click arrives and is remembered."
    else:
        lost = sum(each.severity is Severity.LOST for each in report.findings)
        yield f"A click is lost: {lost} to mend, marked LOST above."


_ORDER = {Severity.LOST: 0, Severity.WEAK: 1, Severity.NOTE: 2}


def _finding(finding: Finding) -> Iterator[str]:
    yield f"{_MARKS[finding.severity]}  {finding.where}"
    yield f"      {finding.what}"
    yield f"      To mend: {finding.mend}"
    yield ""
