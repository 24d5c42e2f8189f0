"""The main job through the public surface: click, lead, sale, refund, on both engines."""

from typing import Any

from tests.support import Server, run


def test_from_click_to_balanced_books(server: Server, program: dict[str, Any]) -> None:
    client = server.client
    click = client.click("pat")
    assert click.status == 302
    lead = client.post(
        "/track/lead",
        {"clickId": click.click_id, "eventName": "Sign up", "customerExternalId": "u1"},
    )
    assert lead["link"]["partnerId"] == program["partner"]["id"]
    sale = client.post(
        "/track/sale", {"customerExternalId": "u1", "amount": 2900, "invoiceId": "in_1"}
    )["sale"]
    refund = client.post(f"/sales/{sale['id']}/refunds", {"amount": 1000, "key": "r1"})
    assert refund["reversed"] == 100
    balances = client.get("/balances")
    assert [balance["pending"] for balance in balances] == [500 + 290 - 100]
    link = client.get("/links/info?domain=go.acme.test&key=pat")
    counters = [link[name] for name in ("hits", "clicks", "leads", "sales", "saleAmount")]
    assert counters == [1, 1, 1, 1, 2900]
    verified = run("verify", *server.store.arguments)
    assert verified.returncode == 0, verified.stdout
