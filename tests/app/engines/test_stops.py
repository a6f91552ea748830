"""Stop strings and whole characters."""

from hypothesis import example, given
from hypothesis import strategies as st

from app.engines.stops import CharacterJoiner, StopFilter

ALPHABET = "ab\n:："


def reference(text: str, stops: list[str]) -> str:
    """Obvious and slow: add letters one by one, until the text ends with a stop string."""
    for end in range(1, len(text) + 1):
        ends = [stop for stop in stops if stop and text[:end].endswith(stop)]
        if ends:
            return text[: end - max(map(len, ends))]
    return text


@given(
    st.lists(st.text(ALPHABET, max_size=3), max_size=12),
    st.lists(st.text(ALPHABET, max_size=4), max_size=3),
)
@example(["a", "b", "a"], ["b", "aba"])
def test_cuts_where_an_engine_would_stop(pieces: list[str], stops: list[str]) -> None:
    stop_filter, shown = StopFilter(stops), ""
    whole = reference("".join(pieces), stops)
    for piece in pieces:
        shown += stop_filter.feed(piece)
        assert whole.startswith(shown)
    assert shown + stop_filter.flush() == whole


def test_holds_back_a_beginning_only() -> None:
    stop_filter = StopFilter(["\nuser：", "\nuser:"])
    assert stop_filter.feed("好\nus") == "好"
    assert stop_filter.feed("ually ") == "\nusually "
    assert stop_filter.feed("\nuser") == ""
    assert stop_filter.feed("：再说") == ""
    assert stop_filter.stopped
    assert stop_filter.feed("more") == ""
    assert stop_filter.flush() == ""


def test_what_was_held_is_text_at_the_end() -> None:
    stop_filter = StopFilter(["\nuser:"])
    assert stop_filter.feed("bye\nus") == "bye"
    assert stop_filter.flush() == "\nus"


def test_joins_surrogate_halves() -> None:
    joiner = CharacterJoiner()
    assert joiner.feed("a\ud83c") == "a"
    assert joiner.feed("\udfad!") == "🎭!"
    assert joiner.feed("\ud83c") == ""
    assert joiner.flush() == "\ufffd"
    assert joiner.flush() == ""
