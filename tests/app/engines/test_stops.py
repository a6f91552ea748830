"""Stop strings and whole characters."""

from hypothesis import given
from hypothesis import strategies as st

from app.engines.stops import CharacterJoiner, StopFilter

ALPHABET = "ab\n:："


def reference(text: str, stops: list[str]) -> str:
    """Obvious and slow: cut the whole text at its first stop string."""
    found = [text.index(stop) for stop in stops if stop and stop in text]
    return text[: min(found)] if found else text


@given(
    st.lists(st.text(ALPHABET, max_size=3), max_size=12),
    st.lists(st.text(ALPHABET, max_size=4), max_size=3),
)
def test_cuts_where_the_whole_text_would_be_cut(pieces: list[str], stops: list[str]) -> None:
    stop_filter, shown = StopFilter(stops), ""
    whole = reference("".join(pieces), stops)
    for piece in pieces:
        shown += stop_filter.feed(piece)
        assert whole.startswith(shown)
    shown += stop_filter.flush()
    if stop_filter.stopped:
        # Of overlapping stop strings, the one that is complete first wins.
        assert whole.startswith(shown) or shown.startswith(whole)
        assert not any(stop and stop in shown for stop in stops)
    else:
        assert shown == whole


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
