"""Show, hand over and erase everything that a caller has."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import UUID

from pydantic import SecretStr
from starlette.types import Scope

from app.access import AccessControl, Identity
from app.access.identity import owner_of
from app.access.people import login_of
from app.blobs.service import Blobs
from app.db.models import Person
from app.db.session import Database
from app.errors import ConflictError, NotFoundError, TooManyRequestsError, UnauthorizedError
from app.own_data.download import all_files, stream_own_data
from app.own_data.erasure import EraseService
from app.own_data.overview import confirmation_of, describe_own_data
from app.own_data.schemas import OwnData
from app.settings import Settings

_DOWNLOADS_AT_ONCE = 4
"""Archives written in parallel by this process."""


class OwnDataService:
    """Serve the callers, each with what is theirs."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        access: AccessControl,
        erasing: EraseService,
        blobs: Blobs,
    ) -> None:
        self._files = all_files(blobs)
        self._settings = settings
        self._database = database
        self._access = access
        self._erasing = erasing
        self._downloading: set[str] = set()

    async def describe(self, identity: Identity) -> OwnData:
        """Return how much the caller has."""
        async with self._database.read() as session:
            return await describe_own_data(session, identity.caller, self._settings.conversations)

    def download(self, identity: Identity) -> AsyncIterator[bytes]:
        """Return an archive of everything, written while it is read.

        Raises :class:`~app.errors.TooManyRequestsError` while the caller's last one is being sent.
        """
        owner = identity.caller.owner
        if owner in self._downloading or len(self._downloading) >= _DOWNLOADS_AT_ONCE:
            raise TooManyRequestsError(
                "download_running",
                "Your data, or that of several others, is being sent already. Try again in a "
                "minute.",
                retry_after=60,
            )
        self._access.audit.note(identity.caller.actor, "data_downloaded")
        return self._write(identity)

    async def _write(self, identity: Identity) -> AsyncIterator[bytes]:
        owner = identity.caller.owner
        self._downloading.add(owner)
        try:
            files = stream_own_data(self._database, identity.caller, self._files)
            async with aclosing(files) as archive:
                async for piece in archive:
                    yield piece
        finally:
            self._downloading.discard(owner)

    async def erase(
        self, scope: Scope, identity: Identity, password: SecretStr | None, login: str
    ) -> None:
        """Erase everything of the caller's, and a person's account.

        Raises :class:`~app.errors.UnauthorizedError` where a person does not confirm it, and
        :class:`~app.errors.ConflictError` for the last admin.
        """
        await self._check_confirmed(scope, identity, password, login)
        person = identity.person
        if (
            person is not None
            and person.role == "admin"
            and await self._access.is_last_admin(person.id)
        ):
            raise ConflictError(
                "last_admin",
                "You are the only admin here, and without one this Offbook could not be run any "
                "more. Make another admin or an admin key first.",
            )
        await self._erasing.erase(identity.caller.owner)

    async def erase_person(self, identity: Identity, id: UUID, login: str) -> None:
        """Erase everything of another person, and the account, as an admin.

        Raises :class:`~app.errors.NotFoundError`, :class:`~app.errors.ConflictError` for the
        admin's own account, and :class:`~app.errors.UnauthorizedError` (``wrong_login``).
        """
        async with self._database.read() as session:
            person = await session.get(Person, id)
        if person is None:
            raise NotFoundError("person_not_found", "There is no such person.")
        if id == identity.caller.person:
            raise ConflictError("not_yourself", "Delete your own account on the page of your data.")
        if login_of(login) != person.login:
            raise UnauthorizedError("wrong_login", "This is not what that person signs in with.")
        await self._erasing.erase(owner_of(id), identity.caller.actor)

    async def _check_confirmed(
        self, scope: Scope, identity: Identity, password: SecretStr | None, login: str
    ) -> None:
        person = identity.person
        if person is None:
            return
        async with self._database.read() as session:
            needed = await confirmation_of(session, person.id)
        if needed == "password":
            typed = "" if password is None else password.get_secret_value()
            await self._access.verify_password(scope, person.login, typed)
        elif login_of(login) != person.login:
            raise UnauthorizedError("wrong_login", "This is not what you sign in with.")
