"""Read what a provider says about a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.settings import OpenIDSettings
from app.text import has_control_characters

_LONGEST_NAME = 80
_LONGEST_LOGIN = 120
_LONGEST_ADDRESS = 254
_MOST_GROUPS = 1_000


@dataclass(frozen=True, slots=True)
class Profile:
    """Hold what a verified ID token says of a person."""

    issuer: str
    subject: str
    """Who it is, for this issuer; everything else may change, or become another's."""
    login: str
    """What the person calls themselves there; may be empty."""
    name: str
    """May be empty."""
    email: str
    """An address that the provider has verified; else empty."""
    groups: frozenset[str]


def read_profile(claims: Mapping[str, Any], settings: OpenIDSettings) -> Profile:
    """Return the profile in claims; texts that cannot be shown are left out."""
    email = _text(claims.get("email"), _LONGEST_ADDRESS)
    is_verified = claims.get("email_verified") in (True, "true")  # some send it as a text
    login = _text(claims.get("preferred_username"), _LONGEST_LOGIN) or email
    return Profile(
        issuer=settings.issuer,
        subject=claims["sub"],
        login=login,
        name=_text(claims.get("name"), _LONGEST_NAME) or login[:_LONGEST_NAME],
        email=email if is_verified else "",
        groups=_groups(claims, settings.groups_claim),
    )


def lacks(claims: Mapping[str, Any], settings: OpenIDSettings) -> bool:
    """Return whether an ID token leaves out what the userinfo endpoint may say."""
    wanted = ["name", "preferred_username"]
    if settings.email_domains:
        wanted += ["email", "email_verified"]
    missing = any(name not in claims for name in wanted)
    return missing or (settings.maps_roles and _found(claims, settings.groups_claim) is None)


def completed(claims: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return an ID token's claims and others that only the userinfo endpoint has.

    Whether an address is verified is said of the address beside it, so both come from one place.
    """
    whole = {**more, **claims}
    if "email_verified" not in claims and "email" in more:
        whole |= {"email": more["email"], "email_verified": more.get("email_verified")}
    elif "email" in claims:
        whole["email_verified"] = claims.get("email_verified")
    return whole


def _groups(claims: Mapping[str, Any], path: str) -> frozenset[str]:
    found = _found(claims, path)
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list):
        return frozenset()
    return frozenset(each for each in listed[:_MOST_GROUPS] if isinstance(each, str))


def _found(claims: Mapping[str, Any], path: str) -> object:
    """Return the claim of this name; else the value that its dots lead to; else None."""
    if path in claims:
        return claims[path]
    found: object = claims
    for part in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str) or has_control_characters(value) or len(value) > longest:
        return ""
    return value.strip()
