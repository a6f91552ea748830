"""Parse and compare the internet addresses of callers."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SITE_BITS = 64
"""Network bits of an IPv6 subscriber, who may change the other bits at will (RFC 6177)."""


@dataclass(frozen=True, slots=True)
class Client:
    """Hold the origin of a request, as far as trusted hops vouch for it."""

    address: str
    """The canonical form; empty where the peer has none, as on a Unix socket."""
    scheme: str
    """``https`` where the client speaks TLS to the service or to a trusted proxy; else ``http``."""

    @property
    def site(self) -> str:
        """The unit that limits count by: the address, or its /64 network in IPv6."""
        parsed = parse_address(self.address)
        if isinstance(parsed, IPv6Address):
            return str(ip_network((parsed, _SITE_BITS), strict=False))
        return self.address


def parse_address(text: str) -> Address | None:
    """Return an address without its zone; None for other text.

    An IPv4 address mapped into IPv6 is returned as IPv4.
    """
    try:
        parsed = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed


def parse_hop(text: str) -> Address | None:
    """Return the address of a hop, written with or without quotes, brackets and port."""
    text = text.strip().strip('"')
    if text.startswith("["):
        return parse_address(text[1:].partition("]")[0])
    if text.count(":") == 1:
        text = text.partition(":")[0]
    return parse_address(text)


def is_loopback(text: str) -> bool:
    """Return whether an address is a loopback address."""
    parsed = parse_address(text)
    return parsed is not None and parsed.is_loopback


def contains(networks: Sequence[Network], address: Address) -> bool:
    """Return whether an address lies in one of the networks."""
    return any(address in network for network in networks)
