"""Register, list and remove adapters."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.audit import Target, record
from app.access.identity import Actor
from app.adapters.contents import AdapterContents, check_name, read_contents
from app.adapters.errors import AdapterError
from app.adapters.files import AdapterFiles
from app.adapters.repository import AdapterRepository, Hold
from app.adapters.schemas import AdapterFile, AdapterOut, AdaptersOut, CharacterName
from app.adapters.serving import serving_status
from app.adapters.unpacking import NO_ROOM, UnpackAdapter
from app.db.base import utc_now
from app.db.models import Adapter, Character
from app.db.session import Database
from app.db.signals import Topic, announce
from app.engines.catalogue import load_catalogue
from app.engines.host import EngineHost
from app.engines.model_entry import ModelEntry
from app.engines.port import EngineError, Limits
from app.errors import (
    ConflictError,
    InsufficientStorageError,
    InvalidError,
    NotFoundError,
    TooLargeError,
)
from app.readers.pool import Disconnect, ReaderPool
from app.settings import Settings
from characters.errors import ArchiveError

log = structlog.get_logger(__name__)


class AdapterService:
    """Serve ``/api/admin/adapters``. An adapter is only ever named by its registered name."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        engine: EngineHost,
        readers: ReaderPool,
    ) -> None:
        self._settings = settings
        self._database = database
        self._engine = engine
        self._readers = readers
        self.files = AdapterFiles(settings.adapters_dir)
        self.on_change: Callable[[], None] = lambda: None
        """Called where this process registers or removes an adapter."""

    async def list_adapters(self) -> AdaptersOut:
        """Return all registered adapters, and the characters that they speak for."""
        limits = await self.limits()
        async with self._database.read() as session:
            repository = AdapterRepository(session)
            adapters = await repository.all()
            characters = await repository.characters([each.name for each in adapters])
        catalogue = self.catalogue()
        return AdaptersOut(
            items=[
                self._present(each, await self.complete(each), characters, limits, catalogue)
                for each in adapters
            ],
            model=None if limits is None else limits.model,
            most_bytes=min(self._settings.adapters.most_bytes, self._settings.limits.upload_bytes),
        )

    async def upload(
        self, file: BinaryIO, name: str, actor: Actor, disconnect: Disconnect | None = None
    ) -> AdapterOut:
        """Register the adapter in a ZIP; ``name`` empty: as its card names it.

        Raises :class:`~characters.errors.ArchiveError` for an unsafe archive, and as
        :meth:`register` does.
        """
        await self._check_free(name)
        with self.files.incoming() as folder:
            job = UnpackAdapter(str(folder.absolute()), self._settings.adapters.most_bytes)
            try:
                await self._readers.read_one(job, file, disconnect)
            except ArchiveError as error:
                if error.code == NO_ROOM:
                    raise InsufficientStorageError from error
                raise
            return await self._install(folder, name, actor)

    async def register(self, source: Path, name: str, actor: Actor) -> AdapterOut:
        """Register the adapter in a folder of this machine, named by an operator at a terminal.

        Raises :class:`~app.errors.InvalidError` with the code of an
        :class:`~app.adapters.errors.AdapterError`, and
        :class:`~app.errors.ConflictError` (``adapter_exists``).
        """
        await self._check_free(name)
        with self.files.incoming() as folder:
            await asyncio.to_thread(self._copy, source, folder)
            return await self._install(folder, name, actor)

    async def remove(self, name: str, actor: Actor) -> None:
        """Delete an adapter's files; its row stays, so that its name is not used again.

        Raises :class:`~app.errors.ConflictError` (``adapter_in_force``), with the characters that
        it speaks for, and :class:`~app.errors.NotFoundError` (``adapter_not_found``).
        """
        async with self._database.write() as session:
            repository = AdapterRepository(session)
            adapter = await find_adapter(session, name, hold="remove")
            if speaks_for := await repository.characters([name]):
                names = ", ".join(each.name for each in speaks_for)
                raise ConflictError(
                    "adapter_in_force",
                    f"{name} speaks for {names}. Go back to what was in force before there first.",
                    characters=[each.slug for each in speaks_for],
                )
            adapter.retired_at = utc_now()
            record(session, actor, "adapter_removed", Target("adapter", str(adapter.id), name))
            await announce(session, Topic.ADAPTERS)
        self.on_change()
        await asyncio.to_thread(self.files.delete, name)
        log.info("adapter_removed", adapter=name)

    async def limits(self) -> Limits | None:
        """Return the engine's limits; None while it does not answer."""
        try:
            return await self._engine.limits()
        except EngineError:
            return None

    def details(self) -> Mapping[str, str]:
        """Return what the engine says about adapters that it does not serve, by name."""
        return {each.name: each.detail for each in self._engine.adapter_states()}

    def catalogue(self) -> dict[str, ModelEntry]:
        """Return the models that adapters may be trained on."""
        return load_catalogue(self._settings.engine.catalogue)

    async def complete(self, adapter: Adapter) -> bool:
        """Return whether all files of an adapter are here."""
        missing = await asyncio.to_thread(self.files.missing, adapter.name, adapter.files)
        if missing:
            log.warning("adapter_files_missing", adapter=adapter.name, files=missing)
        return not missing

    async def _check_free(self, name: str) -> None:
        """Refuse a name before anything is read, which takes long."""
        if not name:
            return
        try:
            check_name(name)
        except AdapterError as error:
            raise _refusal(error) from error
        async with self._database.read() as session:
            await _check_new(session, name)

    async def _install(self, folder: Path, name: str, actor: Actor) -> AdapterOut:
        """Check an incoming folder, and register it."""
        most = self._settings.adapters.most_bytes
        catalogue = self.catalogue()
        try:
            contents = await asyncio.to_thread(read_contents, folder, catalogue, most)
            name = check_name(name or contents.name)
        except AdapterError as error:
            raise _refusal(error) from error
        await asyncio.to_thread(self.files.sync, folder)
        async with self._database.write() as session:
            await _check_new(session, name)
            adapter = _row(name, contents)
            AdapterRepository(session).add(adapter)
            await session.flush()
            record(session, actor, "adapter_registered", Target("adapter", str(adapter.id), name))
            # Before the commit: a row without files would be served by no one.
            await asyncio.to_thread(self.files.install, folder, name)
            await announce(session, Topic.ADAPTERS)
        self.on_change()
        log.info("adapter_registered", adapter=name, base=contents.base, size=contents.size)
        return self._present(adapter, True, [], await self.limits(), catalogue)

    def _copy(self, source: Path, folder: Path) -> None:
        if not source.is_dir():
            raise InvalidError("adapter_incomplete", f"{source} is no folder.")
        try:
            self.files.copy(source, folder, self._settings.adapters.most_bytes)
        except AdapterError as error:
            raise _refusal(error) from error

    def _present(
        self,
        adapter: Adapter,
        complete: bool,
        characters: Sequence[Character],
        limits: Limits | None,
        catalogue: Mapping[str, ModelEntry],
    ) -> AdapterOut:
        entry = catalogue.get(adapter.base)
        return AdapterOut(
            name=adapter.name,
            base=adapter.base,
            base_title=entry.title if entry else adapter.base,
            rank=adapter.rank,
            size=adapter.size,
            files=[AdapterFile(name=name, **each) for name, each in adapter.files.items()],
            card=adapter.card,
            status=serving_status(
                adapter.name, adapter.base, complete=complete, limits=limits, catalogue=catalogue
            ),
            detail=self.details().get(adapter.name, ""),
            in_force=[
                CharacterName(slug=each.slug, name=each.name)
                for each in characters
                if each.adapter == adapter.name
            ],
            created_at=adapter.created_at,
        )


async def find_adapter(session: AsyncSession, name: str, hold: Hold | None = None) -> Adapter:
    """Return a registered adapter, held until the transaction ends where that is wanted.

    Raises :class:`~app.errors.NotFoundError` (``adapter_not_found``).
    """
    adapter = await AdapterRepository(session).by_name(name, hold=hold)
    if adapter is None:
        raise NotFoundError("adapter_not_found", "No adapter of this name is registered.")
    return adapter


async def _check_new(session: AsyncSession, name: str) -> None:
    known = await AdapterRepository(session).by_name(name, retired=True)
    if known is None:
        return
    gone = " It was removed, and a name never stands for two sets of weights."
    raise ConflictError(
        "adapter_exists",
        f"There is an adapter called {name} already.{gone if known.retired_at else ''} Give this "
        "one another name.",
    )


def _row(name: str, contents: AdapterContents) -> Adapter:
    return Adapter(
        name=name,
        base=contents.base,
        base_sha256=contents.base_sha256,
        files={key: dict(value) for key, value in contents.files.items()},
        size=contents.size,
        rank=contents.rank,
        card=contents.card,
    )


def _refusal(error: AdapterError) -> InvalidError | TooLargeError:
    kind = TooLargeError if error.code == "adapter_too_large" else InvalidError
    return kind(error.code, str(error))
