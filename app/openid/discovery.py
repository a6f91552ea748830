"""Read the provider's own description (OpenID Connect Discovery 1.0)."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.openid.errors import ProviderMisconfiguredError
from app.openid.fetching import JsonObject
from app.settings.openid import is_web_address

_PATH = "/.well-known/openid-configuration"
_LONGEST_ADDRESS = 2_000


@dataclass(frozen=True, slots=True)
class ProviderDescription:
    """Hold the addresses of a provider, and how it wants to be asked."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    takes_basic: bool
    """It takes the client's secret in a header."""
    takes_post: bool
    """It takes the client's secret in the body."""
    names_itself: bool
    """Its answers to the browser have a parameter ``iss`` (RFC 9207)."""


def discovery_address(issuer: str) -> str:
    """Return the address of an issuer's discovery document."""
    return issuer.rstrip("/") + _PATH


def read_description(document: JsonObject, issuer: str) -> ProviderDescription:
    """Return what a discovery document says.

    Raises :class:`ProviderMisconfiguredError` where it is another issuer's, or lacks an address.
    """
    if document.get("issuer") != issuer:
        stated = str(document.get("issuer"))[:200]
        raise ProviderMisconfiguredError(
            f"the discovery document states the issuer {stated!r}, and the setting {issuer!r}: they"
            " must be equal, a final slash included"
        )
    methods = document.get("token_endpoint_auth_methods_supported")
    listed = methods if isinstance(methods, list) else ["client_secret_basic"]
    return ProviderDescription(
        issuer=issuer,
        authorization_endpoint=_address(document, "authorization_endpoint", issuer),
        token_endpoint=_address(document, "token_endpoint", issuer),
        jwks_uri=_address(document, "jwks_uri", issuer),
        userinfo_endpoint=_address(document, "userinfo_endpoint", issuer)
        if document.get("userinfo_endpoint")
        else None,
        takes_basic="client_secret_basic" in listed,
        takes_post="client_secret_post" in listed,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(document: JsonObject, name: str, issuer: str) -> str:
    """Return an address of the document, which has TLS unless the issuer is on this machine."""
    value = document.get(name)
    is_plain = isinstance(value, str) and value.startswith("http://")
    if (
        not isinstance(value, str)
        or len(value) > _LONGEST_ADDRESS
        or not is_web_address(value)
        or (is_plain and urlsplit(issuer).scheme != "http")
    ):
        raise ProviderMisconfiguredError(f"the discovery document has no usable {name}")
    return value
