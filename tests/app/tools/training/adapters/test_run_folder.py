"""A training's folder: begun once, gone on with by the same settings, finished once."""

from pathlib import Path

import pytest

from app.search.benchmark.errors import EvaluationError
from app.tools.training.adapters.errors import TrainingError
from app.tools.training.adapters.held_out import Scored
from app.tools.training.adapters.run_folder import RunFolder

SETTINGS = {"rank": 8, "seed": 1}


def test_a_training_goes_on_with_the_same_settings(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "adapter")
    with pytest.raises(TrainingError, match=r"no training in .*adapter to go on with"):
        folder.open(SETTINGS, resume=True)
    folder.open(SETTINGS, resume=False)
    with pytest.raises(TrainingError, match="Go on with --resume"):
        folder.open(SETTINGS, resume=False)
    folder.open(SETTINGS, resume=True)
    with pytest.raises(TrainingError, match=r"begun with rank 8\. Go on with the same"):
        folder.open({**SETTINGS, "rank": 16}, resume=True)


def test_the_newest_whole_checkpoint_is_found(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert folder.last_checkpoint() is None
    for step, state in ((9, "{}"), (10, "{}"), (11, "{"), (12, None)):
        checkpoint = folder.checkpoints / f"checkpoint-{step}"
        checkpoint.mkdir(parents=True)
        if state is not None:
            (checkpoint / "trainer_state.json").write_text(state)
    assert folder.last_checkpoint() == folder.checkpoints / "checkpoint-10"


def test_the_newest_measurement_of_a_step_counts(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.open(SETTINGS, resume=False)
    for step, value in ((0, -3.0), (5, -2.0), (5, -1.5)):
        folder.keep(step, [Scored(value), Scored(value, -9.0)])
    assert folder.measured() == {
        0: [Scored(-3.0), Scored(-3.0, -9.0)],
        5: [Scored(-1.5), Scored(-1.5, -9.0)],
    }


def test_what_a_crash_damaged_is_a_sentence(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "adapter")
    folder.open(SETTINGS, resume=False)
    folder.keep(0, [Scored(-3.0)])
    (folder.out / "run" / "held_out.jsonl").write_bytes(b"\x00" * 40 + b"\n")
    with pytest.raises(EvaluationError, match=r"held_out\.jsonl, line 1, is damaged"):
        folder.measured()
    for content in (b"", b"\xff", b"[]", b"[" * 100_000):
        (folder.out / "run" / "settings.json").write_bytes(content)
        with pytest.raises(TrainingError, match=r"settings\.json is damaged\. Begin anew"):
            folder.open(SETTINGS, resume=True)


def test_a_finished_adapter_is_left_alone(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "adapter")
    folder.open(SETTINGS, resume=False)
    folder.finish({"name": "a"}, "# a")
    assert sorted(path.name for path in folder.out.iterdir()) == ["card.json", "card.md"]
    with pytest.raises(TrainingError, match="holds a finished adapter"):
        folder.check_new()
    with pytest.raises(TrainingError, match="is finished"):
        folder.open(SETTINGS, resume=True)


def test_other_things_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    with pytest.raises(TrainingError, match="is not empty"):
        RunFolder(tmp_path).check_new()
