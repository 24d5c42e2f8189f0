"""A question about a period, answered from the facts themselves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from headwater import attribution, links
from headwater.attribution import ClickIds
from headwater.db import Read
from headwater.insights import sql, values
from headwater.insights.model import Counted
from headwater.insights.narrow import narrowed
from headwater.insights.periods import Period, label
from headwater.kit.clock import HOUR_US, MINUTE_US
from headwater.kit.problems import invalid
from headwater.links import Link

ROWS_MAX = 50_000  # different rows one question may read; a tenth of a second of work
SHOWN_MAX = 5000
STEP_US = 15 * MINUTE_US  # every offset of a time zone is a multiple of it
_METRICS = ("clicks", "leads", "sales", "saleAmount")
Source = Callable[[Read, str, dict[str, Any]], list[Counted]]
_SOURCES: dict[str, Source] = {"clicks": sql.clicks, "leads": sql.leads, "sales": sql.sales}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`event`: clicks, leads, sales, or composite for all three."""

    event: str
    group: str
    period: Period
    filters: Mapping[str, str]


def answer(
    tx: Read, workspace_id: str, question: Question, click_ids: ClickIds
) -> list[tuple[Any, dict[str, int]]]:
    """Value and sums, the largest first; of a timeseries every part in order; of a count one row.

    Of `top_links` the value is the link. A link counts under each of its tags.
    """
    chosen = values.chooser(question.filters)
    sums: dict[Any, dict[str, int]] = {}
    known: dict[int, Link] = {}
    if question.group == "timeseries":
        sums = {start: dict.fromkeys(_METRICS, 0) for start in question.period.starts()}
    elif question.group == "count":
        sums = {"": dict.fromkeys(_METRICS, 0)}
    for event in _SOURCES if question.event == "composite" else (question.event,):
        rows = _rows(tx, workspace_id, question, event, click_ids)
        numbers = sorted({row.link_number for row in rows} - set(known))
        known |= {link.number: link for link in links.by_numbers(tx, workspace_id, numbers)}
        for row in rows:
            link = known[row.link_number]
            for value in _values(question, row, link) if chosen(row, link) else ():
                _add(sums, value, event, row)
    if question.group in ("timeseries", "count"):
        return list(sums.items())
    by = {"sales": "saleAmount", "composite": "clicks"}.get(question.event, question.event)
    shown = sorted(sums.items(), key=lambda pair: -pair[1][by])[:SHOWN_MAX]
    if question.group == "top_links":
        by_id = {link.id: link for link in known.values()}
        return [(by_id[link_id], counted) for link_id, counted in shown]
    return shown


def _rows(
    tx: Read, workspace_id: str, question: Question, event: str, click_ids: ClickIds
) -> list[Counted]:
    period = question.period
    needed = {*question.filters, values.GROUPS.get(question.group, "")}
    by, chosen = narrowed(tx, workspace_id, event, question.filters)
    asked: dict[str, Any] = values.columns(event, needed) | {
        "since": period.since,
        "until": period.until,
        "origin": period.since - period.since % STEP_US,
        "step": STEP_US if question.group == "timeseries" else period.until,
        "narrowed": by,
        "rows": chosen,
        "limit": ROWS_MAX + 1,
    }
    if event == "clicks":
        asked |= {"first_hour": asked["since"] // HOUR_US, "last_hour": period.until // HOUR_US}
    rows = _SOURCES[event](tx, workspace_id, asked)
    if len(rows) > ROWS_MAX:
        message = f"More than {ROWS_MAX} different rows lie in this period. Choose a shorter one."
        raise invalid("interval", message)
    return _with_clicks(tx, workspace_id, click_ids, rows)


def _with_clicks(
    tx: Read, workspace_id: str, click_ids: ClickIds, rows: list[Counted]
) -> list[Counted]:
    """Where they name a click, with what it said."""
    named = sorted({row.click_id for row in rows if row.click_id is not None})
    known = attribution.clicks_named(tx, workspace_id, click_ids, named)
    return [
        values.with_click(row, known[row.click_id]) if row.click_id in known else row
        for row in rows
    ]


def _values(question: Question, row: Counted, link: Link) -> tuple[Any, ...]:
    if question.group == "count":
        return ("",)
    if question.group == "timeseries":
        period = question.period
        return (label(period.start_of(max(row.step, period.since))),)
    return values.VALUES[values.GROUPS[question.group]](row, link)


def _add(sums: dict[Any, dict[str, int]], value: Any, event: str, row: Counted) -> None:
    found = sums.setdefault(value, dict.fromkeys(_METRICS, 0))
    found[event] += row.count
    found["saleAmount"] += row.amount
