"""The page of the stand-in: what it received, and how it is to behave. Whole, without a script or
anything fetched from elsewhere.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from headwater.sandbox.notices import Notice
from headwater.sandbox.sheet import PAGE, STYLE

SHOWN = 100
HIDDEN = "•••"
_SECRET = re.compile(r"token|secret|password|authorization", re.IGNORECASE)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
MODES = {
    "normal": "Normal: it judges and answers as the network does",
    "slow": "Slow: it takes its time, then answers",
    "503": "Wrong: 503, it is down",
    "429": "Wrong: 429, too many requests, come back in a minute",
    "400": "Wrong: 400, it refuses everything",
    "truncated": "Wrong: an answer that cannot be read",
    "drop": "Absent: it closes the line without a word",
    "hang": "Absent: it takes the request and says nothing",
    "refuse": "Absent: for so many seconds nobody listens at all, this page neither",
}
PROFILES = {"normal": "in a few seconds", "slow": "in five minutes"}
METHODS = ("POST", "GET")
_ACTION = ("Id", "State", "Oid", "Amount", "Currency", "LockingDate", "CustomerId")
_UPDATE = ("Id", "State", "Disposition", "DeltaAmount", "DeltaPayout", "UpdateDate", "Oid")
_NOTICE = ("Sent", "Answer", "Method", "Action", "Status", "Payout", "To")
_NO_ACTIONS = "<p>None yet: what it takes, it works through in a while of its own clock.</p>"
_NO_NOTICES = "<p>None yet. It tells whom you name above.</p>"
STEPS = {"300": "5 minutes", "3600": "1 hour", "86400": "1 day", "2592000": "30 days"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """`status` 0: there was no answer yet. `raw`: the body, where it could not be read."""

    at: float
    method: str
    path: str
    status: int
    fields: Mapping[str, Any]
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All newest first; of `received` requests these are the last. `notify`: who is told, by
    `method`; empty: nobody. `profile`: how quick it is.
    """

    account: str
    secret: str
    trackers: Mapping[int, str]
    now: float
    faults: Sequence[str]
    requests: Sequence[Shown]
    received: int
    actions: Sequence[Mapping[str, Any]]
    updates: Sequence[Mapping[str, Any]]
    notices: Sequence[Notice]
    notify: str
    method: str
    profile: str


def render(board: Board, alert: str = "", link: str = "") -> str:
    """`alert`: why what was asked for was not done; `link`: a partner's, that was asked for."""
    return PAGE.format(
        style=STYLE,
        alert=f'<p class="wrong" role="alert">{escape(alert)}</p>' if alert else "",
        account=escape(board.account),
        now=_moment(board.now),
        faults="".join(f"<li>{escape(each)}</li>" for each in board.faults or ["normal"]),
        modes="".join(_mode(*each) for each in MODES.items()),
        steps="".join(f'<option value="{n}">{text}</option>' for n, text in STEPS.items()),
        link=f'<p><a href="{escape(link)}">Follow the link of a partner</a></p>' if link else "",
        received=_counted(board),
        requests=_rows(_request(board, each) for each in board.requests),
        profiles="".join(_option(*each, board.profile) for each in PROFILES.items()),
        methods="".join(_option(each, each, board.method) for each in METHODS),
        notify=escape(board.notify),
        actions=_table("actions", _ACTION, board.actions) or _NO_ACTIONS,
        updates=_table("updates", _UPDATE, board.updates) or "<p>None yet.</p>",
        notices=_table("notices", _NOTICE, map(_told, board.notices)) or _NO_NOTICES,
    )


def _option(value: str, text: str, chosen: str) -> str:
    return f'<option value="{value}"{" selected" if value == chosen else ""}>{text}</option>'


def _mode(value: str, label: str) -> str:
    checked = " checked" if value == "normal" else ""
    field = f'<input type="radio" name="mode" value="{value}"{checked}>'
    return f"<label class=choice>{field} <span>{escape(label)}</span></label>\n"


def _counted(board: Board) -> str:
    shown = len(board.requests)
    if board.received > shown:
        return f"the newest {shown} of {board.received}"
    return f"{board.received}, newest first" if board.received else "nothing yet"


def _rows(rows: Iterable[str]) -> str:
    found = "".join(rows)
    return f"<ul class=requests>\n{found}</ul>" if found else ""


def _request(board: Board, each: Shown) -> str:
    fields = {name.lower(): value for name, value in each.fields.items()}
    tracker = str(fields.get("actiontrackerid", ""))
    kind = {str(number): kind for number, kind in board.trackers.items()}.get(tracker, "")
    good = "good" if 200 <= each.status < 300 else "wrong"
    told = [
        f'<span class="{good}">{each.status or "no answer"}</span>',
        f"<b>{escape(f'{each.method} {_place(each.path)}')}</b>",
        _said("order", str(fields.get("orderid", ""))),
        _said("tracker", f"{tracker} {kind}".strip()),
        f"<time>{_moment(each.at)}</time>",
    ]
    body = json.dumps(masked(each.fields, board.secret), indent=2, ensure_ascii=False)
    if each.raw:
        body = _without(each.raw, board.secret)
    return (
        f"<li><details><summary>{' '.join(part for part in told if part)}</summary>"
        f"<pre tabindex=0>{escape(each.path)}\n{escape(body)}</pre></details></li>\n"
    )


def masked(fields: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """As they came, but for what opens an account, under whatever name it was sent."""
    return {
        name: HIDDEN if _SECRET.search(name) else _without(value, secret)
        for name, value in fields.items()
    }


def _without(value: Any, secret: str) -> Any:
    return str(value).replace(secret, HIDDEN) if secret and secret in str(value) else value


def _place(path: str) -> str:
    """Without the account, which is the same in all of them."""
    return "/".join(path.split("/")[3:]) or path


def _said(name: str, value: str) -> str:
    return f"<span><i>{name}</i> {escape(value)}</span>" if value else ""


def _table(name: str, heads: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Named by the heading above it; nothing where there are no rows."""
    head = "".join(f"<th scope=col>{each}</th>" for each in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(each[name]))}</td>" for name in heads) + "</tr>\n"
        for each in rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>"
    return f"<div class=wide role=region aria-labelledby={name} tabindex=0>{table}</div>" * bool(
        body
    )


def _told(notice: Notice) -> dict[str, str]:
    return {
        "Sent": _moment(notice.at),
        "Answer": str(notice.status or "no answer"),
        "Method": notice.method,
        "Action": str(notice.said["action_id"]),
        "Status": str(notice.said["status"]),
        "Payout": str(notice.said["payout"]),
        "To": notice.url,
    }


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
