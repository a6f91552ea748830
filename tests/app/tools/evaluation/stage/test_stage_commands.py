"""``offbook eval stage`` and ``eval leaks``: figures worked out by hand, and a count that is 0."""

from pathlib import Path

import pytest

from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from app.tools.evaluation.stage.accuracy import measure, measure_together
from app.tools.evaluation.stage.planting import plant_facts
from app.tools.evaluation.stage.questions import no_fit, questions_of
from app.tools.evaluation.stage.report import accuracy_text, leaks_text
from app.tools.evaluation.stage.weights import fit_across, fit_weights
from characters.scripts.model import Line, Scene

pytestmark = pytest.mark.anyio


def scene(*lines: tuple[str, str]) -> Scene:
    return Scene([Line(who, text, row) for row, (who, text) in enumerate(lines)], row=0)


# In each, whoever is called by name speaks next: two lines leave a choice of two.
CALLED = [
    scene(("Ann", "Cas, come."), ("Cas", "Bo, you too."), ("Bo", "Coming.")),
    scene(("Bo", "Ann, come."), ("Ann", "Cas, you too."), ("Cas", "Coming.")),
] * 5


def test_a_script_in_which_the_one_called_speaks_is_understood() -> None:
    questions = questions_of(CALLED, {}, no_fit)
    assert len(questions) == 20
    results = measure("calls", questions, fit_across(questions), fit_weights(questions), "none")
    found = {rule: figure.value for rule, figure in results.accuracy.items()}
    assert found["chance"] == pytest.approx(0.5)
    assert found["director"] == found["director, fitted elsewhere"] == 1
    assert results.weights["called"] > 0
    assert "| director" in accuracy_text(results)


def test_scenes_of_two_leave_no_choice() -> None:
    two = [scene(("Ann", "Hello."), ("Bo", "Hello."), ("Ann", "Bye."))] * 5
    questions = questions_of([*CALLED, *two], {}, no_fit)
    results = measure("calls", questions, fit_across(questions), fit_weights(questions), "none")
    assert (results.questions, results.two, results.scenes) == (20, 10, 10)


def test_scripts_are_measured_together() -> None:
    """Two scripts of 20 questions each; in one, the director of the other knows no one's name."""
    one = questions_of(CALLED, {}, no_fit)
    other = questions_of([*CALLED[:2]] * 5, {"Ann": ["A"], "Bo": ["B"], "Cas": ["C"]}, no_fit)
    every = [*one, *other]
    across, fitted = fit_across(every), fit_weights(every)
    single = [measure("one", each, across, fitted, "none") for each in (one, other)]
    both = measure_together([one, other], across, fitted, "none")
    assert (both.questions, both.scenes) == (40, 20)
    for rule, figure in both.accuracy.items():
        assert figure.value == pytest.approx(sum(each.accuracy[rule].value for each in single) / 2)
    assert both.lead.value == pytest.approx(sum(each.lead.value for each in single) / 2)


@pytest.mark.slow
async def test_planted_facts_reach_nobody_who_did_not_witness_them(
    settings: Settings, tmp_path: Path
) -> None:
    said: list[str] = []
    engine = ScriptedEngine(reply="So that is how it stands.")
    folder = tmp_path / "leaks"
    folder.mkdir()
    results = await plant_facts(80, 3, settings, folder, said.append, engine)
    assert sum(results.planted.values()) >= 80
    assert sum(results.shown.values()) > 0
    assert (sum(results.leaked.values()), results.in_replies) == (0, 0)
    assert "Leaked: 0 in prompts, 0 in replies." in leaks_text(results)
