"""Distinguish visitors by random cookies, signed so that only the service can make them."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from datetime import datetime

from sqlalchemy import select

from app.access.keys import hash_key
from app.db.models import Conversation
from app.db.session import Database

_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class VisitorCookies:
    """Make and check cookies ``TOKEN.SIGNATURE``. The owner is the hash of the token.

    Cookies of earlier versions were the token alone, unsigned. They count where a conversation was
    begun with them before cookies were signed: only its owner knows the 256 random bits whose hash
    is stored with it. See ``docs/decisions/0014-signed-visitors.md``.
    """

    def __init__(self, database: Database, secret: bytes, signed_since: datetime) -> None:
        self._database = database
        self._secret = secret
        self._signed_since = signed_since

    def issue(self) -> tuple[str, str]:
        """Return a new visitor's owner and cookie."""
        token = secrets.token_urlsafe(_BYTES)
        return hash_key(token), self._sign(token)

    async def read(self, cookie: str) -> tuple[str, str | None] | None:
        """Return the owner of a cookie and its replacement; None for a forged cookie.

        The replacement is None for a signed cookie.
        """
        token, dot, _ = cookie.partition(".")
        if not _is_token(token):
            return None
        if dot:
            ours = hmac.compare_digest(cookie.encode(errors="replace"), self._sign(token).encode())
            return (hash_key(token), None) if ours else None
        return (hash_key(token), self._sign(token)) if await self._is_old(token) else None

    def _sign(self, token: str) -> str:
        digest = hmac.digest(self._secret, b"visitor " + token.encode(), hashlib.sha256)
        return f"{token}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"

    async def _is_old(self, token: str) -> bool:
        statement = select(Conversation.id).where(
            Conversation.owner == hash_key(token), Conversation.created_at < self._signed_since
        )
        async with self._database.read() as session:
            return await session.scalar(statement.limit(1)) is not None


def _is_token(text: str) -> bool:
    """Return whether a text is exactly what ``secrets.token_urlsafe(32)`` can return."""
    if not _TOKEN.fullmatch(text):
        return False
    try:
        value = base64.urlsafe_b64decode(text + "=")
    except binascii.Error:
        return False
    return base64.urlsafe_b64encode(value).decode().rstrip("=") == text
