"""Describe where the service listens, and who may use it."""

import ipaddress
import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, SecretStr, model_validator

from app.settings.lists import NetworkList, TextList
from app.settings.openid import OpenIDSettings

Role = Literal["web", "worker", "all"]


class ServerSettings(BaseModel):
    """Set where the service listens. Any address but a loopback one needs an admin key."""

    role: Role = "all"
    """What this process does. ``worker``: load the samples, index, write scene memories, run
    auditions and purge, and serve health and metrics only. ``web``: all the rest. ``all``: both.
    Other roles than ``all`` need the database in common, and ``worker`` an engine that is not
    ``embedded``."""
    host: str = "127.0.0.1"
    """The address to listen on; ``0.0.0.0`` is every IPv4 address of the machine."""
    port: int = Field(default=8000, ge=0, le=65535)
    """The port to listen on; 0 takes a free one."""
    drain_seconds: float = Field(default=0.0, ge=0, le=600)
    """Seconds from SIGTERM to closing the listener. Meanwhile ``/readyz`` answers 503 and every
    other request is answered, so that a balancer takes the process out before connections are
    refused. Ctrl-C, or a second signal, ends the wait."""
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
    def is_web(self) -> bool:
        """Whether this process serves pages and API."""
        return self.role != "worker"

    @property
    def is_worker(self) -> bool:
        """Whether this process does the work that no request waits for."""
        return self.role != "web"

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_FOR_USERS = {"authorization", "cookie", "host", "origin", "forwarded", "x-forwarded-for"}
"""Headers that clients send themselves, or that say something else."""


def _header_name(value: str) -> str:
    if value and (not _HEADER_NAME.fullmatch(value) or value.lower() in _NOT_FOR_USERS):
        raise ValueError("must be the name of a header in which only the proxy names the user")
    return value


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.netloc or parts.query):
        raise ValueError("must be the address of the first page: https://stage.example.org")
    if parts.path.strip("/") or parts.fragment or parts.username is not None:
        raise ValueError("must not have a path: Offbook lies at the root of its host")
    return value.rstrip("/")


HeaderName = Annotated[str, AfterValidator(_header_name)]


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
    sign_ups_per_hour: int = Field(default=60, ge=1)
    """Sign-ups that one address (IPv6: one /64) may try in an hour, so that a class behind one
    router has room. People whom a provider or a proxy vouches for are not counted."""
    public_url: Annotated[str, AfterValidator(_public_url)] = ""
    """The address at which browsers reach the service, for the way back from an OpenID provider; by
    default the host that the browser named, with the scheme that trusted proxies report."""
    openid: OpenIDSettings = OpenIDSettings()
    """The provider that people may sign in with."""
    user_header: HeaderName = ""
    """The header in which a trusted proxy names the user that it signed in, as ``Remote-User``."""
    user_name_header: HeaderName = ""
    """The header in which it says what that user is called."""
    public_metrics: bool = False
    """Whether ``/metrics`` answers without an admin key, for scrapers that cannot send one."""

    @model_validator(mode="after")
    def _is_proxy_known(self) -> Self:
        if not self.user_header:
            return self
        if not self.trusted_proxies:
            raise ValueError(
                "user_header needs trusted_proxies: without them, callers would name themselves"
            )
        if any(network.prefixlen == 0 for network in self.trusted_proxies):
            raise ValueError(
                "user_header needs trusted_proxies that name the proxy alone: a network of every "
                "address would let callers name themselves"
            )
        return self
