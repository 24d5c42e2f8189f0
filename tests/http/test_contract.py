"""Every endpoint: shape of the answer, who may ask, and the one envelope for errors."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headwater.http.envelope import ErrorBody
from headwater.kit.problems import Code
from tests.examples.story import PIXEL
from tests.http.stripe import SECRET, send
from tests.http.world import World, ask, problem
from tests.support import DOMAIN, Client, wait_until

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "http.md"

LINK = set(
    "id domain key url shortLink qrCode trackConversion externalId tenantId programId partnerId"
    " archived expiresAt expiredUrl disabledAt password proxy title description image video rewrite"
    " doIndex ios android geo publicStats tags tagId folderId comments utm_source utm_medium"
    " utm_campaign utm_term utm_content testVariants testStartedAt testCompletedAt userId"
    " workspaceId projectId webhookIds clicks leads conversions sales saleAmount lastClicked"
    " createdAt updatedAt hits".split()
)
TAG = {"id", "name", "color"}
FOLDER = set("id name description type accessLevel createdAt updatedAt".split())
DOMAIN_KEYS = set(
    "id slug verified primary archived placeholder expiredUrl notFoundUrl logo assetLinks"
    " appleAppSiteAssociation createdAt updatedAt registeredDomain".split()
)
LOOK = set("slug verified status message records lookedAt nextLookAt".split())
SALE_OF = set("domain available premium prices price".split())
PROGRAM = set(
    "id name attributionModel windowDays selfReferral holdingPeriodDays createdAt rewards".split()
)
REWARD = set("id programId event type amountInCents amountInPercentage createdAt".split())
PARTNER = set(
    "id partnerId programId name username email image country companyName description tenantId"
    " defaultPayoutMethod paypalEmail stripeConnectId payoutsEnabledAt identityVerifiedAt"
    " networkStatus status createdAt groupId links totalClicks totalLeads totalConversions"
    " totalSales totalSaleAmount totalCommissions netRevenue".split()
)
COMMISSION = set(
    "id type status amount earnings originalEarnings reversed currency quantity invoiceId"
    " description metadata userId conversionId linkId createdAt updatedAt dueAt paidAt partner"
    " customer receiptId".split()
)
RECEIPT = set(
    "id kind conversionId customerId linkId decidedAt ruleVersion program considered winner"
    " credit owed owedReason flags restatements deliveries explanation amount currency"
    " saleId quantity".split()
)
INBOX = set("id kind reason field state detail request result createdAt resolvedAt".split())
WEBHOOK = set(
    "id name url secret triggers linkScope linkIds folderIds clickBatches disabledAt deletedAt"
    " oldSecretUntil createdAt".split()
)
DELIVERY = set(
    "id webhookId destinationId messageId event state attempts nextAttemptAt createdAt deliveredAt"
    " lastError subjectId parentId submission".split()
)
LOGGED_DELIVERY = DELIVERY | {"log", "payload"}
DESTINATION = set(
    "id kind name settings hasAuthToken missing pausedAt pausedReason restsUntil failures createdAt"
    " deletedAt".split()
)
CUSTOMER = set(
    "id externalId name email avatar stripeCustomerId country sales saleAmount createdAt"
    " firstSaleAt subscriptionCanceledAt".split()
)
ONE_CUSTOMER = CUSTOMER | {"avatarState", "avatarReason"}
LEAD = {"click", "link", "customer", "lead"}
SALE = {"eventName", "customer", "sale"}
REFUND = set(
    "id saleId amount currency originalAmount originalCurrency key reason reversed receiptId"
    " createdAt".split()
)
MILESTONE = set("id type entity plan scope administrative source occurredAt metadata".split())
RATE = set("id currency date rate source createdAt".split())
LOGGED = set("id call outcome status error customerExternalId linkId result createdAt".split())
WORKSPACE = {"id", "slug", "name", "currency", "allowedHostnames", "sandbox", "tag"}
CLOCK = {"sandbox", "now", "aheadSeconds"}
STRIPE_ENDPOINT = set(
    "id url mode amount taxes hasSecret oldSecretUntil createdAt deletedAt".split()
)
STRIPE_EVENT = set(
    "id endpointId type state reason detail results attempts nextAttemptAt occurredAt createdAt"
    " settledAt".split()
)
BALANCE = {"partnerId", "programId", "currency", "pending", "held", "due"}


class Made:
    """One of everything, so that each endpoint has something to answer about."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.link = world.link()
        self.customer = world.customer(self.link)
        self.sale = world.sale(self.customer, invoiceId=world.name("in"))["sale"]
        self.refund = world.refund(self.sale["id"], 100, "r1")
        kept = world.sale(world.name("u"), invoiceId=world.name("in"))
        self.inbox_id = kept["inboxId"]
        hook = {"name": "h", "url": "http://127.0.0.1:9/", "triggers": ["sale.created"]}
        self.webhook = world.client.post("/webhooks", hook)
        world.client.post("/rates", {"currency": "sek", "date": "2020-01-01", "rate": "9.5"})
        world.sale(self.customer)
        sent = world.client.get(f"/deliveries?webhookId={self.webhook['id']}")
        self.delivery = sent[0]
        doomed = world.client.post("/webhooks", hook)
        self.doomed = doomed["id"]
        network = {"kind": "impact", "name": "Impact"}
        self.destination, self.doomed_destination = [
            world.client.post("/destinations", network)["id"] for _ in range(2)
        ]
        self.stripe, self.doomed_stripe = [
            world.client.post("/billing/stripe/endpoints", {"mode": "live", "secret": SECRET})["id"]
            for _ in range(2)
        ]
        self.stripe_event = world.name("evt")
        taken = send(world, self.stripe, {"id": self.stripe_event, "type": "customer.deleted"})
        assert taken.status == 200, taken.body
        self.domain, self.doomed_domain = [
            world.client.post("/domains", {"slug": f"{world.name('d')}.test"})["slug"]
            for _ in range(2)
        ]
        self.tag, self.doomed_tag = [
            world.client.post("/tags", {"name": world.name("t")})["id"] for _ in range(2)
        ]
        self.folder, self.doomed_folder = [
            world.client.post("/folders", {"name": world.name("f")})["id"] for _ in range(2)
        ]
        touched = {"id": world.name("event"), "ids": {"gclid": "G"}}
        signed_up = {"customerExternalId": self.customer, "touches": [touched]}
        world.client.post("/track/signup", signed_up)
        self.checkout = world.name("cs")
        world.client.post("/checkout/attribution", {"checkoutId": self.checkout})
        self.request_id = world.client.get("/conversion-log?call=sale")[0]["id"]
        self.customer_id = self.customer_named(self.customer)
        pictured = world.customer(self.link, customerAvatar=PIXEL)
        address = world.client.get(f"/customers/ext_{pictured}")["avatar"]
        self.avatar_id = address.rpartition("/")[2]
        wait_until(lambda: world.client.call("GET", f"/avatars/{self.avatar_id}").status == 200)

    def customer_named(self, external_id: str) -> str:
        return str(self.world.client.get(f"/customers/ext_{external_id}")["id"])


def having(world: World) -> Iterator[Made]:
    """One of everything; networks end with the module, as every sale would speak of them."""
    yield Made(world)
    for each in world.client.get("/destinations"):
        if each["kind"] != "webhook":
            world.client.call("DELETE", f"/destinations/{each['id']}")


@pytest.fixture(scope="module")
def made(world: World) -> Iterator[Made]:
    yield from having(world)


Call = Callable[[Made], tuple[str, Any]]


def new_link(made: Made) -> tuple[str, Any]:
    return "/links", {"url": "https://acme.test"}


# Per route: a good call, its status, and the keys of the answer (of its first row for a list).
ROUTES: dict[tuple[str, str], tuple[Call, int, set[str]]] = {
    ("GET", "/healthz"): (lambda _: ("/healthz", None), 200, {"status"}),
    ("GET", "/readyz"): (lambda _: ("/readyz", None), 200, {"status", "checks", "worker"}),
    ("POST", "/track/click"): (
        lambda m: ("/track/click", {"domain": DOMAIN, "key": m.link["key"]}),
        200,
        {"clickId", "partner", "discount"},
    ),
    ("GET", "/conversion-log"): (lambda _: ("/conversion-log", None), 200, LOGGED),
    ("GET", "/conversion-log/{request_id}"): (
        lambda m: (f"/conversion-log/{m.request_id}", None),
        200,
        LOGGED,
    ),
    ("GET", "/t/config"): (
        lambda m: (f"/t/config?key={m.world.page.key}", None),
        200,
        set("clickParam table partnerParams consentDefault ignoreReferrers referrals".split()),
    ),
    ("POST", "/t"): (
        lambda m: ("/t", {"key": m.world.page.key, "events": []}),
        200,
        {"visitor", "partner", "clickId", "refused"},
    ),
    ("POST", "/track/signup"): (
        lambda m: ("/track/signup", {"customerExternalId": m.world.name("u")}),
        200,
        {"customer", "attributions", "lead", "signup", "refused"},
    ),
    ("GET", "/customers/{customer_id}/attributions"): (
        lambda m: (f"/customers/{m.customer_id}/attributions", None),
        200,
        {"provider", "identifier", "parameter", "touchedAt"},
    ),
    ("GET", "/customers/{customer_id}/touches"): (
        lambda m: (f"/customers/{m.customer_id}/touches", None),
        200,
        set(
            "id eventId source touchedAt url referrer clickId partner coupon referral utm ids"
            " consent claimedAt newCustomer".split()
        ),
    ),
    ("POST", "/checkout/attribution"): (
        lambda m: ("/checkout/attribution", {"checkoutId": m.world.name("cs")}),
        200,
        {"id", "metadata", "clientReferenceId"},
    ),
    ("GET", "/checkout/attribution/{checkout_id}"): (
        lambda m: (f"/checkout/attribution/{m.checkout}", None),
        200,
        set(
            "id checkoutId customerExternalId attribution metadata clientReferenceId"
            " createdAt".split()
        ),
    ),
    ("POST", "/track/milestone"): (
        lambda m: ("/track/milestone", {"customerExternalId": m.customer, "type": "signup"}),
        200,
        MILESTONE | {"customer"},
    ),
    ("GET", "/customers/{customer_id}/milestones"): (
        lambda m: (f"/customers/{m.customer_id}/milestones", None),
        200,
        MILESTONE,
    ),
    ("POST", "/customers/{customer_id}/attributions"): (
        lambda m: (
            f"/customers/{m.customer_id}/attributions",
            {"provider": "google", "identifier": "G"},
        ),
        200,
        {"provider", "identifier", "parameter", "touchedAt"},
    ),
    ("POST", "/sales/{sale_id}/disputes"): (
        lambda m: (f"/sales/{m.sale['id']}/disputes", {"key": m.world.name("d")}),
        200,
        set(
            "id saleId key originalAmount reason reversed outcome receiptId openedAt"
            " closedAt".split()
        ),
    ),
    ("POST", "/track/visit"): (
        lambda m: (
            "/track/visit",
            {"domain": DOMAIN, "url": f"https://{DOMAIN}/{m.link['key']}"},
        ),
        200,
        {"clickId"},
    ),
    ("POST", "/track/open"): (
        lambda m: ("/track/open", {"deepLink": f"https://{DOMAIN}/{m.link['key']}"}),
        200,
        {"clickId", "link"},
    ),
    ("POST", "/track/lead/client"): (
        lambda m: (
            "/track/lead/client",
            {
                "clickId": m.world.click(m.link),
                "eventName": "Sign up",
                "customerExternalId": m.world.name("u"),
            },
        ),
        200,
        LEAD,
    ),
    ("POST", "/track/sale/client"): (
        lambda m: ("/track/sale/client", {"customerExternalId": m.customer, "amount": 2900}),
        200,
        SALE,
    ),
    ("GET", "/workspaces/{workspace_id}"): (
        lambda _: ("/workspaces/acme", None),
        200,
        WORKSPACE,
    ),
    ("PATCH", "/workspaces/{workspace_id}"): (
        lambda _: ("/workspaces/acme", {}),
        200,
        WORKSPACE,
    ),
    ("GET", "/sandbox/clock"): (lambda _: ("/sandbox/clock", None), 200, CLOCK),
    ("POST", "/sandbox/clock/advance"): (
        lambda _: ("/sandbox/clock/advance", {"seconds": 1}),
        200,
        CLOCK,
    ),
    ("POST", "/track/lead"): (
        lambda m: (
            "/track/lead",
            {
                "clickId": m.world.click(m.link),
                "eventName": "Sign up",
                "customerExternalId": m.world.name("u"),
            },
        ),
        200,
        LEAD,
    ),
    ("POST", "/track/sale"): (
        lambda m: ("/track/sale", {"customerExternalId": m.customer, "amount": 2900}),
        200,
        SALE,
    ),
    ("POST", "/sales/{sale_id}/refunds"): (
        lambda m: (f"/sales/{m.sale['id']}/refunds", {"amount": 1, "key": m.world.name("r")}),
        200,
        REFUND,
    ),
    ("POST", "/links"): (new_link, 200, LINK),
    ("GET", "/links"): (lambda _: ("/links", None), 200, LINK),
    ("GET", "/links/info"): (
        lambda m: (f"/links/info?domain={DOMAIN}&key={m.link['key']}", None),
        200,
        LINK,
    ),
    ("GET", "/links/{link_id}"): (lambda m: (f"/links/{m.link['id']}", None), 200, LINK),
    ("PUT", "/links/{link_id}"): (
        lambda m: (f"/links/{m.link['id']}", {"title": "Plans"}),
        200,
        LINK,
    ),
    ("DELETE", "/links/{link_id}"): (
        lambda m: (f"/links/{m.world.link()['id']}", None),
        200,
        {"id"},
    ),
    ("PUT", "/links/upsert"): (
        lambda m: ("/links/upsert", {"url": f"https://acme.test/{m.world.name()}"}),
        200,
        LINK,
    ),
    ("GET", "/links/count"): (
        lambda _: ("/links/count?groupBy=domain", None),
        200,
        {"domain", "_count"},
    ),
    ("POST", "/links/bulk"): (lambda _: ("/links/bulk", [{"url": "https://acme.test"}]), 200, LINK),
    ("PATCH", "/links/bulk"): (
        lambda m: ("/links/bulk", {"linkIds": [m.link["id"]], "data": {"comments": "c"}}),
        200,
        LINK,
    ),
    ("DELETE", "/links/bulk"): (
        lambda m: (f"/links/bulk?linkIds={m.world.link()['id']}", None),
        200,
        {"deletedCount"},
    ),
    ("GET", "/links/exists"): (
        lambda m: (f"/links/exists?domain={DOMAIN}&key={m.link['key']}", None),
        200,
        set(),
    ),
    ("GET", "/links/random"): (lambda _: ("/links/random", None), 200, set()),
    ("PATCH", "/links/{link_id}"): (
        lambda m: (f"/links/{m.link['id']}", {"title": "Pricing"}),
        200,
        LINK,
    ),
    ("GET", "/qr"): (lambda _: ("/qr?url=https://acme.test", None), 200, set()),
    ("GET", "/tags"): (lambda _: ("/tags", None), 200, TAG),
    ("POST", "/tags"): (lambda m: ("/tags", {"name": m.world.name("t")}), 201, TAG),
    ("PATCH", "/tags/{tag_id}"): (lambda m: (f"/tags/{m.tag}", {"color": "pink"}), 200, TAG),
    ("PUT", "/tags/{tag_id}"): (lambda m: (f"/tags/{m.tag}", {"color": "red"}), 200, TAG),
    ("DELETE", "/tags/{tag_id}"): (lambda m: (f"/tags/{m.doomed_tag}", None), 200, {"id"}),
    ("GET", "/folders"): (lambda _: ("/folders", None), 200, FOLDER),
    ("POST", "/folders"): (lambda m: ("/folders", {"name": m.world.name("f")}), 201, FOLDER),
    ("GET", "/folders/{folder_id}"): (lambda m: (f"/folders/{m.folder}", None), 200, FOLDER),
    ("PATCH", "/folders/{folder_id}"): (
        lambda m: (f"/folders/{m.folder}", {"description": "d"}),
        200,
        FOLDER,
    ),
    ("DELETE", "/folders/{folder_id}"): (
        lambda m: (f"/folders/{m.doomed_folder}", None),
        200,
        {"id"},
    ),
    ("GET", "/domains"): (lambda _: ("/domains", None), 200, DOMAIN_KEYS),
    ("POST", "/domains"): (
        lambda m: ("/domains", {"slug": f"{m.world.name('d')}.test"}),
        201,
        DOMAIN_KEYS,
    ),
    ("PATCH", "/domains/{slug}"): (
        lambda m: (f"/domains/{m.domain}", {"placeholder": "https://acme.test"}),
        200,
        DOMAIN_KEYS,
    ),
    ("DELETE", "/domains/{slug}"): (lambda m: (f"/domains/{m.doomed_domain}", None), 200, {"slug"}),
    ("GET", "/domains/{slug}/verify"): (
        lambda m: (f"/domains/{m.domain}/verify", None),
        200,
        LOOK,
    ),
    ("GET", "/domains/status"): (lambda _: ("/domains/status?domains=a.link", None), 200, SALE_OF),
    ("POST", "/domains/register"): (
        lambda _: ("/domains/register", {"domain": "a.link"}),
        403,
        {"error"},
    ),
    ("POST", "/programs"): (lambda _: ("/programs", {"name": "Another"}), 201, PROGRAM),
    ("GET", "/programs"): (lambda _: ("/programs", None), 200, PROGRAM),
    ("GET", "/programs/{program_id}"): (
        lambda m: (f"/programs/{m.world.program['id']}", None),
        200,
        PROGRAM,
    ),
    ("POST", "/programs/{program_id}/rewards"): (
        lambda m: (
            f"/programs/{m.world.make_program()['id']}/rewards",
            {"event": "sale", "type": "percentage", "amountInPercentage": 12.5},
        ),
        201,
        REWARD,
    ),
    ("GET", "/programs/{program_id}/rewards"): (
        lambda m: (f"/programs/{m.world.program['id']}/rewards", None),
        200,
        REWARD,
    ),
    ("POST", "/partners"): (
        lambda m: (
            "/partners",
            {"email": f"{m.world.name()}@p.test", "programId": m.world.program["id"]},
        ),
        201,
        PARTNER,
    ),
    ("GET", "/partners"): (lambda _: ("/partners", None), 200, PARTNER),
    ("GET", "/partners/{partner_id}"): (
        lambda m: (f"/partners/{m.world.partner['id']}", None),
        200,
        PARTNER,
    ),
    ("POST", "/partners/deactivate"): (
        lambda m: ("/partners/deactivate", {"partnerId": m.world.make_partner()["id"]}),
        200,
        {"partnerId"},
    ),
    ("GET", "/analytics"): (
        lambda _: ("/analytics", None),
        200,
        {"clicks", "leads", "sales", "saleAmount"},
    ),
    ("GET", "/analytics/{what}"): (
        lambda _: ("/analytics/top_links", None),
        200,
        set(
            "clicks leads sales saleAmount id link domain key shortLink url createdAt title"
            " comments folderId partnerId".split()
        ),
    ),
    ("GET", "/analytics/{event}/{what}"): (
        lambda _: ("/analytics/sales/devices", None),
        200,
        {"clicks", "leads", "sales", "saleAmount", "device"},
    ),
    ("GET", "/events"): (
        lambda _: ("/events?event=sales", None),
        200,
        set(
            "event timestamp eventId eventName click link customer sale metadata click_id link_id"
            " domain key url continent country city device browser os qr ip saleAmount invoice_id"
            " payment_processor".split()
        ),
    ),
    ("GET", "/customers"): (lambda _: ("/customers", None), 200, CUSTOMER),
    ("GET", "/customers/{customer_id}"): (
        lambda m: (f"/customers/{m.customer_id}", None),
        200,
        ONE_CUSTOMER,
    ),
    ("PATCH", "/customers/{customer_id}"): (
        lambda m: (f"/customers/{m.customer_id}", {"name": "Kim"}),
        200,
        ONE_CUSTOMER,
    ),
    ("GET", "/avatars/{avatar_id}"): (lambda m: (f"/avatars/{m.avatar_id}", None), 200, set()),
    ("DELETE", "/customers/{customer_id}"): (
        lambda m: (f"/customers/{m.customer_named(m.world.customer())}", None),
        200,
        {"id"},
    ),
    ("GET", "/commissions"): (lambda _: ("/commissions", None), 200, COMMISSION),
    ("GET", "/balances"): (lambda _: ("/balances", None), 200, BALANCE),
    ("POST", "/rates"): (
        lambda _: ("/rates", {"currency": "sek", "date": "2020-01-01", "rate": "9.5"}),
        201,
        RATE,
    ),
    ("GET", "/rates"): (lambda _: ("/rates?currency=SEK", None), 200, RATE),
    ("GET", "/receipts/{receipt_id}"): (
        lambda m: (f"/receipts/{m.sale['receiptId']}", None),
        200,
        RECEIPT,
    ),
    ("GET", "/receipts"): (lambda _: ("/receipts", None), 200, RECEIPT),
    ("GET", "/inbox"): (lambda _: ("/inbox", None), 200, INBOX),
    ("GET", "/inbox/count"): (lambda _: ("/inbox/count", None), 200, {"reason", "state", "_count"}),
    ("POST", "/inbox/replay"): (
        lambda m: ("/inbox/replay", {"ids": [m.inbox_id]}),
        200,
        {"items", "after"},
    ),
    ("GET", "/inbox/{inbox_id}"): (lambda m: (f"/inbox/{m.inbox_id}", None), 200, INBOX),
    ("POST", "/inbox/{inbox_id}/replay"): (
        lambda m: (f"/inbox/{m.inbox_id}/replay", None),
        200,
        INBOX,
    ),
    ("POST", "/webhooks"): (
        lambda _: (
            "/webhooks",
            {"name": "h", "url": "http://127.0.0.1:9/", "triggers": ["lead.created"]},
        ),
        201,
        WEBHOOK,
    ),
    ("GET", "/webhooks"): (lambda _: ("/webhooks", None), 200, WEBHOOK),
    ("GET", "/webhooks/{webhook_id}"): (
        lambda m: (f"/webhooks/{m.webhook['id']}", None),
        200,
        WEBHOOK,
    ),
    ("PATCH", "/webhooks/{webhook_id}"): (
        lambda m: (f"/webhooks/{m.webhook['id']}", {"name": "again"}),
        200,
        WEBHOOK,
    ),
    ("POST", "/webhooks/{webhook_id}/secret"): (
        lambda m: (f"/webhooks/{m.webhook['id']}/secret", None),
        200,
        WEBHOOK,
    ),
    ("POST", "/webhooks/{webhook_id}/test"): (
        lambda m: (f"/webhooks/{m.webhook['id']}/test", None),
        200,
        DELIVERY,
    ),
    ("GET", "/webhooks/{webhook_id}/events"): (
        lambda m: (f"/webhooks/{m.webhook['id']}/events", None),
        200,
        LOGGED_DELIVERY,
    ),
    ("DELETE", "/webhooks/{webhook_id}"): (lambda m: (f"/webhooks/{m.doomed}", None), 200, WEBHOOK),
    ("POST", "/destinations"): (
        lambda _: ("/destinations", {"kind": "impact", "name": "Another"}),
        201,
        DESTINATION,
    ),
    ("GET", "/destinations"): (lambda _: ("/destinations", None), 200, DESTINATION),
    ("GET", "/destinations/{destination_id}"): (
        lambda m: (f"/destinations/{m.destination}", None),
        200,
        DESTINATION,
    ),
    ("PATCH", "/destinations/{destination_id}"): (
        lambda m: (f"/destinations/{m.destination}", {"name": "again"}),
        200,
        DESTINATION,
    ),
    ("POST", "/destinations/{destination_id}/pause"): (
        lambda m: (f"/destinations/{m.destination}/pause", None),
        200,
        DESTINATION,
    ),
    ("POST", "/destinations/{destination_id}/resume"): (
        lambda m: (f"/destinations/{m.destination}/resume", None),
        200,
        DESTINATION,
    ),
    ("DELETE", "/destinations/{destination_id}"): (
        lambda m: (f"/destinations/{m.doomed_destination}", None),
        200,
        DESTINATION,
    ),
    ("POST", "/billing/stripe/endpoints"): (
        lambda _: ("/billing/stripe/endpoints", {"mode": "live"}),
        201,
        STRIPE_ENDPOINT,
    ),
    ("GET", "/billing/stripe/endpoints"): (
        lambda _: ("/billing/stripe/endpoints", None),
        200,
        STRIPE_ENDPOINT,
    ),
    ("POST", "/billing/stripe/endpoints/{endpoint_id}/secret"): (
        lambda m: (f"/billing/stripe/endpoints/{m.stripe}/secret", {"secret": SECRET}),
        200,
        STRIPE_ENDPOINT,
    ),
    ("DELETE", "/billing/stripe/endpoints/{endpoint_id}"): (
        lambda m: (f"/billing/stripe/endpoints/{m.doomed_stripe}", None),
        200,
        STRIPE_ENDPOINT,
    ),
    ("GET", "/billing/stripe/events"): (
        lambda _: ("/billing/stripe/events", None),
        200,
        STRIPE_EVENT,
    ),
    ("GET", "/billing/stripe/events/{event_id}"): (
        lambda m: (f"/billing/stripe/events/{m.stripe_event}", None),
        200,
        STRIPE_EVENT,
    ),
    ("POST", "/billing/stripe/events/{event_id}/replay"): (
        lambda m: (f"/billing/stripe/events/{m.stripe_event}/replay", None),
        200,
        STRIPE_EVENT,
    ),
    # Signed by Stripe; tests/http/test_stripe.py has the good calls.
    ("POST", "/billing/stripe/{endpoint_id}"): (
        lambda m: (f"/billing/stripe/{m.stripe}", {}),
        400,
        {"error"},
    ),
    ("GET", "/deliveries"): (lambda _: ("/deliveries", None), 200, DELIVERY),
    ("GET", "/deliveries/{delivery_id}"): (
        lambda m: (f"/deliveries/{m.delivery['id']}", None),
        200,
        LOGGED_DELIVERY,
    ),
    ("POST", "/deliveries/{delivery_id}/replay"): (
        lambda m: (f"/deliveries/{m.delivery['id']}/replay", None),
        200,
        DELIVERY,
    ),
    ("POST", "/deliveries/replay"): (
        lambda _: ("/deliveries/replay", {"state": "dead"}),
        200,
        {"replayed"},
    ),
}
VISITS = {("POST", "/track/click"), ("POST", "/track/visit"), ("POST", "/track/open")}
SIGNED = {("POST", "/billing/stripe/{endpoint_id}")}
# Their key stands in the body or address, or signs the body.
KEYED = {("POST", "/t"), ("GET", "/t/config")} | SIGNED
OPEN = VISITS | KEYED | {("GET", "/qr"), ("GET", "/avatars/{avatar_id}")}
PUBLIC = {("GET", "/healthz"), ("GET", "/readyz")} | OPEN
OF_PAGES = {("POST", "/track/lead/client"), ("POST", "/track/sale/client")}
GUARDED = sorted(set(ROUTES) - PUBLIC - OF_PAGES)
WORDS = "/analytics/"  # what stands in these paths is no id
WITH_ID = sorted(r for r in ROUTES if "{" in r[1] and not r[1].startswith(WORDS))
WITH_BODY = sorted(
    route
    for route in ROUTES
    if route[0] in {"POST", "PATCH", "PUT"}
    and not route[1].endswith(("}/replay", "webhook_id}/secret", "}/test", "}/pause", "}/resume"))
    and route not in SIGNED
    and route != ("POST", "/links/bulk")  # a list; its tests are with those of links
)


def names(routes: list[tuple[str, str]]) -> list[str]:
    return [f"{method} {path}" for method, path in routes]


def routes_of(world: World) -> set[tuple[str, str]]:
    paths = world.client.get("/openapi.json")["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def test_no_endpoint_escapes_these_tests(world: World) -> None:
    assert routes_of(world) == set(ROUTES)


def test_every_error_is_described_in_the_one_form(world: World) -> None:
    """Those of health have no error in this form."""
    document = world.client.get("/openapi.json")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            route = (method.upper(), path)
            told = {n: said for n, said in operation["responses"].items() if int(n) >= 400}
            expected = {"400", "401", "403", "404", "409", "413", "422", "429", "503"}
            if route in OPEN:
                assert "security" not in operation
                expected -= {"409"} if route in KEYED else {"401", "403", "409"}
            else:
                key = "publishable" if route in OF_PAGES else "token"
                assert operation["security"] == [{key: []}], route
            if path == "/readyz":
                assert set(told) == {"503"}
                continue
            assert set(told) == (set() if path == "/healthz" else expected), route
            forms = [said["content"]["application/json"]["schema"] for said in told.values()]
            assert all(form == {"$ref": "#/components/schemas/ErrorBody"} for form in forms), route
    assert "security" not in document


def test_the_form_that_is_described_is_the_one_that_is_sent(world: World) -> None:
    schemas = world.client.get("/openapi.json")["components"]["schemas"]
    outer = schemas["ErrorBody"]
    assert (set(outer["properties"]), outer["required"]) == ({"error"}, ["error"])
    told = schemas[outer["properties"]["error"]["$ref"].rpartition("/")[2]]
    assert told["required"] == ["code", "message"]
    codes = schemas[told["properties"]["code"]["$ref"].rpartition("/")[2]]["enum"]
    assert set(codes) == {code.value for code in Code}
    for path, field in (("/links/none", True), ("/nowhere", False)):
        error = world.client.call("GET", path).json
        assert set(error) == set(outer["properties"])
        said = set(told["properties"]) if field else set(told["required"])
        assert set(error["error"]) == said
        with_all = msgspec.json.decode(msgspec.json.encode(error), type=ErrorBody)
        assert msgspec.to_builtins(with_all) == error


def test_an_address_that_is_not_there_says_where_short_links_are(world: World) -> None:
    error = problem(world.client.call("GET", "/nowhere"), 404, "not_found")
    assert "Short links answer under their own domain (Host header)." in error["message"]


def test_the_reference_page_names_every_endpoint(world: World) -> None:
    text = DOCUMENT.read_text()
    told = re.findall(r"`(?:(GET|POST|PUT|PATCH|DELETE) )?(/[a-z]+[^`\s?]*)[^`]*`", text)
    paths = {re.sub(r"\{\w+\}", "{}", path) for _, path in told}
    missing = {path for _, path in routes_of(world) if re.sub(r"\{\w+\}", "{}", path) not in paths}
    assert not missing


@pytest.mark.parametrize("route", sorted(ROUTES), ids=names(sorted(ROUTES)))
def test_a_good_call_has_the_documented_shape(made: Made, route: tuple[str, str]) -> None:
    call, status, keys = ROUTES[route]
    path, body = call(made)
    answer = asking(made.world, route).call(route[0], path, body)
    assert answer.status == status, answer.body
    if not keys:
        return  # a picture, or one value
    first = answer.json[0] if isinstance(answer.json, list) else answer.json
    assert set(first) == keys


BAD_KEYS = [
    (None, 401, "unauthorized"),
    ("Basic YTpi", 400, "bad_request"),
    ("Bearer", 400, "bad_request"),
    ("Bearer hw_sk_wrong", 401, "unauthorized"),
]


@pytest.mark.parametrize("route", GUARDED, ids=names(GUARDED))
def test_without_a_good_key_nothing_is_answered(made: Made, route: tuple[str, str]) -> None:
    nobody = Client(made.world.client.url, None)
    for authorization, status, code in BAD_KEYS:
        headers = {"authorization": authorization} if authorization is not None else {}
        problem(nobody.call(route[0], _stand_in(route[1]), {}, headers=headers), status, code)


def asking(world: World, route: tuple[str, str]) -> Client:
    if route[1].startswith("/sandbox/"):
        return world.lab
    return world.page if route in OF_PAGES else world.client


def _stand_in(path: str) -> str:
    return re.sub(r"\{(\w+)\}", "some_id", path)


def test_a_publishable_key_opens_nothing(world: World) -> None:
    answer = ask(world.server, "/links", headers={"Authorization": "Bearer hw_pk_" + "a" * 24})
    error = problem(answer, 401, "unauthorized")
    said = "This is the publishable key; send the secret one (hw_sk_…)."
    assert error["message"] == said


def _body_for(route: tuple[str, str], made: Made) -> Any:
    """A good body for a route with an id in its path."""
    return {
        "/sales/{sale_id}/refunds": {"amount": 1, "key": "r"},
        "/sales/{sale_id}/disputes": {"key": "d"},
        "/customers/{customer_id}/attributions": {"provider": "google", "identifier": "G"}
        if route[0] == "POST"
        else None,
        "/programs/{program_id}/rewards": {"event": "lead", "type": "flat", "amountInCents": 1},
        "/tags/{tag_id}": {"color": "red"} if route[0] in {"PATCH", "PUT"} else None,
        "/domains/{slug}": {"logo": "x"} if route[0] == "PATCH" else None,
        "/folders/{folder_id}": {"name": "x"} if route[0] == "PATCH" else None,
        "/links/{link_id}": {"title": "x"} if route[0] in {"PATCH", "PUT"} else None,
        "/workspaces/{workspace_id}": {} if route[0] == "PATCH" else None,
        "/customers/{customer_id}": {"name": "x"} if route[0] == "PATCH" else None,
        "/webhooks/{webhook_id}": {"name": "x"} if route[0] == "PATCH" else None,
        "/destinations/{destination_id}": {"name": "x"} if route[0] == "PATCH" else None,
        "/billing/stripe/endpoints/{endpoint_id}/secret": {"secret": SECRET},
    }.get(route[1])


@pytest.mark.parametrize("route", WITH_ID, ids=names(WITH_ID))
def test_an_unknown_id_is_not_found(made: Made, route: tuple[str, str]) -> None:
    answer = made.world.client.call(route[0], _stand_in(route[1]), _body_for(route, made))
    error = answer.json["error"]
    problem(answer, 404, "not_found", error["field"])
    assert "some_id" in error["message"]


@pytest.mark.parametrize("route", WITH_ID, ids=names(WITH_ID))
def test_an_id_of_another_workspace_is_as_unknown_as_any_other_p10(
    made: Made, route: tuple[str, str]
) -> None:
    ids = {
        "sale_id": made.sale["id"],
        "link_id": made.link["id"],
        "customer_id": made.customer_id,
        "avatar_id": "avt_of_nobody",
        "program_id": made.world.program["id"],
        "partner_id": made.world.partner["id"],
        "workspace_id": made.link["workspaceId"],
        "request_id": made.request_id,
        "receipt_id": made.sale["receiptId"],
        "inbox_id": made.inbox_id,
        "webhook_id": made.webhook["id"],
        "destination_id": made.destination,
        "delivery_id": made.delivery["id"],
        "tag_id": made.tag,
        "folder_id": made.folder,
        "slug": made.domain,
        "checkout_id": made.checkout,
        "endpoint_id": made.stripe,
        "event_id": made.stripe_event,
    }
    if route in SIGNED:
        return  # it has no key that could be another's
    path = route[1].format(**ids)
    answer = made.world.stranger.call(route[0], path, _body_for(route, made))
    problem(answer, 404, "not_found", answer.json["error"].get("field"))


@pytest.mark.parametrize("route", WITH_BODY, ids=names(WITH_BODY))
def test_a_body_of_the_wrong_form_names_the_field(made: Made, route: tuple[str, str]) -> None:
    path = (
        route[1].format(
            sale_id=made.sale["id"],
            link_id=made.link["id"],
            program_id=made.world.program["id"],
            tag_id=made.tag,
            folder_id=made.folder,
            slug=made.domain,
            workspace_id="acme",
            customer_id=made.customer_id,
            webhook_id=made.webhook["id"],
            destination_id=made.destination,
            endpoint_id=made.stripe,
        )
        if "{" in route[1]
        else route[1]
    )
    field = {
        "/track/click": "domain",
        "/track/visit": "url",
        "/track/open": "deepLink",
        "/t": "key",
        "/track/signup": "customerExternalId",
        "/track/milestone": "type",
        "/customers/{customer_id}/attributions": "identifier",
        "/sales/{sale_id}/disputes": "amount",
        "/checkout/attribution": "checkoutId",
        "/track/lead/client": "eventName",
        "/track/sale/client": "amount",
        "/workspaces/{workspace_id}": "allowedHostnames",
        "/sandbox/clock/advance": "days",
        "/track/lead": "eventName",
        "/track/sale": "amount",
        "/sales/{sale_id}/refunds": "key",
        "/links": "url",
        "/links/{link_id}": "url",
        "/links/upsert": "url",
        "/links/bulk": "linkIds",
        "/domains": "slug",
        "/domains/register": "domain",
        "/domains/{slug}": "logo",
        "/tags": "color",
        "/tags/{tag_id}": "color",
        "/folders": "name",
        "/folders/{folder_id}": "accessLevel",
        "/customers/{customer_id}": "country",
        "/programs": "name",
        "/programs/{program_id}/rewards": "event",
        "/partners": "email",
        "/partners/deactivate": "tenantId",
        "/rates": "rate",
        "/webhooks": "url",
        "/webhooks/{webhook_id}": "url",
        "/destinations": "kind",
        "/destinations/{destination_id}": "name",
        "/billing/stripe/endpoints": "mode",
        "/billing/stripe/endpoints/{endpoint_id}/secret": "secret",
        "/deliveries/replay": "state",
        "/inbox/replay": "filter",
    }[route[1]]
    good = GOOD[route[1]]
    problem(
        asking(made.world, route).call(route[0], path, good | {field: {"not": "this"}}),
        422,
        "unprocessable_entity",
        field,
    )
    if field in REQUIRED.get(route, ()):
        less = {name: value for name, value in good.items() if name != field}
        answer = asking(made.world, route).call(route[0], path, less)
        problem(answer, 422, "unprocessable_entity", field)


GOOD: dict[str, dict[str, Any]] = {
    "/track/click": {"domain": DOMAIN, "key": "x"},
    "/track/visit": {"domain": DOMAIN, "url": "x"},
    "/track/open": {"deepLink": "x"},
    "/t": {"key": "hw_pk_x", "events": []},
    "/track/signup": {"customerExternalId": "u"},
    "/track/milestone": {"customerExternalId": "u", "type": "signup"},
    "/customers/{customer_id}/attributions": {"provider": "google", "identifier": "G"},
    "/sales/{sale_id}/disputes": {"key": "d"},
    "/checkout/attribution": {"checkoutId": "c"},
    "/track/lead/client": {"eventName": "Go", "customerExternalId": "u", "clickId": "x"},
    "/track/sale/client": {"customerExternalId": "u", "amount": 1},
    "/workspaces/{workspace_id}": {"allowedHostnames": []},
    "/sandbox/clock/advance": {"seconds": 1},
    "/track/lead": {"eventName": "Sign up", "customerExternalId": "u", "clickId": "x"},
    "/track/sale": {"customerExternalId": "u", "amount": 1},
    "/sales/{sale_id}/refunds": {"amount": 1, "key": "r"},
    "/links": {"url": "https://acme.test"},
    "/links/{link_id}": {"url": "https://acme.test"},
    "/links/upsert": {"url": "https://acme.test"},
    "/links/bulk": {"linkIds": ["link_x"], "data": {}},
    "/domains": {"slug": "x.good.test"},
    "/domains/register": {"domain": "a.link"},
    "/domains/{slug}": {"logo": "https://acme.test/logo.png"},
    "/tags": {"name": "t", "color": "red"},
    "/tags/{tag_id}": {"color": "red"},
    "/folders": {"name": "f"},
    "/folders/{folder_id}": {"accessLevel": "read"},
    "/customers/{customer_id}": {"name": "Kim"},
    "/programs": {"name": "Main"},
    "/programs/{program_id}/rewards": {"event": "lead", "type": "flat", "amountInCents": 1},
    "/partners": {"email": "a@b.test"},
    "/partners/deactivate": {"tenantId": "t"},
    "/rates": {"currency": "eur", "date": "2020-01-01", "rate": "1"},
    "/webhooks": {"name": "h", "url": "https://acme.test", "triggers": ["sale.created"]},
    "/webhooks/{webhook_id}": {"name": "h"},
    "/destinations": {"kind": "impact", "name": "h"},
    "/destinations/{destination_id}": {"name": "h"},
    "/billing/stripe/endpoints": {"mode": "live"},
    "/billing/stripe/endpoints/{endpoint_id}/secret": {"secret": "whsec_x"},
    "/deliveries/replay": {"state": "dead"},
    "/inbox/replay": {"filter": {"customerExternalId": "nobody"}},
}
REQUIRED = {("PUT", "/links/upsert"): {"url"}} | {
    ("POST", path): fields
    for path, fields in {
        "/track/click": {"domain"},
        "/t": {"key"},
        "/track/signup": {"customerExternalId"},
        "/track/milestone": {"type"},
        "/customers/{customer_id}/attributions": {"identifier"},
        "/checkout/attribution": {"checkoutId"},
        "/track/lead/client": {"eventName"},
        "/track/sale/client": {"amount"},
        "/track/lead": {"eventName"},
        "/track/sale": {"amount"},
        "/sales/{sale_id}/refunds": {"key"},
        "/links": {"url"},
        "/folders": {"name"},
        "/domains": {"slug"},
        "/domains/register": {"domain"},
        "/programs": {"name"},
        "/programs/{program_id}/rewards": {"event"},
        "/partners": {"email"},
        "/rates": {"rate"},
        "/webhooks": {"url"},
        "/destinations": {"kind"},
        "/billing/stripe/endpoints": {"mode"},
        "/billing/stripe/endpoints/{endpoint_id}/secret": {"secret"},
    }.items()
}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/api", 404, "not_found"),
        ("GET", "/links/a/b/c", 404, "not_found"),
        ("PUT", "/links", 405, "bad_request"),
        ("DELETE", "/track/sale", 405, "bad_request"),
        ("GET", "/track/lead", 405, "bad_request"),
    ],
)
def test_addresses_and_methods_there_are_not(
    world: World, method: str, path: str, status: int, code: str
) -> None:
    problem(world.client.call(method, path), status, code)


def test_every_endpoint_is_also_under_api(world: World) -> None:
    link = world.link()
    assert world.client.get(f"/api/links/{link['id']}") == world.client.get(f"/links/{link['id']}")


def test_times_are_utc_with_milliseconds(world: World) -> None:
    iso = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(iso, world.link()["createdAt"])


def test_unknown_fields_are_ignored(world: World) -> None:
    made = world.link(surprise={"deep": [1, 2]}, another=None)
    assert "surprise" not in made


NO_LISTS = ("}", "/info", "/count", "/analytics", "/verify", "/status", "/exists", "/random")
LISTS = sorted(
    path for method, path in set(ROUTES) - PUBLIC if method == "GET" and not path.endswith(NO_LISTS)
)


@pytest.mark.parametrize("path", LISTS)
def test_a_filter_a_list_has_not_got_is_refused_and_named(made: Made, path: str) -> None:
    path = path.format(
        program_id=made.world.program["id"],
        webhook_id=made.webhook["id"],
        destination_id=made.destination,
        customer_id=made.customer_id,
    )
    of_links = () if path in ("/links", "/events") else ("tagIds", "folderId")
    for name in ("payoutId", "interval", "groupId", *of_links):
        answer = made.world.client.call("GET", f"{path}?{name}=x")
        problem(answer, 422, "unprocessable_entity", name)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("/commissions?status=pending", "status"),
        ("/commissions?programId=prog_1", "programId"),
        ("/commissions?sortBy=amount", "sortBy"),
        ("/commissions?sortBy=totalSaleAmount", "sortBy"),
        ("/commissions?sortOrder=asc", "sortOrder"),
        ("/commissions?interval=30d", "interval"),
        ("/commissions?start=2026-01-01", "start"),
        ("/commissions?end=2026-01-01", "end"),
        ("/links?userId=u", "userId"),
        ("/links?sortBy=clicks", "sortBy"),
        ("/links/count?userId=u", "userId"),
        ("/partners?status=approved", "status"),
        ("/partners?country=DE", "country"),
        ("/partners?search=pat", "search"),
        ("/receipts?customerId=cus_1", "customerId"),
        ("/receipts?startingAfter=rcp_1", "startingAfter"),
        ("/inbox?type=sale", "type"),
        ("/deliveries?status=dead", "status"),
        ("/balances?page=2", "page"),
        ("/rates?pageSize=1", "pageSize"),
    ],
)
def test_a_filter_of_the_reference_or_of_another_list_is_never_ignored(
    world: World, query: str, field: str
) -> None:
    problem(world.client.call("GET", query), 422, "unprocessable_entity", field)


@pytest.mark.parametrize(
    "query",
    [
        "/commissions?sortBy=createdAt&sortOrder=desc&interval=all&timezone=UTC&status=",
        "/links?withTags=false&sortBy=createdAt&page=1&of-our-own=1",
        "/partners?sortBy=totalSaleAmount&sortOrder=desc",
    ],
)
def test_what_asks_for_nothing_else_may_be_sent(world: World, query: str) -> None:
    assert world.client.get(query) == world.client.get(query.partition("?")[0])


def test_no_address_is_handed_out_that_leads_nowhere(made: Made) -> None:
    click = {"domain": DOMAIN, "key": made.link["key"]}
    assert made.world.client.post("/track/click", click)["partner"]["image"] is None


def test_both_workspaces_see_only_their_own_lists_p10(made: Made) -> None:
    world = made.world
    (root,) = world.quiet.get("/links")
    assert root["key"] == "_root"
    for path in (
        "/programs",
        "/partners",
        "/customers",
        "/commissions",
        "/balances",
        "/rates",
        "/receipts",
        "/inbox",
        "/inbox/count",
        "/webhooks",
        "/destinations",
        "/deliveries",
        "/tags",
        "/folders",
        "/billing/stripe/endpoints",
        "/billing/stripe/events",
    ):
        assert world.quiet.get(path) == [], path
    filtered = [
        f"/commissions?partnerId={world.partner['id']}",
        f"/commissions?invoiceId={made.sale['invoiceId']}",
        f"/balances?programId={world.program['id']}",
        f"/receipts?partnerId={world.partner['id']}",
        f"/receipts?customerExternalId={made.customer}",
        f"/partners?programId={world.program['id']}",
        f"/links?domain={DOMAIN}",
        f"/deliveries?webhookId={made.webhook['id']}",
    ]
    for path in filtered:
        assert world.client.get(path), path
        assert world.quiet.get(path) == [], path


def test_nobody_else_can_use_our_domain_program_or_partner_p10(made: Made) -> None:
    world, url = made.world, "https://other.test"
    answer = world.stranger.call("POST", "/links", {"url": url, "domain": DOMAIN})
    problem(answer, 403, "forbidden", "domain")
    body = {"url": url, "programId": world.program["id"], "partnerId": world.partner["id"]}
    problem(world.stranger.call("POST", "/links", body), 404, "not_found", "programId")
    body = {"email": "a@b.test", "programId": world.program["id"]}
    problem(world.stranger.call("POST", "/partners", body), 404, "not_found", "programId")
    body = {"partnerId": world.partner["id"]}
    answer = world.stranger.call("POST", "/partners/deactivate", body)
    problem(answer, 404, "not_found", "partnerId")
    answer = world.stranger.call("GET", f"/links/info?domain={DOMAIN}&key={made.link['key']}")
    problem(answer, 404, "not_found", "key")


def test_nobody_else_can_use_our_clicks_customers_or_sales_p10(made: Made) -> None:
    world = made.world
    body = {
        "clickId": world.click(made.link),
        "eventName": "Sign up",
        "customerExternalId": made.customer,
    }
    answer = world.stranger.call("POST", "/track/lead", body)
    problem(answer, 404, "not_found", "clickId")
    sale = {"customerExternalId": made.customer, "amount": 100, "invoiceId": world.name("in")}
    answer = world.stranger.post("/track/sale", sale)
    assert (answer["customer"], answer["sale"]) == (None, None)
    refund = world.stranger.post(
        f"/sales/ext_{made.sale['invoiceId']}/refunds", {"amount": 1, "key": "r"}
    )
    assert refund["id"] is None
    for item in world.stranger.get("/inbox"):
        problem(world.client.call("GET", f"/inbox/{item['id']}"), 404, "not_found", "id")


def test_equal_ids_of_two_workspaces_are_two_facts_p10(made: Made) -> None:
    world, same = made.world, made.world.name("same")
    link = world.stranger.post("/links", {"url": "https://other.test", "externalId": same})
    ours = world.client.post("/links", {"url": "https://acme.test", "externalId": same})
    assert link["id"] != ours["id"]
    key = {"Idempotency-Key": world.name("i")}
    body = {"url": "https://acme.test"}
    first = world.client.call("POST", "/links", body, headers=key).json
    second = world.stranger.call("POST", "/links", body, headers=key).json
    assert first["workspaceId"] != second["workspaceId"]
    assert world.stranger.get(f"/links/ext_{same}") == link
