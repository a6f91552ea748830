"""Find the models and adapters that are to be heard, and say why one cannot be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.adapters.files import AdapterFiles
from app.adapters.repository import AdapterRepository
from app.db.session import Database
from app.engines.adapter_fit import AdapterBase, misfits
from app.engines.adapters import ServedAdapter
from app.engines.catalogue import UnknownModelError
from app.engines.choice import AUTO
from app.engines.machine import read_machine
from app.engines.resolution import ResolvedModel, resolve
from app.search.benchmark.errors import EvaluationError
from app.settings import Settings

MOST = 20
"""Candidates of one audition."""
_JOIN = "+"
_GIGABYTE = 1e9


@dataclass(frozen=True, slots=True)
class Candidate:
    """Name a model of the catalogue, and an adapter that is to speak with it."""

    model: str
    adapter: str | None = None

    @property
    def name(self) -> str:
        """The candidate as the command names it."""
        return self.model if self.adapter is None else f"{self.model}{_JOIN}{self.adapter}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredAdapter:
    """Hold what a candidate needs of a registered adapter."""

    served: ServedAdapter
    card: Mapping[str, Any]
    missing: Sequence[str]
    """Registered files that are not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyCandidate:
    """Hold a candidate that can be heard."""

    candidate: Candidate
    resolved: ResolvedModel
    adapter: RegisteredAdapter | None

    @property
    def name(self) -> str:
        """The candidate's name."""
        return self.candidate.name

    @property
    def licence(self) -> str:
        """Class of the model's licence; empty for a file that is not of the catalogue."""
        return self.resolved.entry.licence_class if self.resolved.entry else ""

    @property
    def size(self) -> int:
        """Bytes of the model's file."""
        return self.resolved.path.stat().st_size


@dataclass(frozen=True, slots=True)
class RefusedCandidate:
    """Hold a candidate that cannot be heard, and why."""

    name: str
    why: str


def parse_candidates(text: str) -> list[Candidate]:
    """Return the candidates of a list like ``demo,demo-large,demo+quiet``, each once.

    Raises :class:`~app.search.benchmark.errors.EvaluationError` where there are none or too many.
    """
    names = dict.fromkeys(filter(None, map(str.strip, text.split(","))))
    found = []
    for name in names:
        model, join, adapter = name.partition(_JOIN)
        if not model or (join and not adapter):
            raise EvaluationError(f"A candidate is MODEL or MODEL{_JOIN}ADAPTER, not {name!r}.")
        found.append(Candidate(model, adapter or None))
    if not 0 < len(found) <= MOST:
        raise EvaluationError(f"Name 1 to {MOST} models, separated by commas: --models demo,index.")
    return found


async def registered_adapters(settings: Settings) -> dict[str, RegisteredAdapter]:
    """Return the registered adapters by name."""
    files = AdapterFiles(settings.adapters_dir)
    database = Database(settings)
    try:
        async with database.read() as session:
            adapters = await AdapterRepository(session).all()
            return {
                each.name: RegisteredAdapter(
                    served=ServedAdapter(each.name, files.folder(each.name), each.base),
                    card=each.card,
                    missing=files.missing(each.name, each.files),
                )
                for each in adapters
            }
    finally:
        await database.aclose()


def check_candidate(
    candidate: Candidate, settings: Settings, adapters: Mapping[str, RegisteredAdapter]
) -> ReadyCandidate | RefusedCandidate:
    """Return whether a candidate can be heard on this machine; reads heads of files."""
    resolved = _resolved(candidate, settings)
    if isinstance(resolved, str):
        return RefusedCandidate(candidate.name, resolved)
    adapter, why = None, None
    if candidate.adapter is not None:
        adapter = adapters.get(candidate.adapter)
        why = _misfit(candidate.adapter, adapter, resolved)
    if why is not None:
        return RefusedCandidate(candidate.name, why)
    return ReadyCandidate(candidate=candidate, resolved=resolved, adapter=adapter)


def _resolved(candidate: Candidate, settings: Settings) -> ResolvedModel | str:
    """Return the model, or why it cannot run."""
    if candidate.model == AUTO:
        return "Name a model: auto may be any."
    try:
        resolved = resolve(candidate_settings(candidate, settings))
    except UnknownModelError as error:
        return str(error)
    if not resolved.present:
        return _pull(resolved)
    needed, free = resolved.path.stat().st_size, read_machine(settings.engine.models_dir).memory
    if needed > free:
        return (
            f"Its file of {needed / _GIGABYTE:.1f} GB does not fit the {free / _GIGABYTE:.1f} GB "
            "of memory that are free. Hear it on a larger machine."
        )
    return resolved


def candidate_settings(candidate: Candidate, settings: Settings) -> Settings:
    """Return the settings with which a candidate's engine runs: on this machine."""
    kind = "scripted" if settings.engine.kind == "scripted" else "embedded"
    engine = settings.engine.model_copy(update={"kind": kind, "model": candidate.model})
    return settings.model_copy(update={"engine": engine})


def _pull(resolved: ResolvedModel) -> str:
    licence = resolved.entry.licence_class if resolved.entry else "free"
    terms = "" if licence == "free" else f" Its licence is {licence}: read it first."
    return f"It is not pulled. Run `offbook model pull {resolved.name}`.{terms}"


def _misfit(name: str, adapter: RegisteredAdapter | None, resolved: ResolvedModel) -> str | None:
    if adapter is None:
        return f"No adapter {name} is registered. `offbook adapter list` lists them."
    if adapter.missing:
        return f"Files of the adapter are missing: {', '.join(adapter.missing)}. Register it again."
    entry = resolved.entry
    base = AdapterBase(
        path=resolved.path,
        name=entry.name if entry else None,
        sha256=entry.sha256 if entry else None,
    )
    return misfits(adapter.served, base)
