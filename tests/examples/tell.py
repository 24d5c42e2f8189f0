"""Runs the story in a shell, as a reader of the API page would, and notes what is answered."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.examples.story import HOOK, STORY, Step
from tests.http.name_server import name_server
from tests.support import Server, Store, initialise, wait_until

_PLACE = re.compile(r"\{([a-z_]+(?:\.\w+)+)\}")
_HERE = "http://127.0.0.1:8787"  # where the page says that the reader's server answers
_SECRET = re.compile(r"whsec_[\w+/=]+")


@dataclass(slots=True)
class Teller:
    """The answers so far, by the name of their step."""

    server: Server
    page_key: str
    sandbox_key: str
    hook: str
    answers: dict[str, Any] = field(default_factory=dict)

    def tell(self, step: Step) -> dict[str, Any]:
        """What the page says of a step: the shell's line, the status and the answer."""
        shell = command(step)
        found: dict[str, Any] = {}

        def answered() -> bool:
            found.update(self._run(shell))
            if step.file:
                return bool(found["status"] < 300)
            return not step.until or bool(value_at(found["answer"], step.until, missing=None))

        wait_until(answered)
        self.answers[step.name] = found["answer"]
        text = json.dumps(found["answer"]).replace(self.hook, HOOK)
        text = text.replace(self.server.url, _HERE)
        answer = json.loads(_SECRET.sub("whsec_…", text))
        return {
            "method": step.method,
            "route": step.route,
            "shell": shell,
            "status": found["status"],
            "answer": None if step.file else answer,
            **({"file": step.file} if step.file else {}),
        }

    def _run(self, shell: str) -> dict[str, Any]:
        names = {name for step in STORY for name in _PLACE.findall(f"{step.address}{step.body}")}
        known = {
            variable(name): str(value_at(self.answers, name))
            for name in names
            if name.partition(".")[0] in self.answers
        }
        keys = {"KEY": str(self.server.key), "PAGE_KEY": self.page_key}
        keys |= {"SANDBOX_KEY": self.sandbox_key}
        mine = {"HEADWATER": self.server.url} | keys
        line = shell.replace(HOOK, self.hook) + " -w '\\n%{http_code}'"
        done = subprocess.run(
            ["bash", "-euc", line],
            cwd=self.server.store.data.parent,  # where a file may lie that nobody wants
            env={"PATH": os.environ["PATH"]} | known | mine,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        body, _, status = done.stdout.rpartition("\n")
        return {"status": int(status), "answer": json.loads(body) if body else None}


def command(step: Step) -> str:
    """The step as one curl, with variables where it needs what came before."""
    if step.signed:
        return _signed(step)
    parts = ["curl -s"]
    if step.method != "GET":
        parts[0] += f" -X {step.method}"
    if step.file:
        parts[0] += f" -o {step.file}"
    start = "" if step.address.startswith("{") else "$HEADWATER"
    parts.append(f'"{start}{_PLACE.sub(_in_double_quotes, step.address)}"')
    if not step.public:
        key = "$PAGE_KEY" if step.page else "$SANDBOX_KEY" if step.sandbox else "$KEY"
        parts.append(f'-H "Authorization: Bearer {key}"')
    if step.body is not None:
        text = json.dumps(step.body, ensure_ascii=False)
        parts.append("-H 'Content-Type: application/json'")
        parts.append(f"-d '{_PLACE.sub(_in_single_quotes, text)}'")
    return " \\\n  ".join(parts)


def _signed(step: Step) -> str:
    """As Stripe signs: the second, a dot and the body."""
    lines = [
        f"BODY='{json.dumps(step.body)}'",
        "AT=$(date +%s)",
        f'SIGNED=$(printf %s "$AT.$BODY" | openssl dgst -sha256 -hmac {step.signed} -r)',
        f'curl -s -X POST "$HEADWATER{_PLACE.sub(_in_double_quotes, step.address)}" \\',
        '  -H "Stripe-Signature: t=$AT,v1=${SIGNED%% *}" \\',
        "  -H 'Content-Type: application/json' \\",
        '  -d "$BODY"',
    ]
    return "\n".join(lines)


def _in_double_quotes(found: re.Match[str]) -> str:
    return f"${variable(found[1])}"


def _in_single_quotes(found: re.Match[str]) -> str:
    return f"'\"${variable(found[1])}\"'"


def variable(place: str) -> str:
    """`program.id` is PROGRAM_ID, `sale.sale.receiptId` is SALE_RECEIPT_ID."""
    names = [name for name in place.split(".") if not name.isdigit()]
    if len(names) > 2 and names[0] == names[1]:
        del names[0]
    snake = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name) for name in names]
    return "_".join(snake).upper()


def value_at(value: Any, place: str, missing: Any = KeyError) -> Any:
    for name in place.split("."):
        try:
            value = value[int(name)] if isinstance(value, list) else value[name]
        except (KeyError, IndexError):
            if missing is KeyError:
                raise
            return missing
    return value


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def telling(store: Store) -> Iterator[Teller]:
    """A server of its own and somebody who hears its webhooks."""
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    Thread(target=receiver.serve_forever, daemon=True).start()
    made = initialise(store)
    sandbox = initialise(store, slug="lab", domain="go.lab.test", sandbox=True)
    with name_server() as names:
        env = {
            "HEADWATER_EGRESS_ALLOW_PRIVATE": "true",
            "HEADWATER_AVATARS_DIRECTORY": str(store.data / "avatars"),
            "HEADWATER_DOMAINS_TARGET": "links.example.com",
            "HEADWATER_DOMAINS_RESOLVERS": names.place,
        }
        server = Server(store, key=made["secret_key"], env=env).start()
        try:
            hook = f"http://127.0.0.1:{receiver.server_port}/headwater"
            yield Teller(server, made["publishable_key"], sandbox["secret_key"], hook)
        finally:
            server.stop()
            receiver.shutdown()
            receiver.server_close()
