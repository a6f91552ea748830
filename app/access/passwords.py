"""Hash and check passwords with argon2id."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 2
"""Passwords hashed in parallel: each takes 64 MiB and about 50 ms of a core."""


class Passwords:
    """Hash and check passwords in threads, a few at once."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """Return the hash to store, with its salt and parameters."""
        async with self._gate:
            return await asyncio.to_thread(self._hasher.hash, _encoded(password))

    async def check(self, password: str, stored: str | None) -> bool:
        """Return whether a password is right. Without a stored hash it takes as long, and is not.

        So the time of an answer does not reveal which people have an account.
        """
        if stored is None and self._decoy is None:
            self._decoy = await self.hash("no one's password")
        async with self._gate:
            right = await asyncio.to_thread(self._verify, stored or self._decoy or "", password)
        return right and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Return whether a hash was made with weaker parameters than new ones are."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, _encoded(password))
        except (VerificationError, InvalidHashError):
            return False


def _encoded(password: str) -> bytes:
    return password.encode(errors="surrogatepass")
