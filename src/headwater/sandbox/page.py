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
}
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
    """`requests` and `actions` newest first; of `received` requests these are the last."""

    account: str
    secret: str
    trackers: Mapping[int, str]
    now: float
    faults: Sequence[str]
    requests: Sequence[Shown]
    received: int
    actions: Sequence[Mapping[str, Any]]


def render(board: Board, alert: str = "", link: str = "") -> str:
    """`alert`: why what was asked for was not done; `link`: a partner's, that was asked for."""
    return _PAGE.format(
        style=_STYLE,
        alert=f'<p class="wrong" role="alert">{escape(alert)}</p>' if alert else "",
        account=escape(board.account),
        now=_moment(board.now),
        faults="".join(f"<li>{escape(each)}</li>" for each in board.faults or ["normal"]),
        modes="".join(_mode(*each) for each in MODES.items()),
        steps="".join(f'<option value="{n}">{text}</option>' for n, text in STEPS.items()),
        link=f'<p><a href="{escape(link)}">Follow the link of a partner</a></p>' if link else "",
        received=_counted(board),
        requests=_rows(_request(board, each) for each in board.requests),
        actions=_actions(board),
    )


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
    kind = board.trackers.get(int(tracker), "") if tracker.isdecimal() else ""
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


def _actions(board: Board) -> str:
    if not board.actions:
        return "<p>None yet: what it takes, it works through in a few seconds of its own clock.</p>"
    heads = ("Id", "State", "Oid", "Amount", "Currency", "LockingDate", "CustomerId")
    head = "".join(f"<th scope=col>{name}</th>" for name in heads)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(str(each[name]))}</td>" for name in heads) + "</tr>\n"
        for each in board.actions
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table>"
    return f"<div class=wide role=region aria-labelledby=actions tabindex=0>{table}</div>"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


_STYLE = """
:root { color-scheme: light dark; --line: #767676; --soft: #8883; --bad: #b00020; --good: #1b6e3c;
  --go: #1f4fd8; }
@media (prefers-color-scheme: dark) { :root { --line: #9a9a9a; --bad: #ff8a93; --good: #7fd6a0;
  --go: #9db7ff; } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; }
main { box-sizing: border-box; width: min(64rem, 100%); margin: 0 auto; padding: 1.5rem 1rem; }
h1 { font-size: 1.25rem; margin: 0; }
h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
p, ul { margin: .25rem 0; }
form { display: grid; gap: .75rem; align-items: end; border: 1px solid var(--line);
  border-radius: .4rem; padding: 1rem; margin-top: .5rem; }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
legend { padding: 0; font-weight: 600; }
.choice { display: flex; gap: .5rem; align-items: baseline; padding: .2rem 0; }
.fields { display: grid; gap: .75rem; align-items: end;
  grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); }
.fields label { display: grid; gap: .25rem; }
input:not([type=radio]), select, button { box-sizing: border-box; width: 100%; font: inherit;
  padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .4rem; }
button { border-color: var(--go); color: var(--go); background: none; font-weight: 600;
  cursor: pointer; }
a { color: var(--go); }
:focus-visible { outline: 3px solid var(--go); outline-offset: 2px; }
.wrong { color: var(--bad); } .good { color: var(--good); }
.requests { list-style: none; padding: 0; border-top: 1px solid var(--soft); }
.requests li { border-bottom: 1px solid var(--soft); }
summary { padding: .5rem 0; cursor: pointer; overflow-wrap: anywhere; }
summary > * { margin-right: .75rem; }
summary i, time { opacity: .75; font-style: normal; }
pre { overflow-x: auto; margin: 0 0 .75rem; padding: .75rem; background: var(--soft);
  border-radius: .4rem; font-size: .875rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; white-space: nowrap; }
th, td { text-align: left; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid var(--soft); }
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Stand-in of impact.com</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Stand-in of impact.com</h1>
<p>{account}. Its clock says {now} UTC. <a href="/">Look again</a></p>
{alert}
<h2>How it answers now</h2>
<ul>{faults}</ul>
<form method="post" action="/">
<fieldset><legend>Have it answer otherwise</legend>
{modes}</fieldset>
<div class="fields">
<label>How many times <input name="count" type="number" min="1" max="100000" inputmode="numeric"
  placeholder="until it is changed"></label>
<label>Only for this order <input name="orderId" maxlength="64" autocomplete="off"></label>
<label>Seconds, where slow <input name="seconds" type="number" min="0" max="600" step="any"
  placeholder="5"></label>
</div>
<button name="do" value="answer">Answer so</button>
</form>
<form method="post" action="/">
<div class="fields">
<label>Move its clock on <select name="ahead">{steps}</select></label>
<button name="do" value="clock">Move on</button>
</div>
</form>
<form method="get" action="/">
<div class="fields">
<label>A partner's link to this page <input name="landing" type="url" required
  placeholder="http://localhost:3000/" autocomplete="off"></label>
<button>Make the link</button>
</div>
{link}</form>
<h2>Requests: {received}</h2>
{requests}
<h2 id="actions">Actions</h2>
{actions}
</main>
</body>
</html>
"""
