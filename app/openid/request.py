"""Derive the secrets of one sign-in from the random text that its browser keeps."""

import base64
import hashlib
import secrets
from dataclasses import dataclass

_BYTES = 32


def new_token() -> str:
    """Return 256 random bits, for the browser's cookie or for the state."""
    return secrets.token_urlsafe(_BYTES)


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """Hold what one sign-in sends to the provider, and what it expects back.

    Nonce and code verifier follow from the browser's secret: another browser cannot compute them,
    and no table holds them.
    """

    browser: str
    """The secret that the browser keeps in a cookie."""
    state: str
    redirect_uri: str

    @property
    def nonce(self) -> str:
        """The text that the ID token must repeat."""
        return self._derived("nonce")

    @property
    def code_verifier(self) -> str:
        """The secret whose hash the provider gets first (RFC 7636); 43 characters."""
        return self._derived("code verifier")

    def _derived(self, purpose: str) -> str:
        digest = hashlib.sha256(f"{purpose} {self.browser}".encode(errors="replace")).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
