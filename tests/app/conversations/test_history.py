"""Messages become the lines of a prompt, and exchanges that can be recalled."""

from itertools import count, pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.conversations.branch_path import BranchMessage, BranchPath, PositionedMessage
from app.conversations.history import (
    BranchLine,
    Exchange,
    covered_by_summary,
    ends_before,
    exchanges_of,
    is_known,
    known_messages,
    later,
    lines_of,
    split_at_summary,
)
from app.db.models import Conversation
from characters.language import reading_length

CONVERSATION = UUID(int=77)


def branch(*said: str, at: dict[int, int] | None = None) -> list[BranchMessage]:
    """Messages with the ids 1, 2, ...: ``>`` begins a user's, ``#`` a hidden one of either.

    ``at`` has points in time by id.
    """
    messages = []
    for number, text in enumerate(said, 1):
        hidden = text.startswith("#")
        spoken = text.removeprefix("#")
        role = "user" if spoken.startswith(">") else "assistant"
        parent = UUID(int=number - 1) if number > 1 else None
        until = (at or {}).get(number)
        messages.append(
            BranchMessage(UUID(int=number), parent, role, spoken.lstrip(">"), hidden, until)
        )
    return messages


def ids(messages: list[BranchMessage]) -> list[int]:
    return [message.id.int for message in messages]


def conversation(
    summary: str = "", upto: int | None = None, now: int | None = None, at: int | None = None
) -> Conversation:
    return Conversation(
        id=CONVERSATION,
        until_scene=now,
        summary=summary,
        summary_upto=None if upto is None else UUID(int=upto),
        summary_until_scene=at,
    )


@pytest.mark.parametrize(
    ("text", "now", "known"),
    [(None, None, True), (3, None, True), (3, 3, True), (4, 3, False), (None, 3, False)],
)
def test_what_is_known_at_a_point_in_time(text: int | None, now: int | None, known: bool) -> None:
    assert is_known(text, now) is known


@given(
    one=st.none() | st.integers(0, 9), other=st.none() | st.integers(0, 9), now=st.integers(0, 9)
)
def test_of_two_texts_both_are_known_where_the_later_is(
    one: int | None, other: int | None, now: int
) -> None:
    both = is_known(one, now) and is_known(other, now)
    assert is_known(later(one, other), now) == is_known(later(other, one), now) == both


def test_neighbours_of_one_role_are_one_line_without_what_is_hidden() -> None:
    lines = lines_of(branch("早。", ">Hi.", "#>Psst.", ">Ho.", "#Hm.", "Yes."))
    assert lines == [
        BranchLine("character", "早。", UUID(int=1), None),
        BranchLine("user", "Hi.\nHo.", UUID(int=4), None),
        BranchLine("character", "Yes.", UUID(int=6), None),
    ]
    assert lines[1].utterance.text == "Hi.\nHo."


def test_thoughts_of_an_earlier_reply_are_not_remembered_and_users_may_write_what_they_like() -> (
    None
):
    lines = lines_of(branch(">a <think>b</think>", "<think>He is\nsad.</think>\n\n进来。"))
    assert [line.text for line in lines] == ["a <think>b</think>", "进来。"]


def test_a_line_belongs_to_the_latest_point_in_time_of_its_messages() -> None:
    said = branch(">a", ">b", "c", "d", at={1: 5, 2: 3, 3: 4})
    assert [line.until_scene for line in lines_of(said)] == [5, None]


roles = st.lists(st.sampled_from(["assistant", "user"]), max_size=30)


@given(roles=roles, hidden=st.sets(st.integers(0, 29)))
def test_lines_take_turns_and_lose_no_message(roles: list[str], hidden: set[int]) -> None:
    number = count(1)
    said = [
        BranchMessage(UUID(int=next(number)), None, role, f"m{at}", at in hidden, None)
        for at, role in enumerate(roles)
    ]
    lines = lines_of(said)
    spoken = [f"m{at}" for at in range(len(roles)) if at not in hidden]
    assert [text for line in lines for text in line.text.split("\n")] == spoken
    assert all(one.role != other.role for one, other in pairwise(lines))


def test_exchanges_are_a_users_line_and_the_reply_to_it() -> None:
    lines = lines_of(branch("Greeting.", ">One?", "Eins.", ">Two?", "二。", ">Three?", at={3: 2}))
    found = exchanges_of(lines, CONVERSATION, "Mara")
    assert found == [
        Exchange(CONVERSATION, "Mara", "One?", "Eins.", None),
        Exchange(CONVERSATION, "Mara", "Two?", "二。", None),
    ]
    assert found[1].text == "Two?\n二。"


@pytest.mark.parametrize(
    ("said", "clipped"),
    [
        ("x" * 360, "x" * 360),  # three letters are as long as one character
        ("x" * 361, "x" * 360 + "…"),
        ("灯" * 120, "灯" * 120),
        ("灯" * 121, "灯" * 120 + "…"),
        ("灯" * 100 + "x" * 90, "灯" * 100 + "x" * 60 + "…"),
        ("x" * 355 + " " * 10 + "y", "x" * 355 + "…"),
    ],
)
def test_a_long_side_of_an_exchange_is_clipped(said: str, clipped: str) -> None:
    [exchange] = exchanges_of(lines_of(branch(f">{said}", said)), CONVERSATION, "Mara")
    assert exchange.line == clipped
    assert exchange.reply == clipped


@given(st.text(st.sampled_from("ab 灯。é\U0001f600"), min_size=1, max_size=500))
def test_a_clipped_side_is_the_beginning_and_never_too_long(text: str) -> None:
    [exchange] = exchanges_of(lines_of(branch(">x", text)), CONVERSATION, "Mara")
    kept = exchange.reply.removesuffix("…")
    assert text.startswith(kept)
    assert reading_length(kept) <= 120
    assert (exchange.reply == text) == (reading_length(text) <= 120)


def test_later_messages_are_unknown_but_the_greeting_and_the_newest() -> None:
    said = branch("Greeting.", ">a", "b", ">c", "d", ">e", at={2: 1, 3: 2, 4: 3})
    assert ids(known_messages(conversation(now=2), said)) == [1, 2, 3, 6]
    assert ids(known_messages(conversation(now=3), said)) == [1, 2, 3, 4, 6]
    assert ids(known_messages(conversation(now=None), said)) == [1, 2, 3, 4, 5, 6]
    assert known_messages(conversation(now=0), []) == []


def test_a_users_first_message_is_no_greeting() -> None:
    assert ids(known_messages(conversation(now=1), branch(">a", "b", ">c"))) == [3]


def test_a_summary_covers_the_messages_up_to_its_last() -> None:
    said = branch("Greeting.", ">a", "b", ">c")
    assert covered_by_summary(conversation("So.", upto=3), said) == 3
    assert covered_by_summary(conversation("So.", upto=1), said) == 1


def test_a_summary_never_covers_the_newest_message_or_another_branch() -> None:
    said = branch("Greeting.", ">a", "b", ">c")
    assert covered_by_summary(conversation("So.", upto=4), said) == 0
    assert covered_by_summary(conversation("So.", upto=9), said) == 0
    assert covered_by_summary(conversation("So.", upto=None), said) == 0
    assert covered_by_summary(conversation("", upto=3), said) == 0


def test_a_summary_of_a_later_point_in_time_covers_nothing() -> None:
    said = branch(">a", "b", ">c", at={1: 1, 2: 1, 3: 1})
    assert covered_by_summary(conversation("So.", upto=2, now=1, at=2), said) == 0
    assert covered_by_summary(conversation("So.", upto=2, now=2, at=2), said) == 2
    assert covered_by_summary(conversation("So.", upto=2, now=2, at=None), said) == 0


def test_a_branch_is_split_where_its_summary_ends() -> None:
    said = branch("Greeting.", ">a", "b", "c", ">d")
    covered, rest = split_at_summary(conversation("So.", upto=3), said)
    assert [line.text for line in covered] == ["Greeting.", "a", "b"]
    assert [line.text for line in rest] == ["c", "d"]
    covered, rest = split_at_summary(conversation(), said)
    assert (covered, [line.text for line in rest]) == ([], ["Greeting.", "a", "b\nc", "d"])


def test_unknown_messages_are_on_neither_side_of_a_summary() -> None:
    said = branch(">a", "b", ">c", "d", ">e", at={1: 1, 2: 1, 3: 9, 4: 2})
    covered, rest = split_at_summary(conversation("So.", upto=2, now=2, at=1), said)
    assert [line.text for line in covered] == ["a", "b"]
    assert [line.text for line in rest] == ["d", "e"]


@pytest.mark.parametrize(
    ("place", "start", "now", "at", "before"),
    [
        (99, 500, None, None, True),
        (500, 500, None, None, False),  # it ends among the messages that were read
        (99, 500, 3, 3, True),
        (99, 500, 2, 3, False),  # written at a later point in time
    ],
)
def test_whether_a_summary_ends_before_what_was_read(
    place: int, start: int, now: int | None, at: int | None, before: bool
) -> None:
    [_, last] = branch("Greeting.", ">a", at={2: 1})
    way = BranchPath([], start, None, PositionedMessage(last, place))
    assert ends_before(conversation("So.", upto=2, now=now, at=at), way) is before
    assert not ends_before(conversation("", upto=2, now=now, at=at), way)
    assert not ends_before(conversation("So.", upto=2, now=now, at=at), BranchPath([], start))


def test_a_summary_that_ends_with_what_is_unknown_now_does_not_count() -> None:
    greeting, last = branch("Greeting.", ">a", at={2: 5})
    summed = conversation("So.", upto=2, now=3, at=3)
    assert not ends_before(summed, BranchPath([], 500, None, PositionedMessage(last, 99)))
    assert ends_before(summed, BranchPath([], 500, None, PositionedMessage(greeting, 0)))


def test_a_path_goes_on_from_its_end() -> None:
    [first, second] = branch("Greeting.", ">a")
    path = BranchPath().followed_by(first)
    assert (path.root, list(path.messages)) == (first, [first])
    longer = BranchPath([first], 500, first, PositionedMessage(first, 0)).followed_by(second)
    assert (longer.root, longer.start, longer.summarized) == (
        first,
        500,
        PositionedMessage(first, 0),
    )
    assert list(longer.messages) == [first, second]
