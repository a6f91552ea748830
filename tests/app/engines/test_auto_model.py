"""Which stand-in answers on which machine. Every case was worked out by hand.

The files have 491,400,064 and 1,117,320,768 bytes: the large model writes at 0.43981 times the
speed of the small one, and needs 3,117,320,768 bytes of memory and 4,234,641,536 of disk.
"""

from dataclasses import replace

import pytest

from app.engines.auto_model import (
    Plan,
    choose_stand_in,
    disk_needed,
    is_fast_enough,
    judge_fit,
    memory_needed,
    predict,
)
from app.engines.catalogue import load_catalogue
from app.engines.machine import Machine
from app.engines.reasons import reason_sentence
from app.engines.speed import Speed

CATALOGUE = load_catalogue()
SMALL, LARGE = CATALOGUE["demo"], CATALOGUE["demo-large"]
ROOMY = Machine(memory=8_000_000_000, cores=4, disk=20_000_000_000)
QUICK = Speed(prompt=170.0, reply=43.0)
"""Two cores of 2024: the large model would read 74.8 and write 18.9 tokens a second."""


def plan(
    machine: Machine = ROOMY,
    *,
    small: Speed | None = QUICK,
    large: Speed | None = None,
    present: tuple[str, ...] = ("demo",),
    declined: tuple[str, ...] = (),
) -> Plan:
    measured = {"demo": small, "demo-large": large}
    speeds = {name: speed for name, speed in measured.items() if speed is not None}
    return choose_stand_in(SMALL, LARGE, machine, speeds, present=present, declined=declined)


def outcome(made: Plan) -> tuple[str, str | None, str]:
    return made.now, made.later, made.reason.code


def test_a_newcomer_gets_the_small_model_first_wherever_it_is_unmeasured() -> None:
    assert outcome(plan(small=None, present=())) == ("demo", None, "unmeasured")
    assert outcome(plan(small=None)) == ("demo", None, "unmeasured")


def test_the_large_one_follows_where_the_machine_bears_it() -> None:
    made = plan()
    assert outcome(made) == ("demo", "demo-large", "fast_predicted")
    assert made.reason.figures["reply"] == pytest.approx(18.912, abs=0.001)
    assert outcome(plan(present=("demo", "demo-large"))) == ("demo-large", None, "fast_predicted")


@pytest.mark.parametrize(
    ("reply", "prompt", "code"),
    [
        (13.65, 170.0, "fast_predicted"),  # 6.003 tokens a second
        (13.60, 170.0, "slow_predicted"),  # 5.981
        (43.0, 91.0, "fast_predicted"),  # 40.02 of a prompt
        (43.0, 90.0, "slow_predicted"),  # 39.58
        (3.0, 20.0, "slow_predicted"),
        (0.0, 0.0, "slow_predicted"),
    ],
)
def test_the_pace_of_a_reader_decides(reply: float, prompt: float, code: str) -> None:
    made = plan(small=Speed(prompt, reply))
    assert outcome(made) == ("demo", "demo-large" if code == "fast_predicted" else None, code)


@pytest.mark.parametrize(
    ("machine", "code"),
    [
        (replace(ROOMY, cores=1), "cores"),
        (replace(ROOMY, cores=2), "fast_predicted"),
        (replace(ROOMY, memory=3_117_320_767), "memory"),
        (replace(ROOMY, memory=3_117_320_768), "fast_predicted"),
        (replace(ROOMY, disk=4_234_641_535), "disk"),
        (replace(ROOMY, disk=4_234_641_536), "fast_predicted"),
    ],
)
def test_memory_cores_and_disk_bound_the_choice(machine: Machine, code: str) -> None:
    made = plan(machine)
    assert (made.now, made.reason.code) == ("demo", code)
    assert (made.later is None) == (code != "fast_predicted")


def test_a_pulled_model_needs_no_disk_and_no_download() -> None:
    both = ("demo", "demo-large")
    assert outcome(plan(replace(ROOMY, disk=0), present=both))[0] == "demo-large"
    assert outcome(plan(small=None, present=("demo-large",))) == ("demo-large", None, "present")


def test_what_was_measured_corrects_what_was_predicted() -> None:
    both = ("demo", "demo-large")
    assert outcome(plan(large=Speed(55.0, 15.0), present=both)) == ("demo-large", None, "fast")
    made = plan(large=Speed(55.0, 3.0), present=both)
    assert outcome(made) == ("demo", None, "slow")
    assert made.reason.figures == {"reply": 3.0, "prompt": 55.0}
    assert outcome(plan(small=Speed(9.0, 2.0), large=Speed(55.0, 15.0)))[1] == "demo-large"


def test_a_model_with_too_little_memory_is_not_loaded_though_it_was_pulled() -> None:
    made = plan(replace(ROOMY, memory=2_000_000_000), present=("demo", "demo-large"))
    assert outcome(made) == ("demo", None, "memory")


def test_a_declined_download_is_not_begun_again() -> None:
    assert outcome(plan(declined=("demo-large",))) == ("demo", None, "declined")
    here = plan(declined=("demo-large",), present=("demo", "demo-large"))
    assert here.now == "demo-large"


def test_needs_and_predictions_are_those_of_the_files() -> None:
    assert memory_needed(LARGE) == 3_117_320_768
    assert disk_needed(LARGE) == 2 * 1_117_320_768 + 2_000_000_000  # from wheels
    assert disk_needed(CATALOGUE["qwen3-4b"]) == 4_500_000_000  # from a hub
    assert predict(QUICK, SMALL, LARGE).prompt == pytest.approx(74.766, abs=0.001)
    assert is_fast_enough(Speed(40.0, 6.0))
    assert not is_fast_enough(Speed(39.9, 6.0))


@pytest.mark.parametrize(
    ("name", "machine", "fit"),
    [
        ("demo", ROOMY, "good"),
        ("qwen3-1.7b", ROOMY, "good"),  # 16.5 and 65.3 tokens a second
        ("qwen3-4b", ROOMY, "slow"),  # 8.5, and 33.4 of a prompt
        ("mistral-nemo-12b", ROOMY, "memory"),
        ("qwen3-1.7b", replace(ROOMY, disk=3_000_000_000), "disk"),
    ],
)
def test_every_model_is_judged_by_what_was_measured(name: str, machine: Machine, fit: str) -> None:
    speeds = {"demo": QUICK}
    verdict, speed = judge_fit(CATALOGUE[name], machine, speeds, CATALOGUE, present=False)
    assert (verdict, speed is not None) == (fit, True)


def test_without_a_measurement_the_verdict_is_open() -> None:
    assert judge_fit(LARGE, ROOMY, {}, CATALOGUE, present=False) == ("unknown", None)
    one = replace(ROOMY, cores=1)
    assert judge_fit(LARGE, one, {}, CATALOGUE, present=False) == ("cores", None)


def test_reasons_read_as_sentences() -> None:
    sentence = reason_sentence(plan().reason, LARGE.title)
    assert sentence == (
        "Qwen2.5-Coder-1.5B-Instruct (Q4_K_M) should write about 18.9 tokens/s here."
    )
    short = plan(replace(ROOMY, memory=2_000_000_000)).reason
    assert "needs 3.1 GB of free memory, and this machine has 2.0 GB" in reason_sentence(short, "X")
