"""A reply is handed out in pieces, late enough that no phrase has begun to show."""

from hypothesis import given
from hypothesis import strategies as st

from app.moderation.folding import fold
from app.moderation.pieces import Pieces


def parts(text: str, size: int, reach: int) -> tuple[list[str], list[str]]:
    """What was shown piece by piece, and what was pending at each check."""
    pieces, shown, pending = Pieces(reach), [], []
    for start in range(0, len(text), size):
        if pieces.add(text[start : start + size]):
            pending.append(pieces.pending)
            shown.append(pieces.release(over=False))
    shown.append(pieces.release(over=True))
    return shown, pending


def test_the_first_piece_is_the_first_sentence() -> None:
    text = "The lamp burns every night. I trim it myself at ten, and nobody else does."
    shown, _ = parts(text, 1, 0)
    assert shown[0] == "The lamp burns every night."
    assert "".join(shown) == text


def test_chinese_sentences_end_without_a_space() -> None:
    text = "这盏灯每天晚上都会亮着，由我亲自照看，从来没有例外过。你要不要上来看一看海？"
    shown, _ = parts(text, 1, 0)
    assert shown[0] == "这盏灯每天晚上都会亮着，由我亲自照看，从来没有例外过。"


def test_a_text_without_any_end_is_handed_out_all_the_same() -> None:
    shown, pending = parts("x" * 3_000, 7, 10)
    assert len(shown) > 4
    assert max(map(len, pending)) < 900
    assert len(shown) < 30


@given(
    text=st.text(alphabet="ab .。\u200b炸Ａ\n", max_size=400),
    size=st.integers(1, 40),
    reach=st.integers(0, 30),
)
def test_what_is_shown_stays_behind_what_is_known(text: str, size: int, reach: int) -> None:
    pieces, known = Pieces(reach), ""
    for start in range(0, len(text), size):
        known += text[start : start + size]
        if pieces.add(text[start : start + size]):
            piece = pieces.release(over=False)
            assert known == pieces.shown + pieces.pending
            if piece and reach:
                assert len(fold(pieces.pending)) >= reach
    pieces.release(over=True)
    assert pieces.shown == text


def test_a_flood_of_invisible_characters_is_not_checked_at_every_one_of_them() -> None:
    pieces, checks = Pieces(20), 0
    for _ in range(4_000):
        if pieces.add("\u200b"):
            checks += 1
            assert pieces.release(over=False) == ""
    assert 2 <= checks <= 15
    assert pieces.release(over=True) == "\u200b" * 4_000
