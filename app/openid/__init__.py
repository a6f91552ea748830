"""Speak OpenID Connect with one provider: find it, send people to it, verify what it says.

Sources: OpenID Connect Core 1.0 and Discovery 1.0, RFC 6749 (OAuth 2.0), RFC 7636 (PKCE), RFC 9207
(the issuer in the answer), RFC 9700 (best current practice).
"""

from app.openid.errors import (
    OpenIDError,
    ProviderMisconfiguredError,
    ProviderUnavailableError,
    TokenRefusedError,
)
from app.openid.profile import Profile
from app.openid.request import SignInRequest

__all__ = [
    "OpenIDError",
    "Profile",
    "ProviderMisconfiguredError",
    "ProviderUnavailableError",
    "SignInRequest",
    "TokenRefusedError",
]
