"""What waits for the server: a request never does. Servers away, slow or ill; forks; ends."""

import asyncio
import ssl
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from headwater.client import Consent, Headwater, HeadwaterError, Request, SetupError
from headwater.client.outbox import FAILURES_MAX
from tests.site.browser import AGENT
from tests.site.standin import PUBLIC, SECRET, Call, Standin, soon
from tests.support import free_port

GRANTED = Consent.alike("granted")
PAGE = Request("GET", "https", "www.shop.test", "/", "", {"user-agent": AGENT}, peer="203.0.113.7")
VISITOR = "v" * 24


@pytest.fixture
def own() -> Iterator[Standin]:
    standin = Standin().start()
    yield standin
    standin.stop()


def opened(url: str, **options: object) -> Headwater:
    client = Headwater(url, SECRET, PUBLIC, domains=["shop.test"], **options)
    client._outbox._delay_s = 0.02
    return client


def put(client: Headwater, number: int) -> bool:
    touch = {"id": f"e{number}", "url": "", "referrer": "", "ids": {"gclid": str(number)}}
    return client.report(PAGE, VISITOR, touch, GRANTED)


def arrived(standin: Standin) -> list[str]:
    return [each["id"] for each in standin.touches.get(VISITOR, [])]


def test_what_waits_arrives_in_order_when_the_server_is_back() -> None:
    away = Standin(port=free_port())
    client = opened(away.url)
    begun = time.monotonic()
    assert all(put(client, number) for number in range(20))
    assert time.monotonic() - begun < 2, "a request only appends"
    soon(lambda: client.counts.repeated > 1)
    away.start()
    soon(lambda: len(arrived(away)) == 20)
    assert arrived(away) == [f"e{number}" for number in range(20)]
    assert (client.counts.sent, client.counts.lost) == (20, {})
    client.close()
    away.stop()


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_failed_in_passing_is_tried_again_in_order(own: Standin, status: int) -> None:
    own.ill = status
    client = opened(own.url)
    put(client, 1)
    put(client, 2)
    soon(lambda: client.counts.repeated > 1)
    own.ill = 0
    soon(lambda: client.counts.sent == 2)
    assert arrived(own) == ["e1", "e2"]
    client.close()


def test_the_age_of_a_touch_is_from_when_it_happened(own: Standin) -> None:
    own.ill = 503
    client = opened(own.url)
    put(client, 1)
    begun = time.monotonic()
    soon(lambda: client.counts.repeated > 2)
    waited_ms = (time.monotonic() - begun) * 1000
    own.ill = 0
    soon(lambda: arrived(own))
    assert own.touches[VISITOR][0]["age"] >= waited_ms - 50
    client.close()


def test_what_http_cannot_carry_is_lost_and_holds_nobody_up(own: Standin) -> None:
    client = opened(own.url)
    bad = Request("GET", "https", "www.shop.test", "/", "", {"user-agent": "a\r\nX: y"})
    client.report(bad, VISITOR, {"id": "e0"}, GRANTED)
    put(client, 1)
    soon(lambda: arrived(own) == ["e1"])
    assert client.counts.lost == {"refused": 1}
    assert "x" not in own.to("/t")[-1].headers
    client.close()


def test_a_signup_told_later_says_how_long_ago_its_touches_were(own: Standin) -> None:
    own.ill = 503
    client = opened(own.url)
    touch = {"id": "e1", "age": 5000, "ids": {"gclid": "G"}}
    body = {"customerExternalId": "u1", "touches": [touch], "landing": {**touch, "age": 0}}
    client.later.put("/track/signup", body)
    soon(lambda: client.counts.repeated > 2)
    own.ill = 0
    soon(lambda: client.counts.sent == 1)
    told = own.to("/track/signup")[-1].json
    assert told["landing"]["age"] >= 10, "two pauses"
    assert abs(told["touches"][0]["age"] - 5000 - told["landing"]["age"]) < 1000
    client.close()


def test_what_is_refused_for_good_holds_nobody_up(
    own: Standin, caplog: pytest.LogCaptureFixture
) -> None:
    own.ill = 422
    client = opened(own.url)
    put(client, 1)
    soon(lambda: client.counts.lost == {"refused": 1})
    own.ill = 0
    put(client, 2)
    soon(lambda: arrived(own) == ["e2"])
    assert "letters_lost why=refused count=1 status=422" in caplog.text
    client.close()


def test_a_touch_refused_in_a_good_answer_is_lost_too(own: Standin) -> None:
    """The server answers 200 for the call and names the event it did not take."""
    own.heard = lambda _: (200, {"refused": [{"id": "e1", "code": "not_found"}]}, [])
    client = opened(own.url)
    put(client, 1)
    soon(lambda: client.counts.lost == {"refused": 1})
    assert client.counts.sent == 0
    client.close()


def breaking(standin: Standin, broken: set[str], answer: object = None) -> None:
    """The server breaks on some touches and takes the others."""
    heard = standin.heard

    def given(call: Call) -> tuple[int, object, list[tuple[str, str]]]:
        ids = {each["id"] for each in call.json["events"]}
        return (500, answer, []) if ids & broken else heard(call)

    standin.heard = given


def test_a_letter_on_which_the_server_breaks_lets_the_others_go_first(own: Standin) -> None:
    """Then it is about this one, and it is given up; 503 would be waited for without end."""
    breaking(own, {"e1"}, {"error": {"code": "internal", "message": "Broken."}})
    client = opened(own.url)
    client._outbox._delay_s = 0.001
    put(client, 1)
    put(client, 2)
    soon(lambda: client.counts.lost == {"refused": 1})
    assert arrived(own) == ["e2"]
    assert len(own.to("/t")) == 2 * FAILURES_MAX + 1
    client.close()


@pytest.mark.parametrize(
    "answer",
    [
        (500, {"error": {"code": "internal", "message": "Broken."}}),
        (200, b"<html>We will be back soon.</html>"),
        (200, []),
        (404, b"<html>nginx</html>"),
        (301, b""),
    ],
    ids=str,
)
def test_a_server_that_breaks_on_everything_loses_nothing(own: Standin, answer: tuple) -> None:
    """Nor does a page that somebody put into its place for a while."""
    given = own.given
    own.given = lambda _: (*answer, [])
    client = opened(own.url)
    client._outbox._delay_s = client._calls._delay_s = 0.001
    put(client, 1)
    put(client, 2)
    client.later.sale("u1", 100)
    soon(lambda: client.counts.repeated > 5 * FAILURES_MAX)
    assert client.counts.lost == {}
    own.given = given
    soon(lambda: client.counts.sent == 3)
    assert sorted(arrived(own)) == ["e1", "e2"]
    client.close()


def test_a_wrong_key_loses_no_fact(own: Standin) -> None:
    """Somebody has to mend the settings; what waits is still there then."""
    own.ill = 401
    client = opened(own.url)
    client._calls._delay_s = 0.001
    client.later.sale("u1", 100)
    soon(lambda: client.counts.repeated > FAILURES_MAX)
    own.ill = 0
    soon(lambda: client.counts.sent == 1)
    client.close()


def test_a_flood_of_touches_takes_no_room_from_facts() -> None:
    client = opened(f"http://127.0.0.1:{free_port()}", queue_size=3)
    assert [put(client, number) for number in range(4)] == [True] * 3 + [False]
    assert client.later.sale("u1", 100) == {}
    assert client.counts.lost == {"full": 1}
    for _ in range(2):
        client.later.sale("u1", 100)
    with pytest.raises(HeadwaterError) as failed:
        client.later.sale("u1", 100)
    assert failed.value.code == "queue_full"
    client.close(0)


def test_a_fact_told_later_is_one_fact_however_often_it_is_sent(own: Standin) -> None:
    own.ill = 503
    client = opened(own.url)
    client._calls._delay_s = 0.02
    client.later.sale("u1", 2900, currency="eur")
    soon(lambda: len(own.to("/track/sale")) > 2)
    own.ill = 0
    soon(lambda: client.counts.sent == 1)
    sent = own.to("/track/sale")
    assert len({(call.headers["idempotency-key"], call.body) for call in sent}) == 1
    assert sent[0].json == {"customerExternalId": "u1", "amount": 2900, "currency": "eur"}
    with pytest.raises(TypeError):
        client.later.sale("u1", 2900, metadata={"when": object()})
    client.close()


def test_a_certificate_that_ran_out_is_a_server_that_is_away(tmp_path: Path) -> None:
    """Not a letter that cannot be sent: it is renewed some hours later."""
    with tls_server(tmp_path) as port:
        client = opened(f"https://127.0.0.1:{port}")
        put(client, 1)
        soon(lambda: client.counts.repeated > 1)
        assert client.counts.lost == {}
        client.close(0)


@contextmanager
def tls_server(folder: Path) -> Iterator[int]:
    """With a certificate nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.test")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1)
    made = made.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
    made = made.not_valid_after(datetime(2021, 1, 1, tzinfo=UTC))
    file = folder / "tls.pem"
    file.write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    standin = Standin()
    standin.start()
    standin.server.socket = context.wrap_socket(standin.server.socket, server_side=True)
    yield standin.port
    standin.stop()


def test_a_process_that_could_have_no_thread_sends_later(
    own: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = opened(own.url)

    def refused(_: threading.Thread) -> None:
        raise RuntimeError

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refused)
        assert put(client, 1), "it waits"
    put(client, 2)
    soon(lambda: arrived(own) == ["e1", "e2"])
    client.close()


def test_a_full_queue_loses_the_newest_counted_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """B-22."""
    client = opened(f"http://127.0.0.1:{free_port()}", queue_size=3)
    assert [put(client, number) for number in range(8)] == [True] * 3 + [False] * 5
    assert client.counts.lost == {"full": 5}
    lines = [r.getMessage() for r in caplog.records if "why=full" in r.getMessage()]
    assert [line.split()[2] for line in lines] == ["count=1", "count=2", "count=4"], "no flood"
    client.close(0.1)


def test_a_slow_server_holds_up_no_request(own: Standin) -> None:
    own.slow_s = 0.3
    client = opened(own.url)
    begun = time.monotonic()
    for number in range(100):
        put(client, number)
        client.settings()
    assert time.monotonic() - begun < 5, "a tenth of a hundred answers"
    client.close(0)


def test_what_waits_is_sent_before_the_end(own: Standin) -> None:
    client = opened(own.url)
    for number in range(10):
        put(client, number)
    client.close()
    assert len(arrived(own)) == 10
    assert client.counts.lost == {}
    assert put(client, 11) is False
    assert client.counts.lost == {"left": 1}


def test_the_end_does_not_wait_for_a_server_that_is_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = opened(f"http://127.0.0.1:{free_port()}")
    for number in range(5):
        put(client, number)
    begun = time.monotonic()
    client.close(5.0)
    assert time.monotonic() - begun < 4
    assert client.counts.lost == {"left": 5}
    assert "letters_lost why=left count=5" in caplog.text


def test_a_client_opened_again_sends_again(own: Standin) -> None:
    """As under a server that begins and ends the same application twice."""
    client = opened(own.url)
    client.close()
    client.start()
    put(client, 1)
    soon(lambda: arrived(own) == ["e1"])
    client.close()


def test_a_normal_exit_sends_what_waits(own: Standin) -> None:
    script = f"""
        from tests.site.test_outbox import opened, put
        client = opened({own.url!r})
        for number in range(5):
            put(client, number)
    """
    run = [sys.executable, "-c", textwrap.dedent(script)]
    assert subprocess.run(run, check=False, timeout=30).returncode == 0
    assert len(arrived(own)) == 5


def test_workers_forked_from_a_loaded_application_each_send(own: Standin) -> None:
    """Threads do not survive a fork: each worker starts its own, and sends nothing twice."""
    own.ill = 503
    script = f"""
        import os, sys, time
        from tests.site.test_outbox import opened, put
        client = opened({own.url!r})
        put(client, 0)
        time.sleep(0.1)
        workers = []
        for worker in (1, 2, 3):
            pid = os.fork()
            if pid == 0:
                assert len(client._outbox) == 0
                put(client, worker)
                client.close(5)
                os._exit(0 if client.counts.sent == 1 else 1)
            workers.append(pid)
        ended = [os.waitpid(pid, 0)[1] for pid in workers]
        client.close(5)
        sys.exit(any(ended) or client.counts.sent != 1)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    soon(lambda: len({c.body for c in own.to("/t") if b'"e0"' in c.body}) > 0)
    own.ill = 0
    assert process.wait(30) == 0
    assert sorted(arrived(own)) == ["e0", "e1", "e2", "e3"]


def test_a_worker_forked_while_the_settings_were_asked_for_asks_itself(own: Standin) -> None:
    """As `gunicorn --preload` does: else it would remember nobody for half a minute."""
    own.slow_s, own.config = 0.3, {"clickParam": "cid"}
    script = f"""
        import os, sys, time
        from tests.site.test_outbox import opened, soon
        client = opened({own.url!r})
        client.start()
        time.sleep(0.1)
        pid = os.fork()
        if pid == 0:
            soon(lambda: client.settings().click_param == "cid")
            os._exit(0)
        sys.exit(os.waitpid(pid, 0)[1] != 0)
    """
    run = [sys.executable, "-c", textwrap.dedent(script)]
    assert subprocess.run(run, check=False, timeout=30).returncode == 0


def test_an_application_that_was_loaded_knows_its_settings(own: Standin) -> None:
    own.slow_s, own.config = 0.05, {"clickParam": "cid"}
    client = opened(own.url)
    client.start(wait_s=5.0)
    assert client.settings().click_param == "cid"
    client.close()


def test_settings_are_read_once_and_kept_when_the_server_goes(
    own: Standin, caplog: pytest.LogCaptureFixture
) -> None:
    own.config = {
        "clickParam": "cid",
        "partnerParams": ["fpr"],
        "consentDefault": "denied",
        "ignoreReferrers": ["pay.test"],
        "referrals": True,
        "novelty": [1],
    }
    client = opened(own.url)
    client.start()
    soon(lambda: client.settings().click_param == "cid")
    settings = client.settings()
    assert (settings.partner_params, settings.consent) == (("fpr",), "denied")
    assert (settings.ignored_referrers, settings.referrals) == (("pay.test",), True)
    for _ in range(10):
        client.settings()
    assert len(own.to("/t/config")) == 1
    own.ill = 500
    client._latest._due_ms = 0
    soon(lambda: client.settings() and "settings_not_read" in caplog.text)
    assert len(own.to("/t/config")) == 2
    assert client.settings() == settings
    own.ill = 0
    client._latest._due_ms = 0
    soon(lambda: client.settings() and len(own.to("/t/config")) == 3)
    assert own.to("/t/config")[-1].headers["if-none-match"] == '"c"'
    assert client.settings() == settings, "304 is the same again"
    client.close()


def test_a_call_is_made_once_more_under_the_same_key(own: Standin) -> None:
    own.ill = 503
    client = opened(own.url)
    with pytest.raises(HeadwaterError) as failed:
        client.sale("u1", 2900, invoice_id="i1")
    assert (failed.value.status, failed.value.code, failed.value.passing) == (503, "ill", True)
    keys = [call.headers["idempotency-key"] for call in own.to("/track/sale")]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    own.ill, own.calls = 400, []
    with pytest.raises(HeadwaterError) as failed:
        client.sale("u1", 2900)
    assert failed.value.passing is False
    assert len(own.to("/track/sale")) == 1


def test_calls_can_be_awaited(own: Standin) -> None:
    """Many at once, and the loop goes on meanwhile."""
    own.slow_s = 0.1
    client = opened(own.url)

    async def main() -> int:
        calls = [client.sale_async(f"u{n}", 100) for n in range(4)]
        calls.append(client.signup_async("u", visitor_id=VISITOR))
        waiting = asyncio.gather(*calls)
        turns = 0
        while not waiting.done():
            await asyncio.sleep(0.005)
            turns += 1
        assert [each["heard"]["customerExternalId"] for each in waiting.result()[:4]] == [
            "u0",
            "u1",
            "u2",
            "u3",
        ]
        return turns

    assert asyncio.run(main()) > 3


def test_a_call_ends_in_time() -> None:
    slow = Standin(slow_s=2.0).start()
    client = opened(slow.url, timeout_s=1.0)
    begun = time.monotonic()
    with pytest.raises(HeadwaterError) as failed:
        client.lead("u1", "Trial")
    assert time.monotonic() - begun < 1.9, "both tries together"
    assert (failed.value.status, failed.value.code) == (0, "no_answer")
    slow.stop()


def test_calls_are_those_of_the_api(own: Standin) -> None:
    client = opened(own.url)
    client.lead("u1", "Trial", click_id="c", customer_email="a@b.test", event_quantity=2)
    client.sale("u1", 2900, currency="eur", invoice_id="i", lead_event_name="Trial")
    client.refund("ext_i/1", 100, "k", reason="late")
    assert [(c.path, c.json) for c in own.calls if c.method == "POST"] == [
        (
            "/track/lead",
            {
                "customerExternalId": "u1",
                "eventName": "Trial",
                "clickId": "c",
                "customerEmail": "a@b.test",
                "eventQuantity": 2,
            },
        ),
        (
            "/track/sale",
            {
                "customerExternalId": "u1",
                "amount": 2900,
                "currency": "eur",
                "invoiceId": "i",
                "leadEventName": "Trial",
            },
        ),
        ("/sales/ext_i%2F1/refunds", {"amount": 100, "key": "k", "reason": "late"}),
    ]
    client.close()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"url": "track.test"}, "https://track.example.com"),
        ({"url": "https://user:pw@track.test"}, "name or password"),
        ({"secret_key": ""}, "secret_key"),
        ({"secret_key": "hw_sk_x\n"}, "secret_key"),
        ({"domains": ["https://shop.test"]}, "example.com"),
        ({"domains": ["127.0.0.1"]}, "example.com"),
        ({"domains": ["test"]}, "example.com"),
        ({"consent": "yes"}, "'granted'"),
        ({"trusted_proxies": ["proxy"]}, "proxy"),
    ],
)
def test_a_client_that_cannot_work_says_so_at_once(options: dict, said: str) -> None:
    given = {"url": "https://track.test", "secret_key": SECRET} | options
    with pytest.raises((SetupError, ValueError), match=said):
        Headwater(**given)


def test_nobody_reads_a_key_in_a_log(own: Standin, caplog: pytest.LogCaptureFixture) -> None:
    """A-105."""
    caplog.set_level("DEBUG")
    mark = uuid4().hex
    own.ill = 422
    client = opened(own.url)
    client.report(PAGE, VISITOR, {"id": mark, "ids": {"gclid": mark}}, GRANTED)
    soon(lambda: client.counts.lost)
    client.close()
    assert mark not in caplog.text
    assert SECRET not in caplog.text + repr(client.__dict__["_outbox"].__dict__)
