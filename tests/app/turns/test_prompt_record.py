"""A record has the prompt's parts, and is bounded however long the prompt is."""

from app.search.retriever import SceneHits
from app.turns.prompt_context import PromptContext
from app.turns.prompt_record import MOST_CHARACTERS, record_of
from app.turns.prompt_sources import outline_of
from characters.prompting import Segment
from tests.app.turns.prompts import composition, dialogue, example, prepared, retrieved


def test_tokens_are_those_counted_and_estimates_where_nothing_was() -> None:
    segments = [
        Segment("instructions", "Play Ben.", counted=("Play Ben.",)),
        Segment("history", "Hi!", 0, ("Hi! (Briefly.)",), ("(Briefly.)",), frames=True),
        Segment("reply", "\nBen:", counted=("\nBen:",)),
    ]
    counts = {"Play Ben.": 2, "Hi! (Briefly.)": 9, "(Briefly.)": 4}
    made = composition(segments=segments, counts=counts)
    record = record_of(prepared(composition=made, prompt="Play Ben.Hi!\nBen:"))
    # A chat message's frame takes five more; a third of five characters is two.
    assert [part.tokens for part in record.parts] == [2, 9 - 4 + 5, 2]
    assert record.outline.tokens == 14


def test_of_an_extremely_long_prompt_the_oldest_lines_and_the_examples_go_first() -> None:
    half = MOST_CHARACTERS // 2
    shown = [example(1, 0.5, "x" * half), example(2, 0.4, "y" * 10)]
    segments = [
        Segment("instructions", "Play Ben."),
        Segment("example", "x" * half, 0),
        Segment("example", "y" * 10, 1),
        Segment("history", "o" * half, 0),
        Segment("history", "n" * (half - 20), 1),
    ]
    found = SceneHits([each.found for each in shown], [], 0.0, 0.0)
    made = composition(
        segments=segments,
        found=found,
        context=PromptContext(dialogue=dialogue("o", "n"), shown_from=0),
    )
    content = "".join(each.text for each in segments)
    record = record_of(prepared(composition=made, prompt=content, shown=shown))
    assert sum(len(part.text) for part in record.parts) == MOST_CHARACTERS
    instructions, first, second, old, new = record.parts
    assert (instructions.omitted, new.omitted) == (0, 0)
    # Nine characters of instructions leave eleven more than half for the older line.
    assert (len(old.text), old.omitted) == (half, 0)
    assert (len(second.text), len(first.text), first.omitted) == (10, 1, half - 1)


def test_the_outline_says_what_became_of_profile_and_history() -> None:
    talk = dialogue("Hi.", "Yes?", "And?", unread=4)
    made = composition(
        segments=[Segment("profile", "\nBen keeps the")],
        context=PromptContext(dialogue=talk, shown_from=0),
    )
    outline = outline_of(prepared(composition=made, shown_from=2))
    assert (outline.history, outline.left_out, outline.summarized) == (1, 6, 0)
    assert outline.profile == "opening"
    assert made.profile_rest == "lighthouse."
    bare = outline_of(prepared(composition=composition()))
    assert (bare.profile, bare.history) == ("none", 1)


def test_examples_that_were_found_and_not_shown_are_named() -> None:
    offered = [
        retrieved(1, 0.9, "Ann: Hi.", "Ben: Good day.", scene=0),
        retrieved(2, 0.8, *(f"Ann: {at}." for at in range(9)), scene=4),
        retrieved(3, 0.7, "Ann: " + "long " * 99, scene=5),
    ]
    made = composition(
        segments=[Segment("example", "Ann: Hi.\nBen: Good day.", 0)],
        found=SceneHits(offered, [], 0.0, 0.0),
    )
    shown = [example(1, 0.9, "Ann: Hi.", "Ben: Good day.", scene=0)]
    record = record_of(
        prepared(composition=made, prompt=made.segments[0].text, shown=shown, most_examples=1)
    )
    second, third = (each for each in record.left_out if each.kind == "example")
    assert (second.reason, second.scene, len(second.lines), second.more) == ("model_limit", 4, 6, 3)
    assert len(third.lines[0]) == 241
    counts = [(each.kind, each.reason, each.number) for each in record.left_out_counts]
    assert ("example", "model_limit", 2) in counts
