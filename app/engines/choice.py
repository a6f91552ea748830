"""Keep which model an operator chose, and what was measured, beside the models.

The file belongs to the machine rather than to the database: the models lie there, and their speed
is the machine's. It is small, written whole, and a damaged one counts as empty.
"""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated

import structlog
from pydantic import Field, TypeAdapter, ValidationError

from app.engines.speed import Speed

log = structlog.get_logger(__name__)

_FILE = "choice.json"
_MOST_BYTES = 100_000
_TRIED_AGAIN_AFTER = 24 * 3_600.0
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Reason:
    """Hold why a model was chosen, in a form that every language can put into words."""

    code: str
    model: str
    """Name of the model that the reason is about."""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """Hold the stored choice."""

    model: Annotated[str, Field(max_length=100)] = AUTO
    """A name of the catalogue, or ``auto``: the rule of :mod:`app.engines.auto_model` decides."""
    declined: tuple[str, ...] = ()
    """Models that ``auto`` would download and an operator does not want."""
    cores: int = 0
    """Cores of the machine on which the speeds were measured; others have other speeds."""
    speeds: Mapping[str, Speed] = field(default_factory=dict)
    """Measured speeds by model; a model that did not answer has none, as zeros."""
    failed_at: Mapping[str, float] = field(default_factory=dict)
    """When models did not answer, in seconds since 1970."""
    answering: str = ""
    """The model that answered last."""
    reason: Reason | None = None
    """Why the rule chose ``answering``."""

    def measured(self, model: str, speed: Speed, cores: int, now: float | None = None) -> "Choice":
        """Return the choice with a new measurement; those of other machines are forgotten."""
        known = self.speeds if self.cores == cores else {}
        failed_at = {each: at for each, at in self.failed_at.items() if each != model}
        if not speed.reply:
            failed_at[model] = time.time() if now is None else now
        return replace(self, cores=cores, speeds={**known, model: speed}, failed_at=failed_at)

    def speeds_on(self, cores: int, now: float | None = None) -> Mapping[str, Speed]:
        """Return the speeds that were measured on a machine with as many cores.

        A model that did not answer is tried again a day later: the machine may have been busy.
        """
        if self.cores != cores:
            return {}
        since = (time.time() if now is None else now) - _TRIED_AGAIN_AFTER
        return {
            model: speed
            for model, speed in self.speeds.items()
            if speed.reply or self.failed_at.get(model, 0.0) > since
        }


_CHOICE = TypeAdapter(Choice)


def read_choice(models_dir: Path) -> Choice:
    """Return the stored choice; an empty one where none is stored or the file is damaged."""
    path = models_dir / _FILE
    try:
        with path.open("rb") as file:
            return _CHOICE.validate_json(file.read(_MOST_BYTES))
    except FileNotFoundError:
        return Choice()
    except (OSError, ValidationError) as error:
        log.warning("model_choice_not_read", path=str(path), reason=type(error).__name__)
        return Choice()


def store_choice(models_dir: Path, choice: Choice) -> None:
    """Store the choice. Raises ``OSError`` where the directory cannot be written."""
    models_dir.mkdir(parents=True, exist_ok=True)
    fresh = models_dir / f".{_FILE}.{os.getpid()}.part"
    fresh.write_text(json.dumps(asdict(choice), indent=1, ensure_ascii=False), encoding="utf-8")
    os.replace(fresh, models_dir / _FILE)
