"""Define what the service needs of an OpenID provider.

:class:`app.openid.provider.OpenIDProvider` imports libraries that take half a second to load, so it
is loaded only where the settings name a provider.
"""

from typing import Protocol

from app.openid.profile import Profile
from app.openid.request import SignInRequest


class Provider(Protocol):
    """Send people to a provider, and learn who came back.

    Every method raises :class:`~app.openid.ProviderUnavailableError` where the provider does not
    answer, and :class:`~app.openid.ProviderMisconfiguredError` where its answers cannot be used.
    """

    async def address(self, request: SignInRequest) -> str:
        """Return the address that a browser is sent to."""

    async def check_sender(self, issuer: str | None) -> None:
        """Raise :class:`~app.openid.TokenRefusedError` for an answer of another issuer."""

    async def redeem(self, code: str, request: SignInRequest) -> Profile:
        """Return who came back. Raises :class:`~app.openid.TokenRefusedError`."""
