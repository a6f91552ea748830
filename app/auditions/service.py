"""Begin auditions, which workers run, and show their progress and results."""

from collections.abc import Callable

from app.auditions.repository import AuditionRepository
from app.auditions.schemas import AuditionOut, AuditionResult, AuditionStatus
from app.auditions.subjects import check_enough
from app.catalog.service import get_character
from app.db.models import Audition
from app.db.session import Database
from app.errors import ConflictError


class AuditionService:
    """Have measured on request how well a character's examples are retrieved."""

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        """``wake`` lets a worker of this process begin at once."""
        self._database = database
        self._wake = wake

    async def show(self, slug: str) -> AuditionOut:
        """Return the progress of the newest audition, and the result of the last finished one."""
        async with self._database.read() as session:
            character = await get_character(session, slug)
            return _present(await AuditionRepository(session).get(character.id))

    async def begin(self, slug: str) -> AuditionOut:
        """Ask for an audition, unless the character's runs or waits already; return it.

        Raises :class:`~app.errors.InvalidError` (``too_few_lines``) for a character with too few
        lines, and :class:`~app.errors.ConflictError` (``audition_running``) while another
        character's runs.
        """
        async with self._database.write() as session:
            character = await get_character(session, slug)
            check_enough(character)
            auditions = AuditionRepository(session)
            running = _present(await auditions.get(character.id))
            if running.status == "running":
                return running
            if await auditions.is_any_running():
                raise ConflictError(
                    "audition_running",
                    "Another character's audition runs. Try again when it is over.",
                    retry_after=60,
                )
            begun = _present(await auditions.begin(character.id))
        self._wake()
        return begun


def _present(audition: Audition | None) -> AuditionOut:
    if audition is None:
        return AuditionOut(status="never", progress=None, error=None, finished_at=None, result=None)
    status = _status(audition)
    share = min(1.0, audition.done / audition.total) if audition.total else 0.0
    return AuditionOut(
        status=status,
        progress=round(share, 3) if status == "running" else None,
        error=audition.error,
        finished_at=audition.finished_at,
        result=AuditionResult.model_validate(audition.result) if audition.result else None,
    )


def _status(audition: Audition) -> AuditionStatus:
    if audition.waiting:
        return "running"
    if audition.lease_until is not None:
        return "running" if (audition.lease_left or 0) > 0 else "interrupted"
    return "failed" if audition.error else "done"
