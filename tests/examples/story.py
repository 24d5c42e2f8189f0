"""One call of every route, in an order in which a new user could make them.

`{program.id}` is that field of the answer of the step `program`. In the shell it is `$PROGRAM_ID`.
"""

from dataclasses import dataclass
from typing import Any

from tests.support import DOMAIN

PIXEL = (  # the smallest of pictures
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQAAAAA3bvkkAA"
    "AACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg=="
)
HOOK = "https://hooks.acme.test/headwater"  # a receiver stands in for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`route` is the path as the contract has it, `path` what is called; `name` is for later."""

    name: str
    method: str
    route: str
    path: str = ""
    body: Any = None
    public: bool = False
    page: bool = False  # called by a page, with the publishable key
    sandbox: bool = False  # with the key of a sandbox
    until: str = ""  # a field of the answer that is there only after a moment
    signed: str = ""  # with this secret, as Stripe signs
    file: str = ""  # where an answer goes that is no JSON; waited for until it is there

    @property
    def address(self) -> str:
        return self.path or self.route


STORY = [
    Step(name="health", method="GET", route="/healthz", public=True),
    Step(name="ready", method="GET", route="/readyz", public=True, until="worker.lastSeen"),
    Step(
        name="program",
        method="POST",
        route="/programs",
        body={"name": "Partner program", "attributionModel": "last", "holdingPeriodDays": 30},
    ),
    Step(
        name="reward",
        method="POST",
        route="/programs/{program_id}/rewards",
        path="/programs/{program.id}/rewards",
        body={"event": "sale", "type": "percentage", "amountInPercentage": 20},
    ),
    Step(
        name="rewards",
        method="GET",
        route="/programs/{program_id}/rewards",
        path="/programs/{program.id}/rewards",
    ),
    Step(name="programs", method="GET", route="/programs"),
    Step(
        name="one_program",
        method="GET",
        route="/programs/{program_id}",
        path="/programs/{program.id}",
    ),
    Step(
        name="partner",
        method="POST",
        route="/partners",
        body={
            "email": "sam@partner.test",
            "name": "Sam",
            "tenantId": "partner_1",
            "programId": "{program.id}",
        },
    ),
    Step(
        name="link",
        method="POST",
        route="/links",
        body={
            "url": "https://acme.test/pricing",
            "key": "sam",
            "externalId": "sam-main",
            "programId": "{program.id}",
            "partnerId": "{partner.id}",
            "trackConversion": True,
        },
    ),
    Step(
        name="webhook",
        method="POST",
        route="/webhooks",
        body={"name": "Billing", "url": HOOK, "triggers": ["lead.created", "sale.created"]},
    ),
    Step(
        name="click",
        method="POST",
        route="/track/click",
        body={"domain": DOMAIN, "key": "sam", "url": "https://acme.test/pricing?via=sam"},
        public=True,
    ),
    Step(
        name="lead",
        method="POST",
        route="/track/lead",
        body={
            "clickId": "{click.clickId}",
            "eventName": "Sign up",
            "customerExternalId": "user_1",
            "customerName": "Kim",
            "customerEmail": "kim@customer.test",
            "customerAvatar": PIXEL,
            "metadata": {"plan": "pro"},
        },
    ),
    Step(
        name="sale",
        method="POST",
        route="/track/sale",
        body={
            "customerExternalId": "user_1",
            "amount": 4900,
            "currency": "usd",
            "invoiceId": "in_1",
            "paymentProcessor": "stripe",
        },
    ),
    Step(
        name="page_lead",
        method="POST",
        route="/track/lead/client",
        body={
            "clickId": "{click.clickId}",
            "eventName": "Newsletter",
            "customerExternalId": "user_2",
        },
        page=True,
    ),
    Step(
        name="page_sale",
        method="POST",
        route="/track/sale/client",
        body={"customerExternalId": "user_2", "amount": 1500, "invoiceId": "order_7"},
        page=True,
    ),
    Step(
        name="told",
        method="GET",
        route="/t/config",
        path="/t/config?key={page.key}",
        public=True,
    ),
    Step(
        name="touched",
        method="POST",
        route="/t",
        body={
            "key": "{page.key}",
            "consent": {
                "measurement": "granted",
                "sharing": "denied",
                "personal": "denied",
                "source": "banner",
            },
            "events": [
                {
                    "type": "touch",
                    "id": "0b5c6a52-5f4e-4b54-9f3b-0d7c1f6d7a11",
                    "age": 1500,
                    "url": "https://acme.test/pricing?gclid=Cj0K&utm_source=ads",
                    "referrer": "https://news.test",
                    "utm": {"source": "ads"},
                    "ids": {"gclid": "Cj0K"},
                    "source": "tag",
                }
            ],
        },
        public=True,
    ),
    Step(
        name="signed_up",
        method="POST",
        route="/track/signup",
        body={
            "customerExternalId": "user_2",
            "customerEmail": "alex@customer.test",
            "visitorId": "{touched.visitor}",
            "clickId": "{click.clickId}",
            "newCustomer": True,
        },
    ),
    Step(
        name="attributions",
        method="GET",
        route="/customers/{customer_id}/attributions",
        path="/customers/ext_user_2/attributions",
    ),
    Step(
        name="touches",
        method="GET",
        route="/customers/{customer_id}/touches",
        path="/customers/ext_user_2/touches",
    ),
    Step(
        name="checkout",
        method="POST",
        route="/checkout/attribution",
        body={
            "checkoutId": "cs_1",
            "customerExternalId": "user_2",
            "visitorId": "{touched.visitor}",
            "attribution": {"gclid": "Cj0K", "utm_source": "ads", "ga_client_id": "17.42"},
        },
    ),
    Step(
        name="one_checkout",
        method="GET",
        route="/checkout/attribution/{checkout_id}",
        path="/checkout/attribution/cs_1",
    ),
    Step(
        name="visit",
        method="POST",
        route="/track/visit",
        body={"domain": DOMAIN, "url": f"https://{DOMAIN}/sam", "referrer": "https://blog.test/"},
        public=True,
    ),
    Step(
        name="open",
        method="POST",
        route="/track/open",
        body={"deepLink": f"https://{DOMAIN}/sam"},
        public=True,
    ),
    Step(
        name="refund",
        method="POST",
        route="/sales/{sale_id}/refunds",
        path="/sales/ext_in_1/refunds",
        body={"amount": 900, "key": "refund_1", "reason": "half a month unused"},
    ),
    Step(
        name="dispute",
        method="POST",
        route="/sales/{sale_id}/disputes",
        path="/sales/ext_in_1/disputes",
        body={"key": "dp_1", "amount": 2000, "reason": "fraudulent"},
    ),
    Step(
        name="milestone",
        method="POST",
        route="/track/milestone",
        body={
            "customerExternalId": "user_2",
            "type": "trial_start",
            "entity": "trial_1",
            "plan": "pro",
            "occurredAt": "2026-01-31T12:00:00Z",
        },
    ),
    Step(
        name="milestones",
        method="GET",
        route="/customers/{customer_id}/milestones",
        path="/customers/ext_user_2/milestones",
    ),
    Step(
        name="attribution",
        method="POST",
        route="/customers/{customer_id}/attributions",
        path="/customers/ext_user_2/attributions",
        body={"provider": "impact", "identifier": "X7yZ", "touchedAt": "2026-01-30T09:00:00Z"},
    ),
    Step(name="links", method="GET", route="/links", path="/links?search=pricing&pageSize=10"),
    Step(
        name="info", method="GET", route="/links/info", path=f"/links/info?domain={DOMAIN}&key=sam"
    ),
    Step(name="one_link", method="GET", route="/links/{link_id}", path="/links/ext_sam-main"),
    Step(
        name="changed",
        method="PATCH",
        route="/links/{link_id}",
        path="/links/{link.id}",
        body={"title": "Plans and prices"},
    ),
    Step(
        name="folder",
        method="POST",
        route="/folders",
        body={"name": "Spring", "description": "Links of the spring campaign"},
    ),
    Step(name="folders", method="GET", route="/folders"),
    Step(
        name="one_folder",
        method="GET",
        route="/folders/{folder_id}",
        path="/folders/{folder.id}",
    ),
    Step(
        name="changed_folder",
        method="PATCH",
        route="/folders/{folder_id}",
        path="/folders/{folder.id}",
        body={"description": "Links of the spring campaign of 2027"},
    ),
    Step(name="tag", method="POST", route="/tags", body={"name": "blog", "color": "green"}),
    Step(name="tags", method="GET", route="/tags", path="/tags?search=blog"),
    Step(
        name="changed_tag",
        method="PATCH",
        route="/tags/{tag_id}",
        path="/tags/{tag.id}",
        body={"color": "blue"},
    ),
    Step(
        name="renamed_tag",
        method="PUT",
        route="/tags/{tag_id}",
        path="/tags/{tag.id}",
        body={"name": "articles"},
    ),
    Step(
        name="upserted",
        method="PUT",
        route="/links/upsert",
        body={
            "url": "https://acme.test/blog",
            "tagIds": ["{tag.id}"],
            "folderId": "{folder.id}",
            "utm_source": "blog",
            "expiresAt": "2030-01-01T00:00:00Z",
            "expiredUrl": "https://acme.test/over",
            "geo": {"DE": "https://acme.test/de"},
        },
    ),
    Step(
        name="put",
        method="PUT",
        route="/links/{link_id}",
        path="/links/{upserted.id}",
        body={"comments": "from the blog"},
    ),
    Step(
        name="bulk",
        method="POST",
        route="/links/bulk",
        body=[
            {"url": "https://acme.test/a", "key": "a", "externalId": "a"},
            {"url": "https://acme.test/b", "key": "b", "externalId": "b"},
        ],
    ),
    Step(
        name="bulk_changed",
        method="PATCH",
        route="/links/bulk",
        body={"externalIds": ["a", "b"], "data": {"archived": True}},
    ),
    Step(
        name="taken",
        method="GET",
        route="/links/exists",
        path=f"/links/exists?domain={DOMAIN}&key=sam",
    ),
    Step(name="random", method="GET", route="/links/random"),
    Step(name="count", method="GET", route="/links/count", path="/links/count?groupBy=domain"),
    Step(
        name="bulk_deleted",
        method="DELETE",
        route="/links/bulk",
        path="/links/bulk?linkIds=ext_a,ext_b",
    ),
    Step(
        name="deleted",
        method="DELETE",
        route="/links/{link_id}",
        path="/links/{upserted.id}",
    ),
    Step(
        name="qr",
        method="GET",
        route="/qr",
        path=f"/qr?url=https://{DOMAIN}/sam&size=300",
        public=True,
        file="qr.png",
    ),
    Step(
        name="domain",
        method="POST",
        route="/domains",
        body={"slug": "links.acme.test", "notFoundUrl": "https://acme.test/lost"},
    ),
    Step(name="domains", method="GET", route="/domains"),
    Step(
        name="changed_domain",
        method="PATCH",
        route="/domains/{slug}",
        path="/domains/links.acme.test",
        body={"expiredUrl": "https://acme.test/over", "placeholder": "https://acme.test"},
    ),
    Step(
        name="looked_at",
        method="GET",
        route="/domains/{slug}/verify",
        path="/domains/links.acme.test/verify",
    ),
    Step(
        name="status",
        method="GET",
        route="/domains/status",
        path="/domains/status?domains=acme.link",
    ),
    Step(
        name="registered",
        method="POST",
        route="/domains/register",
        body={"domain": "acme.link"},
    ),
    Step(
        name="deleted_domain",
        method="DELETE",
        route="/domains/{slug}",
        path="/domains/links.acme.test",
    ),
    Step(
        name="deleted_tag",
        method="DELETE",
        route="/tags/{tag_id}",
        path="/tags/{tag.id}",
    ),
    Step(
        name="deleted_folder",
        method="DELETE",
        route="/folders/{folder_id}",
        path="/folders/{folder.id}",
    ),
    Step(name="partners", method="GET", route="/partners", path="/partners?tenantId=partner_1"),
    Step(
        name="one_partner",
        method="GET",
        route="/partners/{partner_id}",
        path="/partners/{partner.id}",
    ),
    Step(name="commissions", method="GET", route="/commissions"),
    Step(
        name="customers",
        method="GET",
        route="/customers",
        path="/customers?includeExpandedFields=true&pageSize=10",
    ),
    Step(
        name="one_customer",
        method="GET",
        route="/customers/{customer_id}",
        path="/customers/ext_user_1",
    ),
    Step(
        name="portrait",
        method="GET",
        route="/avatars/{avatar_id}",
        path="{one_customer.avatar}",
        public=True,
        file="portrait.png",
    ),
    Step(
        name="changed_customer",
        method="PATCH",
        route="/customers/{customer_id}",
        path="/customers/ext_user_1",
        body={"country": "DE", "stripeCustomerId": "cus_of_stripe"},
    ),
    Step(
        name="erased",
        method="DELETE",
        route="/customers/{customer_id}",
        path="/customers/ext_user_2",
    ),
    Step(
        name="analytics",
        method="GET",
        route="/analytics",
        path="/analytics?event=composite&groupBy=top_links&interval=30d",
    ),
    Step(name="clicks", method="GET", route="/analytics/{what}", path="/analytics/clicks"),
    Step(
        name="devices",
        method="GET",
        route="/analytics/{event}/{what}",
        path="/analytics/sales/devices",
    ),
    Step(name="events", method="GET", route="/events", path="/events?event=sales&interval=7d"),
    Step(
        name="log",
        method="GET",
        route="/conversion-log",
        path="/conversion-log?call=sale&outcome=recorded",
    ),
    Step(
        name="logged",
        method="GET",
        route="/conversion-log/{request_id}",
        path="/conversion-log/{log.0.id}",
    ),
    Step(
        name="workspace",
        method="GET",
        route="/workspaces/{workspace_id}",
        path="/workspaces/{link.workspaceId}",
    ),
    Step(
        name="changed_workspace",
        method="PATCH",
        route="/workspaces/{workspace_id}",
        path="/workspaces/{link.workspaceId}",
        body={
            "allowedHostnames": ["acme.test", "*.acme.test"],
            "tag": {"consentDefault": "granted", "outbound": ["app.acme.test"]},
        },
    ),
    Step(name="clock", method="GET", route="/sandbox/clock", sandbox=True),
    Step(
        name="advanced",
        method="POST",
        route="/sandbox/clock/advance",
        body={"days": 30},
        sandbox=True,
    ),
    Step(name="balances", method="GET", route="/balances"),
    Step(
        name="receipts",
        method="GET",
        route="/receipts",
        path="/receipts?customerExternalId=user_1&kind=sale",
    ),
    Step(
        name="receipt",
        method="GET",
        route="/receipts/{receipt_id}",
        path="/receipts/{sale.sale.receiptId}",
        until="deliveries",
    ),
    Step(
        name="waiting",
        method="POST",
        route="/track/sale",
        body={"customerExternalId": "user_1", "amount": 5000, "currency": "sek", "invoiceId": "i2"},
    ),
    Step(name="inbox", method="GET", route="/inbox", path="/inbox?state=waiting"),
    Step(
        name="item",
        method="GET",
        route="/inbox/{inbox_id}",
        path="/inbox/{waiting.inboxId}",
    ),
    Step(
        name="resolved",
        method="POST",
        route="/inbox/{inbox_id}/replay",
        path="/inbox/{waiting.inboxId}/replay",
        body={"customerExternalId": "user_1", "amount": 500, "currency": "usd", "invoiceId": "i2"},
    ),
    Step(
        name="mistyped",
        method="POST",
        route="/track/sale",
        body={"customerExternalId": "user_1", "amount": 900, "currency": "uds", "invoiceId": "i3"},
    ),
    Step(name="inbox_count", method="GET", route="/inbox/count", path="/inbox/count?state=waiting"),
    Step(
        name="mended",
        method="POST",
        route="/inbox/replay",
        body={
            "filter": {"reason": "unknown_rate"},
            "fix": {"currency": {"from": "uds", "to": "usd"}},
        },
    ),
    Step(
        name="rate",
        method="POST",
        route="/rates",
        body={"currency": "sek", "date": "2026-01-02", "rate": "10.4512", "source": "central bank"},
    ),
    Step(name="rates", method="GET", route="/rates", path="/rates?currency=sek"),
    Step(name="webhooks", method="GET", route="/webhooks"),
    Step(
        name="one_webhook",
        method="GET",
        route="/webhooks/{webhook_id}",
        path="/webhooks/{webhook.id}",
    ),
    Step(
        name="changed_webhook",
        method="PATCH",
        route="/webhooks/{webhook_id}",
        path="/webhooks/{webhook.id}",
        body={"triggers": ["lead.created", "sale.created", "link.created"]},
    ),
    Step(
        name="tested",
        method="POST",
        route="/webhooks/{webhook_id}/test",
        path="/webhooks/{webhook.id}/test",
    ),
    Step(
        name="new_secret",
        method="POST",
        route="/webhooks/{webhook_id}/secret",
        path="/webhooks/{webhook.id}/secret",
    ),
    Step(
        name="sent",
        method="GET",
        route="/webhooks/{webhook_id}/events",
        path="/webhooks/{webhook.id}/events",
        until="0.deliveredAt",
    ),
    Step(
        name="deliveries",
        method="GET",
        route="/deliveries",
        path="/deliveries?state=delivered",
        until="0",
    ),
    Step(
        name="delivery",
        method="GET",
        route="/deliveries/{delivery_id}",
        path="/deliveries/{deliveries.0.id}",
    ),
    Step(
        name="sent_again",
        method="POST",
        route="/deliveries/{delivery_id}/replay",
        path="/deliveries/{deliveries.0.id}/replay",
    ),
    Step(
        name="replayed",
        method="POST",
        route="/deliveries/replay",
        body={"webhookId": "{webhook.id}"},
    ),
    Step(
        name="network",
        method="POST",
        route="/destinations",
        body={
            "kind": "impact",
            "name": "Impact",
            "settings": {
                "accountSid": "IRaB3",
                "programId": 1000,
                "trackers": {"signup": 2001, "trialStart": 2002, "trialEnd": 2003},
            },
            "authToken": "secret",
        },
    ),
    Step(
        name="whole_network",
        method="PATCH",
        route="/destinations/{destination_id}",
        path="/destinations/{network.id}",
        body={"settings": {"categories": {"pro": "Subscriptions"}}},
    ),
    Step(name="destinations", method="GET", route="/destinations"),
    Step(
        name="one_destination",
        method="GET",
        route="/destinations/{destination_id}",
        path="/destinations/{network.id}",
    ),
    Step(
        name="paused",
        method="POST",
        route="/destinations/{destination_id}/pause",
        path="/destinations/{network.id}/pause",
    ),
    Step(
        name="resumed",
        method="POST",
        route="/destinations/{destination_id}/resume",
        path="/destinations/{network.id}/resume",
    ),
    Step(
        name="told_nothing_more",
        method="DELETE",
        route="/destinations/{destination_id}",
        path="/destinations/{network.id}",
    ),
    Step(
        name="stripe",
        method="POST",
        route="/billing/stripe/endpoints",
        body={"mode": "live"},
    ),
    Step(
        name="stripe_secret",
        method="POST",
        route="/billing/stripe/endpoints/{endpoint_id}/secret",
        path="/billing/stripe/endpoints/{stripe.id}/secret",
        body={"secret": "whsec_from_the_dashboard"},
    ),
    Step(name="stripe_endpoints", method="GET", route="/billing/stripe/endpoints"),
    Step(
        name="stripe_took",
        method="POST",
        route="/billing/stripe/{endpoint_id}",
        path="/billing/stripe/{stripe.id}",
        body={
            "id": "evt_1",
            "object": "event",
            "type": "invoice.paid",
            "created": 1784000000,
            "livemode": True,
            "data": {
                "object": {
                    "id": "in_stripe_1",
                    "object": "invoice",
                    "customer": "cus_stripe_1",
                    "metadata": {"hw_customer": "user_1"},
                    "currency": "usd",
                    "total": 5831,
                    "total_excluding_tax": 4900,
                }
            },
        },
        public=True,
        signed="whsec_from_the_dashboard",
    ),
    Step(
        name="stripe_events",
        method="GET",
        route="/billing/stripe/events",
        until="0.settledAt",
    ),
    Step(
        name="stripe_event",
        method="GET",
        route="/billing/stripe/events/{event_id}",
        path="/billing/stripe/events/{stripe_took.id}",
    ),
    Step(
        name="stripe_again",
        method="POST",
        route="/billing/stripe/events/{event_id}/replay",
        path="/billing/stripe/events/{stripe_took.id}/replay",
    ),
    Step(
        name="stripe_gone",
        method="DELETE",
        route="/billing/stripe/endpoints/{endpoint_id}",
        path="/billing/stripe/endpoints/{stripe.id}",
    ),
    Step(
        name="stopped",
        method="POST",
        route="/partners/deactivate",
        body={"partnerId": "{partner.id}"},
    ),
    Step(
        name="unsubscribed",
        method="DELETE",
        route="/webhooks/{webhook_id}",
        path="/webhooks/{webhook.id}",
    ),
]
