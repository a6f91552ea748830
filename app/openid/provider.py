"""Send people to the provider, and learn from it who they are."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from app.openid.discovery import ProviderDescription, discovery_address, read_description
from app.openid.errors import (
    OpenIDError,
    ProviderMisconfiguredError,
    TokenRefusedError,
)
from app.openid.fetching import Sent, fetch
from app.openid.profile import Profile, completed, lacks, read_profile
from app.openid.request import SignInRequest
from app.openid.tokens import Key, UnknownKeyError, read_keys, verify_id_token
from app.settings import OpenIDSettings

_DESCRIPTION_SECONDS = 3_600.0
_FAILURE_SECONDS = 5.0
"""How long a failed look-up of the provider is not repeated: requests would queue behind it."""
_LONGEST_CODE = 4_000
_FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class _Known:
    description: ProviderDescription | None = None
    until: float = 0.0
    failure: OpenIDError | None = None
    keys: list[Key] = field(default_factory=list)


class OpenIDProvider:
    """Speak with the provider of the settings; its description and keys are kept in memory."""

    def __init__(self, settings: OpenIDSettings, clock: Callable[[], float] = time.time) -> None:
        """``clock``: seconds since 1970, by which tokens are valid."""
        self._settings = settings
        self._clock = clock
        self._known = _Known()
        self._asking = asyncio.Lock()

    async def address(self, request: SignInRequest) -> str:
        """Return the provider's address that a browser is sent to for a sign-in.

        Raises :class:`ProviderUnavailableError` and :class:`ProviderMisconfiguredError`.
        """
        description = await self._description()
        try:
            address: str = prepare_grant_uri(
                description.authorization_endpoint,
                self._settings.client_id,
                "code",
                redirect_uri=request.redirect_uri,
                scope=list(dict.fromkeys(["openid", *self._settings.scopes])),
                state=request.state,
                nonce=request.nonce,
                code_challenge=create_s256_code_challenge(request.code_verifier),
                code_challenge_method="S256",
            )
        except ValueError as error:
            raise ProviderMisconfiguredError("the authorization endpoint is no address") from error
        return address

    async def check_sender(self, issuer: str | None) -> None:
        """Refuse an answer that names another issuer, or none where the provider names itself.

        ``issuer``: the parameter ``iss`` of the answer (RFC 9207).
        """
        description = await self._description()
        if issuer is None and description.names_itself:
            raise TokenRefusedError("the answer does not say which issuer it comes from")
        if issuer is not None and issuer != description.issuer:
            raise TokenRefusedError("the answer comes from another issuer")

    async def redeem(self, code: str, request: SignInRequest) -> Profile:
        """Return who came back with an authorization code.

        Raises :class:`TokenRefusedError` for a code or an ID token that proves nothing.
        """
        if not 0 < len(code) <= _LONGEST_CODE:
            raise TokenRefusedError("the authorization code has an unusable length")
        description = await self._description()
        tokens = await self._tokens(description, code, request)
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise TokenRefusedError("the provider returned no ID token")
        claims = await self._verified(description, token, request.nonce)
        if lacks(claims, self._settings) and description.userinfo_endpoint:
            more = await self._user_info(description.userinfo_endpoint, tokens, claims["sub"])
            claims = completed(claims, more)
        return read_profile(claims, self._settings)

    async def _tokens(
        self, description: ProviderDescription, code: str, request: SignInRequest
    ) -> dict[str, Any]:
        secret = self._settings.client_secret
        text = secret.get_secret_value() if secret else ""
        auth = ClientAuth(self._settings.client_id, text, _auth_method(description, text))
        body = prepare_token_request(
            "authorization_code",
            redirect_uri=request.redirect_uri,
            code=code,
            code_verifier=request.code_verifier,
        )
        headers = {"Content-Type": _FORM}
        url, headers, body = auth.prepare("POST", description.token_endpoint, headers, body)
        answer = await fetch(Sent(url, "POST", headers, body), self._settings.timeout)
        if answer.is_success:
            return answer.content
        problem = str(answer.content.get("error"))[:50]
        if problem == "invalid_grant":
            raise TokenRefusedError("the provider does not accept the authorization code")
        raise ProviderMisconfiguredError(f"the token endpoint answered {answer.status} {problem!r}")

    async def _verified(
        self, description: ProviderDescription, token: str, nonce: str
    ) -> dict[str, Any]:
        """Return the claims of an ID token; read the keys again where none fits its signature."""
        expected: dict[str, Any] = {
            "issuer": description.issuer,
            "client_id": self._settings.client_id,
            "nonce": nonce,
            "now": int(self._clock()),
        }
        if self._known.keys:
            try:
                return verify_id_token(token, self._known.keys, **expected)
            except UnknownKeyError:
                pass  # the provider may have changed its keys
        answer = await fetch(Sent(description.jwks_uri), self._settings.timeout)
        if not answer.is_success:
            raise ProviderMisconfiguredError(f"the key set answered {answer.status}")
        self._known.keys = read_keys(answer.content)
        return verify_id_token(token, self._known.keys, **expected)

    async def _user_info(self, url: str, tokens: dict[str, Any], subject: str) -> dict[str, Any]:
        """Return what the userinfo endpoint says of the subject; nothing where it refuses."""
        access = tokens.get("access_token")
        if not isinstance(access, str) or not access.isascii() or not access.isprintable():
            return {}
        sent = Sent(url, headers={"Authorization": f"Bearer {access}"})
        answer = await fetch(sent, self._settings.timeout)
        if not answer.is_success:
            return {}
        if answer.content.get("sub") != subject:
            raise TokenRefusedError("the userinfo endpoint speaks of another person")
        return answer.content

    async def _description(self) -> ProviderDescription:
        async with self._asking:
            now = time.monotonic()
            if now < self._known.until:
                if self._known.description is not None:
                    return self._known.description
                if self._known.failure is not None:
                    raise type(self._known.failure)(str(self._known.failure))
            try:
                found = await self._described()
            except OpenIDError as error:
                self._known = _Known(until=time.monotonic() + _FAILURE_SECONDS, failure=error)
                raise
            until = time.monotonic() + _DESCRIPTION_SECONDS
            self._known = _Known(found, until, keys=self._known.keys)
            return found

    async def _described(self) -> ProviderDescription:
        issuer = self._settings.issuer
        answer = await fetch(Sent(discovery_address(issuer)), self._settings.timeout)
        if not answer.is_success:
            raise ProviderMisconfiguredError(f"the discovery document answered {answer.status}")
        return read_description(answer.content, issuer)


def _auth_method(description: ProviderDescription, secret: str) -> str:
    """Return how this service shows its secret, by its name in the standard.

    In the header, some providers expect special characters encoded, as RFC 6749 says, and others do
    not; so a secret with such goes into the body where the provider takes it there.
    """
    if not secret:
        return "none"
    is_plain = all(letter.isalnum() or letter in "-._~" for letter in secret)
    if description.takes_post and not (description.takes_basic and is_plain):
        return "client_secret_post"
    return "client_secret_basic"
