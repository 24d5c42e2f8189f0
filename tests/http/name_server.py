"""A name server on loopback that answers from a table, as real ones answer over the wire."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

TTL_S = 1


class NameServer:
    """`records`: name -> type -> values, to be changed while it runs; `broken` names are
    those their own servers do not answer for.
    """

    def __init__(self, server: socket.socket) -> None:
        self._socket = server
        self.port = server.getsockname()[1]
        self.records: dict[str, dict[str, list[str]]] = {}
        self.broken: set[str] = set()
        self.asked: list[str] = []

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def set(self, name: str, kind: str, *values: str) -> None:
        self.records.setdefault(name, {})[kind] = list(values)

    def run(self) -> None:
        while True:
            wire, sender = self._socket.recvfrom(4096)
            if not wire:
                return
            self._socket.sendto(self._answer(dns.message.from_wire(wire)).to_wire(), sender)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name in self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
            return answer
        if name not in self.records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        while name in self.records:
            known = self.records[name]
            found = kind if kind in known else "CNAME" if "CNAME" in known else None
            if found is None:
                break
            answer.answer.append(dns.rrset.from_text(f"{name}.", TTL_S, "IN", found, *known[found]))
            name = known[found][0].rstrip(".") if found == "CNAME" else ""
        return answer


@contextmanager
def name_server() -> Iterator[NameServer]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        running = NameServer(server)
        thread = threading.Thread(target=running.run)
        thread.start()
        try:
            yield running
        finally:
            server.sendto(b"", server.getsockname())
            thread.join()
