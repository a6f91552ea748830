"""Describe the OpenID provider that people may sign in with."""

import ipaddress
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, SecretStr, StringConstraints, model_validator

from app.settings.lists import TextList

_LONGEST_ISSUER = 500


def is_web_address(text: str) -> bool:
    """Return whether a text is an address on TLS, or one on this machine without it."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 (raises for what is no number)
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None or parts.fragment or not text.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_local_host(parts.hostname))


def is_local_host(name: str) -> bool:
    """Return whether a host name means this machine."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _issuer(value: str) -> str:
    if value and (not is_web_address(value) or "?" in value or len(value) > _LONGEST_ISSUER):
        raise ValueError("must be an https:// address without a query, as the provider shows it")
    return value


class OpenIDSettings(BaseModel):
    """Let people sign in with an OpenID Connect provider. Without an issuer, none is used."""

    issuer: Annotated[str, AfterValidator(_issuer)] = ""
    """The provider's address, exactly as its discovery document states it, final slash included;
    the document lies at ``/.well-known/openid-configuration`` below it."""
    client_id: str = ""
    """The name under which the provider knows this Offbook."""
    client_secret: SecretStr | None = None
    """The secret that belongs to it; none for a public client, which PKCE protects alone."""
    scopes: TextList = ["openid", "profile", "email"]
    """What the provider is asked for; ``openid`` is always among it."""
    name: Annotated[str, StringConstraints(min_length=1, max_length=40)] = "OpenID"
    """The name on the button: “Sign in with NAME”."""
    email_domains: TextList = []
    """Where set, only people with a verified e-mail address in one of these domains come in."""
    groups_claim: str = "groups"
    """The claim with a person's groups; dots lead into objects: ``realm_access.roles``."""
    reader_groups: TextList = []
    """Groups whose people are readers. Where set, who is in no group named here stays out."""
    author_groups: TextList = []
    """Groups whose people are authors."""
    admin_groups: TextList = []
    """Groups whose people are admins. Where any group is named, each sign-in sets the role."""
    timeout: float = Field(default=10.0, gt=0, le=60)
    """Seconds that the provider may take for each answer."""

    @property
    def maps_roles(self) -> bool:
        """Whether the provider's groups decide the role of who signs in with it."""
        return bool(self.reader_groups or self.author_groups or self.admin_groups)

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.issuer and not self.client_id:
            raise ValueError("client_id must be set beside issuer: the provider shows it")
        secret = self.client_secret.get_secret_value() if self.client_secret else ""
        if not (self.client_id + secret).isascii() or not (self.client_id + secret).isprintable():
            raise ValueError("client_id and client_secret consist of ASCII characters")
        return self
