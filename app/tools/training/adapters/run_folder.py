"""Keep a training in the adapter's folder while it runs, so that a stopped one can go on."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.adapters.contents import CARD
from app.tools.evaluation.journal import Journal
from app.tools.training.adapters.errors import TrainingError
from app.tools.training.adapters.held_out import Scored

_RUN, _SETTINGS, _JOURNAL = "run", "settings.json", "held_out.jsonl"


class RunFolder:
    """Hold the folder ``run`` below the adapter's: settings, checkpoints and measurements."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._run = out / _RUN

    @property
    def checkpoints(self) -> Path:
        """The folder of the trainer's checkpoints."""
        return self._run / "checkpoints"

    def open(self, settings: Mapping[str, object], *, resume: bool) -> None:
        """Begin a training, or go on with one of the same settings.

        Raises :class:`TrainingError` where the folder holds something else.
        """
        path = self._run / _SETTINGS
        if resume:
            self._check_same(path, settings)
            return
        self.check_new()
        self._run.mkdir(parents=True)
        path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")

    def check_new(self) -> None:
        """Raise :class:`TrainingError` where the folder is not for a new adapter."""
        if (self.out / CARD).exists():
            raise TrainingError(f"{self.out} holds a finished adapter. Choose another --out.")
        if self._run.exists():
            raise TrainingError(
                f"A training was begun in {self.out}. Go on with --resume, or choose another --out."
            )
        if self.out.exists() and (not self.out.is_dir() or any(self.out.iterdir())):
            raise TrainingError(f"{self.out} is not empty. Choose another --out.")

    def _check_same(self, path: Path, settings: Mapping[str, object]) -> None:
        if (self.out / CARD).exists():
            raise TrainingError(f"The training in {self.out} is finished.")
        if not path.is_file():
            raise TrainingError(f"There is no training in {self.out} to go on with.")
        begun = _settings_in(path)
        if other := [name for name in settings if begun.get(name) != settings[name]]:
            said = ", ".join(f"{name} {begun.get(name)}" for name in other)
            raise TrainingError(
                f"The training in {self.out} was begun with {said}. Go on with the same settings, "
                "or choose another --out."
            )

    def last_checkpoint(self) -> Path | None:
        """Return the newest whole checkpoint."""
        found = [path for path in self.checkpoints.glob("checkpoint-*") if _is_whole(path)]
        return max(found, key=lambda path: int(path.name.rpartition("-")[2]), default=None)

    def keep(self, step: int, scores: Sequence[Scored]) -> None:
        """Keep a measurement on the held-out rows."""
        with Journal(self._run / _JOURNAL) as journal:
            journal.add({"step": step, "scores": [asdict(each) for each in scores]})

    def measured(self) -> dict[int, list[Scored]]:
        """Return the kept measurements by step; the newest of a step counts.

        Raises :class:`~app.search.benchmark.errors.EvaluationError` for a damaged file.
        """
        with Journal(self._run / _JOURNAL) as journal:
            entries: list[dict[str, Any]] = list(journal.entries())
        return {entry["step"]: [Scored(**each) for each in entry["scores"]] for entry in entries}

    def finish(self, card: Mapping[str, object], text: str) -> None:
        """Write the card, whose presence says that the adapter is whole, and drop the run."""
        (self.out / "card.md").write_text(text + "\n", encoding="utf-8")
        content = json.dumps(card, indent=2, ensure_ascii=False)
        (self.out / CARD).write_text(content + "\n", encoding="utf-8")
        shutil.rmtree(self._run)


def _settings_in(path: Path) -> dict[str, Any]:
    """Return the settings that a training was begun with. Raises :class:`TrainingError`."""
    try:
        settings = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        settings = None
    if not isinstance(settings, dict):
        raise TrainingError(f"{path} is damaged. Begin anew, with another --out.")
    return settings


def _is_whole(checkpoint: Path) -> bool:
    """Return whether a checkpoint was written to its end: the trainer writes its state last."""
    try:
        json.loads((checkpoint / "trainer_state.json").read_bytes())
    except (OSError, ValueError):
        return False
    return True
