"""Scores become figures, worked out by hand; and a report of them."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.tools.evaluation.roleplay.chart import draw_metrics
from app.tools.evaluation.roleplay.formats import ResultRecord
from app.tools.evaluation.roleplay.report import results_text, write_results
from app.tools.evaluation.roleplay.results import (
    MetricFigures,
    PersonalityFigures,
    counted,
    group_means,
    metric_figures,
    personality_figures,
    role_means,
)
from retrieval.evaluation.intervals import Interval
from tests.app.tools.evaluation.roleplay.records import record, results

RECORDS = [
    record("1"),
    record("2"),
    record("1", "Empathy", zh="共情度"),
    record("3", role="苏禾"),
    record("3", "Empathy", role="苏禾", zh="共情度"),
]
SCORES = [2.0, None, 4.0, 5.0, None]
DIALOGUES = {"1": 0, "2": 0, "3": 1}


def figures(mean: float, group: str = "conversation") -> MetricFigures:
    interval = Interval(mean, mean - 0.5, mean + 0.5)
    return MetricFigures(zh="流利", group=group, mean=interval, scored=2, unscored=0)


def unmeasured(group: str) -> MetricFigures:
    return MetricFigures(zh="无", group=group, mean=None, scored=0, unscored=3)


def test_each_metric_has_its_mean_and_its_counts() -> None:
    found = metric_figures(RECORDS, SCORES, DIALOGUES)
    assert list(found) == ["Fluency", "Empathy"]
    fluency, empathy = found["Fluency"], found["Empathy"]
    assert (fluency.zh, fluency.group) == ("对话流利度", "conversation")
    assert (fluency.scored, fluency.unscored) == (2, 1)
    assert fluency.mean is not None
    assert fluency.mean.value == 3.5
    # Two dialogues, resampled: means of 2, 3.5 and 5 are all that can be drawn.
    assert (fluency.mean.low, fluency.mean.high) == (2.0, 5.0)
    assert (empathy.group, empathy.scored, empathy.unscored) == ("attraction", 1, 1)
    assert empathy.mean == Interval(4.0, 4.0, 4.0)


def test_items_of_one_dialogue_are_resampled_together() -> None:
    found = metric_figures(
        [record("1"), record("2"), record("3"), record("4")],
        [1.0, 5.0, 1.0, 5.0],
        {"1": 0, "2": 0, "3": 1, "4": 1},
    )
    # Each dialogue has the mean 3, whichever are drawn.
    assert found["Fluency"].mean == Interval(3.0, 3.0, 3.0)


def test_metrics_are_in_the_papers_order_and_others_in_that_of_the_file() -> None:
    others = [f"Other{number}" for number in (5, 3, 8, 1, 9, 2, 7, 4)]
    asked: list[ResultRecord] = [record("1", en) for en in [*others, "Empathy", "Fluency"]]
    found = metric_figures(asked, [None] * len(asked), {"1": 0})
    assert list(found) == ["Fluency", "Empathy", *others]
    assert found["Other5"].group == "other"
    assert found["Other5"].mean is None


def test_a_group_is_the_mean_of_its_metrics_that_were_measured() -> None:
    means = group_means(
        {
            "a": figures(2.0),
            "b": figures(3.0),
            "c": unmeasured("conversation"),
            "d": unmeasured("character"),
        }
    )
    assert means == {"conversation": 2.5}


def test_a_role_is_the_mean_of_all_its_scores() -> None:
    assert role_means(RECORDS, SCORES) == {"林澈": 3.0, "苏禾": 5.0}
    assert role_means(RECORDS, [None] * 5) == {}


def test_letters_that_match_are_counted_and_roles_resampled() -> None:
    found = personality_figures(RECORDS, [1.0, 0.0, 1.0, 0.0, None])
    assert (found.scored, found.unscored) == (4, 1)
    assert found.accuracy is not None
    assert found.accuracy.value == 0.5
    assert personality_figures(RECORDS, [None] * 5) == PersonalityFigures(None, 0, 5)


def test_reasons_are_counted_the_most_frequent_first() -> None:
    assert list(counted({"1": "away", "2": "slow", "3": "slow"}).items()) == [
        ("slow", 2),
        ("away", 1),
    ]


def test_a_report_shows_figures_groups_and_reasons() -> None:
    text = results_text(
        results(
            metrics={"Fluency": figures(3.25), "Empathy": unmeasured("attraction")},
            groups={"conversation": 3.25},
            personality=PersonalityFigures(Interval(0.75, 0.5, 1.0), 8, 1),
            failures={"the engine is away": 2},
            unscored={f"reason {number}": 1 for number in range(6)},
        )
    )
    rows = [line.replace(" ", "") for line in text.splitlines()]
    assert "|Fluency|3.250[2.75,3.75]|2|0|流利|" in rows
    assert "|Empathy|–|0|3|无|" in rows
    assert "|conversationalability|3.250|" in rows
    assert "MBTI: 0.750 [0.50, 1.00] of 8 letters" in text
    assert "Without a reply: 2.\n- 2 × the engine is away" in text
    assert "Without a score: 6.\n" in text
    assert "reason 4" in text
    assert "reason 5" not in text  # the JSON has all


def test_a_report_says_what_was_not_measured() -> None:
    assert "not measured" in results_text(results())
    assert "Not scored: name a judge" in results_text(results(scorer=""))


def test_results_are_written_as_text_json_and_a_chart(tmp_path: Path) -> None:
    made = results(metrics={"Fluency": figures(3.0)}, groups={"conversation": 3.0})
    text = write_results(made, tmp_path)
    assert (tmp_path / "roleplay.md").read_text(encoding="utf-8") == text + "\n"
    read = json.loads((tmp_path / "roleplay.json").read_text(encoding="utf-8"))
    assert read["metrics"]["Fluency"]["mean"]["value"] == 3.0
    assert read["identity"]["model"] == "index"
    assert (tmp_path / "roleplay.svg").exists()


def test_without_scores_no_chart_is_drawn(tmp_path: Path) -> None:
    write_results(results(scorer=""), tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["roleplay.json", "roleplay.md"]


@pytest.mark.parametrize(("mean", "x"), [(1.0, 220), (3.0, 400), (5.0, 580)])
def test_a_dot_stands_at_its_mean_on_the_scale_from_one_to_five(mean: float, x: float) -> None:
    drawn = draw_metrics(
        results(metrics={"Fluency": figures(mean), "Empathy": unmeasured("attraction")})
    )
    page = ElementTree.fromstring(drawn)  # the names are escaped
    space = "{http://www.w3.org/2000/svg}"
    [dot] = page.findall(f"{space}circle")
    assert float(dot.attrib["cx"]) == x
    texts = [each.text for each in page.findall(f"{space}text")]
    assert {"Fluency 流利", "Empathy 无", f"{mean:.2f}", "1", "5"} <= set(texts)


def test_names_are_text_in_a_chart() -> None:
    drawn = draw_metrics(results(scorer='<judge> & "co"'))
    page = ElementTree.fromstring(drawn)
    assert page[1].text == 'index, by <judge> & "co"'
