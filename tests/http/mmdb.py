"""Writes a small database in the MaxMind DB format."""

import ipaddress
from pathlib import Path
from typing import Any

_EMPTY = -1


def write(path: Path, networks: dict[str, Any], kind: str = "Test-City") -> None:
    """`networks`: CIDR to record."""
    nodes: list[list[int]] = [[_EMPTY, _EMPTY]]
    data = b""
    for cidr, record in networks.items():
        _place(nodes, ipaddress.ip_network(cidr), len(data))
        data += _encoded(record)
    count = len(nodes)
    tree = b"".join(_record(side, count) for node in nodes for side in node)
    metadata = {
        "binary_format_major_version": (5, 2),
        "binary_format_minor_version": (5, 0),
        "build_epoch": (9, 1),
        "database_type": kind,
        "description": {},
        "ip_version": (5, 6),
        "languages": [],
        "node_count": (6, count),
        "record_size": (5, 24),
    }
    made = path.with_suffix(".new")
    made.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + _encoded(metadata))
    made.replace(path)


def _place(nodes: list[list[int]], network: Any, offset: int) -> None:
    """A side of a node is another node, or below _EMPTY a record. IPv4 lies in ::/96."""
    length = network.prefixlen + (96 if network.version == 4 else 0)
    bits = f"{int(network.network_address):0128b}"[:length]
    at = 0
    for bit in bits[:-1]:
        if nodes[at][int(bit)] == _EMPTY:
            nodes.append([_EMPTY, _EMPTY])
            nodes[at][int(bit)] = len(nodes) - 1
        at = nodes[at][int(bit)]
    nodes[at][int(bits[-1])] = -2 - offset


def _record(side: int, count: int) -> bytes:
    value = side if side >= 0 else count if side == _EMPTY else count + 16 + (-2 - side)
    return value.to_bytes(3, "big")


def _encoded(value: Any) -> bytes:
    """Texts, maps and lists; a pair is the type of an unsigned number and the number."""
    match value:
        case str():
            return _head(2, len(value.encode())) + value.encode()
        case dict():
            pairs = b"".join(_encoded(key) + _encoded(inner) for key, inner in value.items())
            return _head(7, len(value)) + pairs
        case list():
            return _head(11, len(value)) + b"".join(_encoded(inner) for inner in value)
        case (kind, number):
            packed = number.to_bytes((number.bit_length() + 7) // 8, "big")
            return _head(kind, len(packed)) + packed
    raise TypeError(value)


def _head(kind: int, size: int) -> bytes:
    low, more = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return (bytes([low, kind - 7]) if kind > 7 else bytes([kind << 5 | low])) + more
