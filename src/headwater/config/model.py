"""The settings as one frozen value; what each does stands in defaults.toml."""

import msgspec


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    host: str
    port: int
    public_url: str
    trusted_proxies: tuple[str, ...]
    max_body_bytes: int


class Store(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    database: str
    data: str


class Edge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    uncounted: frozenset[str]
    visitor_cookie: bool
    write_timeout_ms: int


class Domains(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    target: tuple[str, ...]
    resolvers: tuple[str, ...]
    serve_unverified: bool


class Geo(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    file: str


class Tracking(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    direct_sale_parity: bool
    patience_hours: int
    log_days: int
    touch_days: int


class Billing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    patience_hours: int
    body_days: int


class Delivery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schedule_s: tuple[float, ...]
    report_schedule_s: tuple[float, ...]
    report_attempts: int
    retry_after_max_s: int
    timeout_s: float
    max_response_bytes: int
    lease_s: float
    concurrency: int
    concurrency_per_webhook: int
    concurrency_per_network: int
    rest_after: int
    rest_s: float
    disable_after: int
    secret_grace_s: int
    click_batch_s: float
    click_batch_max: int
    clicks_waiting_max: int
    keep_days: int


class Avatars(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    directory: str
    bucket: str
    endpoint: str
    region: str
    max_bytes: int
    timeout_s: float
    schedule_s: tuple[float, ...]


class Egress(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    allow_private: bool
    sandbox_anywhere: bool


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    per_key_per_minute: int
    per_address_per_minute: int
    password_guesses_per_minute: int


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    server: Server
    limits: Limits
    store: Store
    edge: Edge
    domains: Domains
    geo: Geo
    tracking: Tracking
    billing: Billing
    delivery: Delivery
    egress: Egress
    avatars: Avatars

    @property
    def public_url(self) -> str:
        return self.server.public_url or f"http://{self.server.host}:{self.server.port}"


class ConfigError(Exception):
    """A setting that cannot be right; the message names it and says what to write instead."""
