"""Describe where the service listens, and who may use it."""

import ipaddress
import json
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode


class ServerSettings(BaseModel):
    """Set where the service listens. Any address but a loopback one needs an admin key."""

    host: str = "127.0.0.1"
    """The address to listen on; ``0.0.0.0`` is every IPv4 address of the machine."""
    port: int = Field(default=8000, ge=0, le=65535)
    """The port to listen on; 0 takes a free one."""
    shutdown_timeout: int = Field(default=5, ge=0)
    """Seconds that replies under way get to finish when the service is stopped; the received part
    of the others is stored."""
    head_timeout: float = Field(default=15.0, gt=0)
    """Seconds that a request's line and headers may take; then the connection is closed."""
    body_idle_timeout: float = Field(default=20.0, gt=0)
    """Seconds without a byte of a body before its sender gets 408."""
    body_rate: int = Field(default=1_000, ge=0)
    """Bytes a second that a body must bring on average over ``body_grace``; 0 allows any pace."""
    body_grace: float = Field(default=30.0, gt=0)
    """Seconds over which the pace of a body is measured."""
    write_timeout: float = Field(default=30.0, gt=0)
    """Seconds for a full send buffer (64 KB) to drain; then the client is disconnected."""
    connections: int = Field(default=800, ge=1)
    """Open connections; a further one is answered 503. Keep it below the process's open files."""

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def _split_list(value: object) -> object:
    """Read a list from the environment: JSON, or values with commas between them."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [part.strip() for part in value.split(",") if part.strip()]


TextList = Annotated[list[str], NoDecode, BeforeValidator(_split_list)]
NetworkList = Annotated[
    list[ipaddress.IPv4Network | ipaddress.IPv6Network], NoDecode, BeforeValidator(_split_list)
]


class AccessSettings(BaseModel):
    """Set who may do what.

    An admin key is needed beyond loopback, and wherever a key exists or the settings name hosts or
    proxies.
    """

    admin_key: SecretStr | None = None
    """Accepted beside the keys made by ``offbook admin-key create``; at least 16 characters."""
    allowed_hosts: TextList = []
    """Host names under which browsers reach the service; empty allows any host beyond loopback."""
    trusted_proxies: NetworkList = []
    """Addresses and networks (``10.0.0.0/8``) of the proxies whose forwarding headers (client
    address, TLS) are trusted."""
    public_uploads: bool = False
    """Whether visitors and readers, too, may upload scripts and create characters."""
    guests: bool = True
    """Whether visitors without an account may read and talk."""
    sign_up: Literal["closed", "invitation", "open"] = "invitation"
    """Who may make an account: only holders of an invitation, everyone, or no further person."""
    sign_up_role: Literal["reader", "author"] = "reader"
    """The role of people who sign up without an invitation."""
    public_metrics: bool = False
    """Whether ``/metrics`` answers without an admin key, for scrapers that cannot send one."""
