"""Read the headers that proxies add: detect them, and believe trusted proxies."""

import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

from app.access.addresses import Address, Client, Network, contains, parse_address, parse_hop

_MOST_HOPS = 32
"""Hops read of a chain, from the end near the service."""
_TLS = {"https", "wss"}
_SCHEMES = {"http", "ws"} | _TLS

_NAMES = {
    *("forwarded", "via", "client-ip", "true-client-ip", "x-client-ip", "x-cluster-client-ip"),
    *("x-remote-ip", "x-remote-addr", "x-originating-ip", "x-host", "x-proxy-id", "x-scheme"),
    *("x-url-scheme", "x-rewrite-url", "x-http-host-override", "x-proxyuser-ip", "proxy-client-ip"),
    *("wl-proxy-client-ip", "fastly-client-ip", "fly-client-ip", "x-sucuri-clientip", "cdn-loop"),
    *("front-end-https", "x-amzn-trace-id", "x-coming-from", "x-forwarder-for", "x-proxy-url"),
    *("x-nf-client-connection-ip", "x-appengine-user-ip", "x-arr-ssl", "x-arr-log-id"),
}
_PREFIXES = (
    *("x-forwarded", "x-real-", "x-original-", "x-envoy-", "x-azure-", "x-vercel-", "x-cdn-"),
    *("cf-", "tailscale-", "ngrok-", "fly-forwarded", "x-cloud-trace", "x-google-real"),
)


def forwarding_header(headers: Headers) -> str | None:
    """Return the name of a header that only proxies add, with any value; None without one."""
    for name in headers:
        plain = str(name).lower().replace("_", "-")
        if plain in _NAMES or plain.startswith(_PREFIXES):
            return plain
    return None


def peer_address(scope: Scope) -> str:
    """Return the address of the connection's other end; empty where it has none."""
    peer = scope.get("client")
    if not peer:
        return ""
    parsed = parse_address(str(peer[0]))
    return str(peer[0])[:80] if parsed is None else str(parsed)


class ClientResolver:
    """Resolve the client at the far end of a chain of trusted proxies.

    Proxies append to ``X-Forwarded-For`` or ``Forwarded`` (RFC 7239) the address that connected to
    them, so the chain is read from its right end, and the first address that is no trusted proxy is
    the client's: everything left of it may be forged. Where both headers are present and disagree,
    the client sent one of them, and neither is believed.
    """

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted

    def trusts(self, scope: Scope) -> bool:
        """Return whether the connection's other end is a trusted proxy."""
        peer = parse_address(peer_address(scope))
        return peer is not None and contains(self._trusted, peer)

    def resolve(self, scope: Scope) -> Client:
        """Return the client of a request."""
        peer = parse_address(peer_address(scope))
        own = _scheme(scope.get("scheme", "http"))
        if peer is None or not contains(self._trusted, peer):
            return Client(peer_address(scope), own)
        headers = Headers(scope=scope)
        listed = _listed(headers, "x-forwarded-for")
        elements = _forwarded(headers)
        by_list, position = self._walk(listed, peer)
        by_standard, element = self._walk([each.get("for", "") for each in elements], peer)
        protocols = _listed(headers, "x-forwarded-proto")
        if listed and elements and by_list != by_standard:
            return Client(str(peer), _of_list(protocols, 0, own))
        if protocols or not elements:
            of_hop = position if len(protocols) == len(listed) else 0
            scheme = _of_list(protocols, of_hop, own)
        else:
            scheme = _scheme(elements[-1 - element].get("proto", own), own)
        return Client(str(by_list if listed else by_standard), scheme)

    def _walk(self, hops: Sequence[str], peer: Address) -> tuple[Address, int]:
        """Return the client and its position from the right; a malformed hop ends the chain."""
        client, position = peer, 0
        for number, hop in enumerate(reversed(hops[-_MOST_HOPS:])):
            parsed = parse_hop(hop)
            if parsed is None:
                break
            client, position = parsed, number
            if not contains(self._trusted, parsed):
                break
        return client, position


def _scheme(text: str, otherwise: str = "http") -> str:
    text = text.lower()
    if text not in _SCHEMES:
        return otherwise
    return "https" if text in _TLS else "http"


def _listed(headers: Headers, name: str) -> list[str]:
    """Return the values of a header that may be repeated, each time with several values."""
    return [part.strip() for line in headers.getlist(name) for part in line.split(",")]


def _of_list(protocols: Sequence[str], from_right: int, own: str) -> str:
    return _scheme(protocols[-1 - from_right], own) if protocols else own


# Possessive quantifiers: a hostile header is still read in one pass.
_PAIR = re.compile(
    r'[ \t]*+(?:([!#$%&\'*+.^_`|~0-9A-Za-z-]++)=("[^"\\]*+"|[^\s",;=]*+))?+[ \t]*+(;|,|$)'
)


def _forwarded(headers: Headers) -> list[dict[str, str]]:
    """Return the elements of ``Forwarded``; none where any line of it is malformed."""
    elements: list[dict[str, str]] = []
    for line in headers.getlist("forwarded"):
        element: dict[str, str] = {}
        at = 0
        while True:
            found = _PAIR.match(line, at)
            if found is None:
                return []
            if found[1]:
                element[found[1].lower()] = found[2].strip('"')
            if found[3] != ";":
                elements.append(element)
                element = {}
            if not found[3]:
                break
            at = found.end()
    return elements
