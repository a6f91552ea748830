"""Speakers are told apart by how they speak, not by whom they name."""

from collections.abc import Sequence

import numpy as np
import pytest

from app.judging.cast import (
    HeldOutLine,
    cast_lines,
    likeliest,
    names_of,
    train_judge,
)
from app.judging.identification import (
    accuracy_of,
    mean_difference,
)
from app.judging.speakers import SpeakerClassifier
from app.search.benchmark.corpus import BenchmarkCharacter, Fold
from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.vectors import EmbeddingCache
from characters.scripts.model import Line, Scene
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.embedding.port import Vectors

EMBED = HashingEmbedder().embed_keys
LINES = {
    "Ben": [
        f"Aye, I reckon the {thing} be fine, aye." for thing in ("boat", "rope", "sail", "oar")
    ],
    "Ann": [
        f"Oh! How lovely the {thing} looks today!" for thing in ("boat", "rope", "sail", "oar")
    ],
    "周": [f"{thing}嘛，不过如此罢了。" for thing in ("船", "绳", "帆", "桨")],
}


def nothing(texts: Sequence[str]) -> Vectors:
    """Embed every text alike."""
    return np.ones((len(texts), 4), dtype=np.float32)


@pytest.mark.parametrize("embed", [EMBED, nothing])
def test_manners_of_speaking_are_recognised(embed: object) -> None:
    classifier = SpeakerClassifier.train(LINES, embed)  # type: ignore[arg-type]
    assert classifier.speakers == ("Ann", "Ben", "周")
    said = ["Aye, the anchor be fine, I reckon.", "Oh! How lovely!", "灯嘛，如此罢了。"]
    found = classifier.probabilities(said)
    assert [likeliest(each) for each in found] == ["Ben", "Ann", "周"]
    assert [sum(each.values()) for each in found] == pytest.approx([1.0] * 3)
    assert classifier.probabilities([]) == []


def test_names_tell_nothing() -> None:
    """Speakers who differ in whom they name alone are not told apart."""
    lines = {
        "Ben": ["Good day, Ann, and welcome aboard."] * 4,
        "Ann": ["Good day, Ben, and welcome aboard."] * 4,
        "三三": ["Good day, 阿应, and welcome aboard."] * 4,
    }
    classifier = SpeakerClassifier.train(lines, EMBED, names=["阿应"])
    [found] = classifier.probabilities(["Good day, Ann, and welcome aboard."])
    assert list(found.values()) == pytest.approx([1 / 3] * 3, abs=1e-2)
    [found] = classifier.probabilities(["Good day, 阿应, and welcome aboard."])
    assert list(found.values()) == pytest.approx([1 / 3] * 3, abs=1e-2)


def test_who_says_more_is_not_likelier() -> None:
    lines = {"Ben": ["Good day to you."] * 40, "Ann": ["Good day to you."] * 4}
    [found] = SpeakerClassifier.train(lines, EMBED).probabilities(["Good day to you."])
    assert found["Ben"] == pytest.approx(0.5, abs=1e-2)


def test_training_again_gives_the_same() -> None:
    one, again = (SpeakerClassifier.train(LINES, EMBED) for _ in range(2))
    assert one.probabilities(["Aye, how lovely."]) == again.probabilities(["Aye, how lovely."])


@pytest.mark.parametrize("lines", [{}, {"Ben": ["Aye."]}, {"Ben": ["Aye."], "Ann": ["…", ""]}])
def test_one_speaker_is_told_from_nobody(lines: dict[str, list[str]]) -> None:
    with pytest.raises(EvaluationError, match="at least two"):
        SpeakerClassifier.train(lines, EMBED)


def test_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("app.judging.speakers.import_module", missing)
    with pytest.raises(EvaluationError, match=r"pip install 'offbook\[evaluation\]'"):
        SpeakerClassifier.train(LINES, EMBED)


def test_who_says_too_little_is_no_part_of_the_cast(subject: BenchmarkCharacter) -> None:
    said = [Line("更夫", f"天干物燥，小心火烛{n}", n) for n in range(5)]
    scenes = [*subject.scenes, Scene(said, 1)]
    lines = cast_lines(BenchmarkCharacter(scenes, "老周", frozenset({"老周"})))
    assert {line.speaker for line in lines} == {"老周", "阿海", "小梅"}
    assert len(lines) == 40 * 4
    named = BenchmarkCharacter(scenes, "老周", frozenset({"老周"}), aliases=("守灯的",))
    assert names_of(named, ["灯塔"])[:4] == ["老周", "老周", "守灯的", "灯塔"]
    assert "更夫" in names_of(named)


def test_speakers_that_are_the_character_are_one(subject: BenchmarkCharacter) -> None:
    both = BenchmarkCharacter(subject.scenes, "他们", frozenset({"老周", "阿海"}))
    assert {line.speaker for line in cast_lines(both)} == {"他们", "小梅"}
    assert names_of(both)[:3] == ["他们", "老周", "阿海"]
    alone = BenchmarkCharacter(subject.scenes, "他们", frozenset({"老周", "阿海", "小梅"}))
    with pytest.raises(EvaluationError, match="Nobody beside 他们"):
        cast_lines(alone)


@pytest.mark.anyio
async def test_held_out_lines_are_named_right(
    subject: BenchmarkCharacter, folds: list[Fold]
) -> None:
    judge = await train_judge(subject, folds, EmbeddingCache(HashingEmbedder()), lambda _: None)
    assert judge.speakers == ["老周", "小梅", "阿海"]
    # Every line of every scene is held out once.
    assert len(judge.held_out) == 40 * 4
    found = accuracy_of(judge.held_out)
    assert found.accuracy.value > 0.95
    assert found.chance == 1 / 3
    assert (found.lines, found.scenes) == (160, 40)
    assert sum(found.confusion["老周"].values()) == 80
    [own, another] = judge.recognise(0, ["风嘛，也就那么回事罢了。", "哇，风来啦！快看快看！"])
    assert (own.named, another.named) == ("老周", "小梅")
    assert own.right > 0.5 > another.right


def test_accuracy_by_hand() -> None:
    def line(scene: int, speaker: str, named: str) -> HeldOutLine:
        return HeldOutLine(scene=scene, speaker=speaker, named=named)

    # Three of four right, and none of one: 3/8 where each speaker counts alike.
    lines = [line(0, "a", "a"), line(0, "a", "a"), line(1, "a", "a"), line(1, "a", "b")]
    found = accuracy_of([*lines, line(1, "b", "c")])
    assert found.accuracy.value == pytest.approx(3 / 8)
    assert found.chance == pytest.approx(1 / 3)
    assert found.confusion == {"a": {"a": 3, "b": 1}, "b": {"c": 1}}
    # Drawn alone, the first scene has everything right, and the second a quarter.
    assert (found.accuracy.low, found.accuracy.high) == (1 / 4, 1.0)


def test_differences_are_paired() -> None:
    # One side is better by 0.1 at every question, whatever the scene is like.
    one, other = [0.9, 0.2, 0.5], [0.8, 0.1, 0.4]
    gap = mean_difference(["x", "y", "z"], one, other)
    assert (gap.value, gap.low, gap.high) == pytest.approx((0.1, 0.1, 0.1))
