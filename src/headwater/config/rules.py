"""Settings that have the right form and would do harm all the same."""

import ipaddress
import math
import re
from urllib.parse import urlsplit

import msgspec

from headwater.config.model import Avatars, Config, ConfigError, Delivery, Domains
from headwater.kit.targets import PORT_MAX, is_address, place

KEEP_DAYS_MIN = 7
_TARGET = re.compile(r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*")


def refuse_dangerous(config: Config) -> None:
    """Raises ConfigError, which says what to write instead."""
    delivery = config.delivery
    if not 1 <= config.server.port <= PORT_MAX:
        raise ConfigError(f"server.port is 1..{PORT_MAX}.")
    _check_positive(config)
    if min(msgspec.structs.astuple(config.limits)) < 0:
        raise ConfigError("limits are 0 (any number) or more.")
    _check_delivery(delivery)
    _check_domains(config.domains)
    _check_avatars(config.avatars)
    for network in config.server.trusted_proxies:
        _check_network(network)
    unknown = config.edge.uncounted - {"bot", "preview", "prefetch", "script"}
    if unknown:
        raise ConfigError(
            f"edge.uncounted names {sorted(unknown)}; it may hold bot, preview, prefetch, script."
        )
    if config.server.public_url and not urlsplit(config.server.public_url).hostname:
        raise ConfigError("server.public_url must be a URL such as https://api.example.com.")


def _check_positive(config: Config) -> None:
    delivery = config.delivery
    positive = {
        "server.max_body_bytes": config.server.max_body_bytes,
        "edge.write_timeout_ms": config.edge.write_timeout_ms,
        "tracking.patience_hours": config.tracking.patience_hours,
        "tracking.log_days": config.tracking.log_days,
        "tracking.touch_days": config.tracking.touch_days,
        "delivery.timeout_s": delivery.timeout_s,
        "delivery.max_response_bytes": delivery.max_response_bytes,
        "delivery.concurrency": delivery.concurrency,
        "delivery.concurrency_per_webhook": delivery.concurrency_per_webhook,
        "delivery.concurrency_per_network": delivery.concurrency_per_network,
        "delivery.report_attempts": delivery.report_attempts,
        "delivery.rest_s": delivery.rest_s,
        "delivery.click_batch_s": delivery.click_batch_s,
        "delivery.click_batch_max": delivery.click_batch_max,
        "delivery.clicks_waiting_max": delivery.clicks_waiting_max,
    }
    for name, value in positive.items():
        if not (value > 0 and math.isfinite(value)):
            raise ConfigError(f"{name} must be more than 0.")


def _check_delivery(delivery: Delivery) -> None:
    if delivery.lease_s < 2 * delivery.timeout_s:
        raise ConfigError(
            "delivery.lease_s must be at least twice delivery.timeout_s, or a slow receiver gets"
            " the same message from two workers. Raise lease_s or lower timeout_s."
        )
    for name in ("schedule_s", "report_schedule_s"):
        waits = getattr(delivery, name)
        if not waits or min(waits) < 0:
            raise ConfigError(f"delivery.{name} needs at least one wait, none of them negative.")
    if delivery.keep_days and delivery.keep_days < KEEP_DAYS_MIN:
        raise ConfigError(
            f"delivery.keep_days must be at least {KEEP_DAYS_MIN}, as a network takes days to say"
            " what became of a report; or 0, to keep everything."
        )
    if delivery.rest_after < 0:
        raise ConfigError("delivery.rest_after is 0 (never) or more.")


def _check_domains(domains: Domains) -> None:
    for server in domains.resolvers:
        if place(server) is None:
            raise ConfigError(
                f"domains.resolvers has {server!r}, which is no address. Write 192.0.2.53,"
                " 192.0.2.53:5353 or [2001:db8::53]:5353."
            )
    for target in domains.target:
        if not is_address(target) and not _TARGET.fullmatch(target):
            raise ConfigError(
                f"domains.target has {target!r}, which is neither a host name nor an address."
                " Write links.example.com or 203.0.113.7, in lower case."
            )


def _check_avatars(avatars: Avatars) -> None:
    if avatars.schedule_s and min(avatars.schedule_s) < 0:
        raise ConfigError("avatars.schedule_s has a negative wait. Waits are 0 or more seconds.")
    if avatars.bucket and avatars.directory:
        raise ConfigError("avatars has a directory and a bucket. Pictures are in one: empty one.")
    for name, value in (("max_bytes", avatars.max_bytes), ("timeout_s", avatars.timeout_s)):
        if not (value > 0 and math.isfinite(value)):
            raise ConfigError(f"avatars.{name} must be more than 0.")


def _check_network(network: str) -> None:
    try:
        ipaddress.ip_network(network)
    except ValueError as error:
        raise ConfigError(
            f"server.trusted_proxies has {network!r}, which is no network. Write 10.0.0.0/8, say."
        ) from error
