"""A reply ends where its tokens must be over, even if its engine goes on."""

from hypothesis import given
from hypothesis import strategies as st

from app.engines.metering import ReplyMeter

MANY = 1_000_000


def test_a_reply_within_its_bounds_is_passed_on_as_it_is() -> None:
    meter = ReplyMeter(3, MANY)
    assert [meter.take(piece) for piece in ("Good ", "", "day", "!")] == ["Good ", "", "day", "!"]
    assert not meter.exhausted


def test_pieces_beyond_max_tokens_end_it_once_the_text_is_as_long() -> None:
    meter = ReplyMeter(3, MANY)
    assert [meter.take("三") for _ in range(4)] == ["三", "三", "三", ""]
    assert meter.exhausted
    assert meter.take("三") == ""


def test_a_proxy_that_splits_tokens_ends_nothing_early() -> None:
    meter = ReplyMeter(3, MANY)
    # Nine letters are three tokens by the estimate, in as many pieces as letters.
    assert "".join(meter.take(letter) for letter in "abcdefghijkl") == "abcdefghi"
    assert meter.exhausted


def test_one_piece_has_at_most_sixteen_characters_a_token_and_a_spare() -> None:
    meter = ReplyMeter(2, MANY)
    assert len(meter.take("-" * 5_000)) == 2 * 16 + 256
    assert meter.exhausted


def test_the_settings_bound_the_characters_as_well() -> None:
    meter = ReplyMeter(1_000, 5)
    assert meter.take("abc") == "abc"
    assert not meter.exhausted
    assert meter.take("defg") == "de"
    assert meter.exhausted


def test_a_text_that_fills_its_bound_to_the_last_character_is_not_cut() -> None:
    meter = ReplyMeter(1_000, 5)
    assert meter.take("abcde") == "abcde"
    assert not meter.exhausted


def test_bytes_are_bounded_by_the_tokens_and_a_spare() -> None:
    meter = ReplyMeter(10, MANY)
    bound = 10 * 4_096 + 4_000_000
    assert meter.receive(b"x" * bound)
    assert meter.receive(b"")
    assert not meter.receive(b"x")


@given(st.lists(st.text("a三 ", max_size=40), max_size=60), st.integers(1, 20))
def test_the_reply_is_a_beginning_and_never_longer_than_its_bound(
    pieces: list[str], max_tokens: int
) -> None:
    meter = ReplyMeter(max_tokens, MANY)
    taken = "".join(meter.take(piece) for piece in pieces)
    whole = "".join(pieces)
    assert whole.startswith(taken)
    assert len(taken) <= max_tokens * 16 + 256
    if not meter.exhausted:
        assert taken == whole
