"""The few pages a short domain shows itself: whole, without anything fetched from elsewhere."""

from html import escape

from headwater.links import Link

TEXT = (b"content-type", b"text/plain; charset=utf-8")
HTML = (b"content-type", b"text/html; charset=utf-8")
# A cached redirect would hide later visits from everyone, and one visitor's id would reach others.
# A short link is no page of its own: search engines are told to look at where it leads.
INDEXED = [(b"cache-control", b"private, no-store")]
PRIVATE = [*INDEXED, (b"x-robots-tag", b"noindex")]
SAFE = (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'")

NOT_FOUND = b"This short link does not exist. Check the address, or ask whoever gave it to you.\n"
EXPIRED = b"This short link has expired. Ask whoever gave it to you for a new one.\n"
EMPTY = b"This domain serves short links. This address alone leads nowhere.\n"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
{head}</head>
<body>
{body}
</body>
</html>
"""

_STYLE = """<style>
:root { color-scheme: light dark; --line: #767676; --bad: #b00020; --go: #1f4fd8; }
@media (prefers-color-scheme: dark) { :root { --line: #9a9a9a; --bad: #ff8a93; --go: #9db7ff; } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid;
  place-items: center; }
main { box-sizing: border-box; width: min(24rem, 100%); padding: 1.5rem; }
h1 { font-size: 1.25rem; margin: 0 0 1rem; }
label { display: block; margin-bottom: .25rem; }
input, button { box-sizing: border-box; width: 100%; font: inherit; padding: .6rem .75rem;
  border: 1px solid var(--line); border-radius: .4rem; }
button { margin-top: .75rem; border-color: var(--go); color: var(--go); background: none;
  font-weight: 600; cursor: pointer; }
:focus-visible { outline: 3px solid var(--go); outline-offset: 2px; }
.wrong { color: var(--bad); margin: .5rem 0 0; }
</style>
"""

_FORM = """<main>
<h1>This link is protected</h1>
<form method="post">
<label for="pw">Password</label>
<input id="pw" name="pw" type="password" required autofocus autocomplete="current-password"{said}>
{wrong}<button type="submit">Open the link</button>
</form>
</main>"""
_ALERT = '<p class="wrong" id="wrong" role="alert">{}</p>\n'
WRONG = "That is not the password. Try again."
WAIT = "Too many tries. Wait {} seconds, then try again."


def password_page(alert: str = "") -> bytes:
    """It says nothing of where the link leads; `alert` is why it is shown again."""
    said = ' aria-invalid="true" aria-describedby="wrong"' if alert else ""
    form = _FORM.format(said=said, wrong=_ALERT.format(alert) if alert else "")
    return _PAGE.format(title="Password", head=_STYLE, body=form).encode()


def preview_page(link: Link) -> bytes:
    """What messengers and networks show of the link."""
    return _PAGE.format(title=_title(link), head=_described(link), body="").encode()


def framed_page(link: Link, url: str) -> bytes:
    """The destination under the short link's own address."""
    style = (
        "<style>html, body, iframe { margin: 0; border: 0; width: 100%; height: 100% }</style>\n"
    )
    frame = f'<iframe src="{escape(url)}" title="{_title(link)}" allowfullscreen></iframe>'
    return _PAGE.format(title=_title(link), head=_described(link) + style, body=frame).encode()


def _title(link: Link) -> str:
    return escape(link.title or link.short_link.removeprefix("https://"))


def _described(link: Link) -> str:
    features = link.features
    told = [
        ("og:title", link.title),
        ("og:description", link.description),
        ("og:image", features.image),
        ("og:video", features.video),
        ("og:url", link.short_link),
    ]
    lines = [
        f'<meta property="{name}" content="{escape(value)}">\n' for name, value in told if value
    ]
    if link.description:
        lines.append(f'<meta name="description" content="{escape(link.description)}">\n')
    if features.image:
        lines.append('<meta name="twitter:card" content="summary_large_image">\n')
    return "".join(lines)
