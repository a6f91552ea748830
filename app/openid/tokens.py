"""Verify ID tokens: the only module that decides whether a provider really said something."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from app.openid.errors import TokenRefusedError
from app.text import has_control_characters

_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC"}
_ALGORITHMS = [f"{family}{bits}" for family in _KINDS for bits in (256, 384, 512)]
"""Signatures with a public key alone: no ``none``, and no HMAC, for which the public key would be
the secret."""
_LEEWAY = 60
"""Seconds that the provider's clock may differ from this machine's."""
_MOST_KEYS = 50
_RSA_BITS = range(2_048, 16_385)
"""Shorter keys can be broken, and longer ones take long to verify with."""
_LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0, section 2

Key = RSAKey | ECKey


class UnknownKeyError(TokenRefusedError):
    """Report that none of the known keys made a signature; the provider may have a new one."""


def read_keys(document: dict[str, Any]) -> list[Key]:
    """Return the keys of a JWK set that can verify signatures, the others left out."""
    listed = document.get("keys")
    found: list[Key] = []
    for each in listed[:_MOST_KEYS] if isinstance(listed, list) else []:
        if not isinstance(each, dict) or each.get("use", "sig") != "sig":
            continue
        if (key := _key(each)) is not None:
            found.append(key)
    return found


def _key(described: dict[str, Any]) -> Key | None:
    kinds: dict[str, type[RSAKey] | type[ECKey]] = {"RSA": RSAKey, "EC": ECKey}
    kind = kinds.get(str(described.get("kty")))
    if kind is None:
        return None
    try:
        if kind is RSAKey and _bits(described["n"]) not in _RSA_BITS:
            return None
        return kind.import_key(described)
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None  # a key of some other use, or of a kind that only others know


def _bits(encoded: str) -> int:
    """Return the length of a number in base64url."""
    decoded = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    return int.from_bytes(decoded, "big").bit_length()


def verify_id_token(
    token: str, keys: Sequence[Key], *, issuer: str, client_id: str, nonce: str, now: int
) -> dict[str, Any]:
    """Return the claims of an ID token (OpenID Connect Core 1.0, section 3.1.3.7).

    ``now``: seconds since 1970. Raises :class:`UnknownKeyError` where no key fits the signature,
    and :class:`TokenRefusedError` for a token of another issuer, for another audience, of another
    sign-in, or out of date.
    """
    header = _header(token)
    algorithm = header.get("alg")
    if algorithm not in _ALGORITHMS:
        raise TokenRefusedError(f"the ID token is signed with {str(algorithm)[:20]!r}")
    claims = _decoded(token, _fitting(keys, str(algorithm), header.get("kid")), str(algorithm))
    checked = CodeIDToken(
        claims,
        header,
        options={
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": client_id},
            "sub": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        },
        params={"client_id": client_id, "nonce": nonce},
    )
    try:
        checked.validate(now=now, leeway=_LEEWAY)
    except (JoseError, TypeError, ValueError, OverflowError) as error:
        raise TokenRefusedError(f"the ID token is refused: {error}") from error
    if not 0 < len(claims["sub"]) <= _LONGEST_SUBJECT or has_control_characters(claims["sub"]):
        raise TokenRefusedError("the ID token has no usable subject")
    return claims


def _header(token: str) -> dict[str, Any]:
    """Return the header of a token, which nothing vouches for yet."""
    encoded = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise TokenRefusedError("the ID token cannot be read") from error
    if not isinstance(header, dict):
        raise TokenRefusedError("the ID token cannot be read")
    return header


def _fitting(keys: Sequence[Key], algorithm: str, kid: object) -> list[Key]:
    """Return the keys that may have made a signature: by their id, kind and algorithm."""
    return [
        key
        for key in keys
        if key.key_type == _KINDS[algorithm[:2]]
        and (kid is None or key.kid == kid)
        and key.get("alg", algorithm) == algorithm
    ]


def _decoded(token: str, keys: Sequence[Key], algorithm: str) -> dict[str, Any]:
    for key in keys:
        try:
            return jwt.decode(token, key, algorithms=[algorithm]).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            continue  # several keys may have no id, or the same; another one may fit
    raise UnknownKeyError("no key of the provider fits the ID token's signature")
