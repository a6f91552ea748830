"""No judge's verdict counts before it has shown that it knows the speakers."""

import asyncio
import re
from pathlib import Path

import pytest

from app.search.benchmark.errors import EvaluationError
from app.tools.evaluation.judges.gate import GatedJudge, JudgeRefusedError, pass_gate
from app.tools.evaluation.judges.speaker_questions import Corpus, speaker_questions
from tests.app.tools.evaluation.judges.scripted import (
    WORDS,
    SayingJudge,
    corpus,
    first,
    knows,
)

pytestmark = pytest.mark.anyio

_YEAR = re.compile(r"year (\d+)")


async def gate(judge: SayingJudge, folder: Path, of: Corpus | None = None) -> GatedJudge:
    return await pass_gate(judge, [of or corpus()], folder, lambda _: None)


async def refused(judge: SayingJudge, folder: Path, of: Corpus | None = None) -> str:
    with pytest.raises(JudgeRefusedError) as caught:
        await gate(judge, folder, of)
    return str(caught.value)


async def test_a_judge_that_knows_the_speakers_passes(tmp_path: Path) -> None:
    judge = SayingJudge(knows)
    figures = (await gate(judge, tmp_path)).gate
    assert (figures.questions, figures.chance, figures.unreadable) == (100, 0.25, 0)
    assert figures.accuracy.value == figures.consistency.value == 1.0
    assert judge.asked.total() == 200
    assert figures.sentence == (
        "strict names the masked speaker in 100 % [100, 100] of its verdicts on 100 held-out "
        "lines, among 4; chance: 25 %. With the order swapped it names the same one in 100 % "
        "[100, 100] of the lines; 0 of 200 verdicts could not be read."
    )


async def test_a_judge_that_guesses_is_refused_with_its_figure(tmp_path: Path) -> None:
    def guess(text: str) -> str:
        return f'{{"reason": "hm", "speaker": "{"ABCD"[len(text) % 4]}"}}'

    sentence = await refused(SayingJudge(guess), tmp_path)
    assert "The judge is refused, and nothing is scored." in sentence
    [percent] = re.findall(r"in (\d+) % \[\d+, \d+\] of its verdicts", sentence)
    assert 10 < int(percent) < 40
    assert "At least 60 % are needed" in sentence


async def test_a_judge_with_a_position_in_mind_is_never_consistent(tmp_path: Path) -> None:
    sentence = await refused(SayingJudge(first), tmp_path)
    assert "With the order swapped it names the same one in 0 % [0, 0] of the lines" in sentence


async def test_a_judge_that_knows_most_is_less_consistent_than_right(tmp_path: Path) -> None:
    """Of one of five speakers it says whoever stands first."""

    def mostly(text: str) -> str:
        return first(text) if "snow" in text.split("[The line]")[1] else knows(text)

    figures = (await gate(SayingJudge(mostly), tmp_path)).gate
    # A fifth of the lines are Eve's, and none of these is named alike in both orders.
    assert figures.consistency.value == pytest.approx(0.8)
    assert 0.8 <= figures.accuracy.value <= 0.9


async def test_nonsense_is_asked_for_again_counted_and_wrong(tmp_path: Path) -> None:
    judge = SayingJudge(lambda _: "The speaker is surely A.")
    sentence = await refused(judge, tmp_path, corpus(4))
    assert "in 0 % [0, 0] of its verdicts on 20 held-out lines" in sentence
    assert "40 of 40 verdicts could not be read" in sentence
    assert judge.asked.total() == 3 * 40
    assert set(judge.temperatures) == {0.0, 0.5, 0.9}


async def test_a_letter_that_is_no_candidate_is_no_verdict(tmp_path: Path) -> None:
    sentence = await refused(
        SayingJudge(lambda _: '{"reason": "", "speaker": "AB"}'), tmp_path, corpus(4)
    )
    assert "40 of 40 verdicts could not be read" in sentence


async def test_a_judge_is_asked_once_for_a_corpus(tmp_path: Path) -> None:
    before = (await gate(SayingJudge(knows), tmp_path)).gate
    again = SayingJudge(knows)
    assert (await gate(again, tmp_path)).gate == before
    assert again.asked.total() == 0
    other = SayingJudge(knows, "another")
    await gate(other, tmp_path)
    assert other.asked.total() == 200
    longer = SayingJudge(knows)
    await gate(longer, tmp_path, corpus(41))
    assert longer.asked.total() == 200


async def test_the_script_of_two_characters_counts_once(tmp_path: Path) -> None:
    await gate(SayingJudge(knows), tmp_path)
    judge = SayingJudge(knows)
    await pass_gate(judge, [corpus(), corpus()], tmp_path, lambda _: None)
    assert judge.asked.total() == 0


async def test_a_refused_judge_stays_refused_without_being_asked(tmp_path: Path) -> None:
    sentence = await refused(SayingJudge(first), tmp_path)
    again = SayingJudge(knows)
    assert await refused(again, tmp_path) == sentence
    assert again.asked.total() == 0


async def test_what_could_not_be_read_is_asked_again(tmp_path: Path) -> None:
    """A judge whose answers were cut off is another one once it may write more."""
    await refused(SayingJudge(lambda _: '{"reason": "so long that'), tmp_path)
    judge = SayingJudge(knows)
    assert (await gate(judge, tmp_path)).gate.unreadable == 0
    assert judge.asked.total() == 200


async def test_a_damaged_file_of_verdicts_is_named(tmp_path: Path) -> None:
    await gate(SayingJudge(knows), tmp_path)
    [journal] = await asyncio.to_thread(lambda: list(tmp_path.iterdir()))
    lines = journal.read_bytes().splitlines(keepends=True)
    for damage in (b"\x00" * 20, b"\xff\xfe", b"[1]", b"[" * 100_000, b""):
        journal.write_bytes(b"".join([lines[0], damage + b"\n", *lines[2:]]))
        with pytest.raises(EvaluationError, match=r"jsonl, line 2, is damaged\. Delete the line"):
            await gate(SayingJudge(knows), tmp_path)
    journal.write_bytes(b"".join([lines[0], *lines[2:]]))
    assert (await gate(SayingJudge(knows), tmp_path)).gate.accuracy.value == 1.0


async def test_a_stopped_gate_goes_on(tmp_path: Path) -> None:
    await gate(SayingJudge(knows), tmp_path)
    [journal] = await asyncio.to_thread(lambda: list(tmp_path.iterdir()))
    lines = journal.read_text("utf-8").splitlines(keepends=True)
    journal.write_text("".join(lines[:150]) + lines[150][:9], encoding="utf-8")
    judge = SayingJudge(knows)
    assert (await gate(judge, tmp_path)).gate.accuracy.value == 1.0
    assert judge.asked.total() == 50


async def test_a_smaller_cast_means_fewer_choices_and_says_so(tmp_path: Path) -> None:
    figures = (await gate(SayingJudge(knows), tmp_path, corpus(speakers=["Ada", "Ben"]))).gate
    assert (figures.questions, figures.chance) == (80, 0.5)
    assert "on 80 held-out lines, among 2 (the cast has no 4 with enough lines); chance: 50 %" in (
        figures.sentence
    )


@pytest.mark.parametrize("of", [corpus(1), corpus(40, ["Ada"])], ids=["short", "a monologue"])
async def test_without_enough_lines_no_judge_is_believed(tmp_path: Path, of: Corpus) -> None:
    judge = SayingJudge(knows)
    with pytest.raises(EvaluationError, match="0 lines can be asked for, and 10 are needed"):
        await gate(judge, tmp_path, of)
    assert judge.asked.total() == 0


async def test_what_a_judge_is_shown_has_no_name_and_nothing_of_the_scene(tmp_path: Path) -> None:
    judge = SayingJudge(knows)
    await gate(judge, tmp_path)
    for text in judge.asked:
        assert not any(name in text for name in WORDS)
        voices, scene = (
            text.split("[Said before]") if "[Said before]" in text else (text.split("[The line]"))
        )
        assert set(_YEAR.findall(scene)).isdisjoint(_YEAR.findall(voices))
        assert len(set(_YEAR.findall(scene))) == 1


def test_questions_are_those_of_whole_scenes_and_the_same_each_time() -> None:
    asked = speaker_questions([corpus()], 1)
    assert asked == speaker_questions([corpus()], 1)
    assert asked != speaker_questions([corpus()], 2)
    by_scene = [[each.speaker for each in asked if each.scene == scene] for scene in
                dict.fromkeys(each.scene for each in asked)]  # fmt: skip
    assert by_scene == [list(WORDS)] * 20
    assert {len(each.candidates) for each in asked} == {4}
    assert all(each.speaker in {of.speaker for of in each.candidates} for each in asked)
    assert len({[of.speaker for of in each.candidates].index(each.speaker) for each in asked}) == 4


def test_a_scene_that_is_there_twice_is_asked_for_once() -> None:
    once = corpus(10)
    twice = Corpus("Years", [*once.scenes, *once.scenes])
    assert len(speaker_questions([twice], 1)) == len(speaker_questions([once], 1)) == 50
