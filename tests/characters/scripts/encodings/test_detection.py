import codecs
import re
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.errors import ScriptError
from characters.scripts import rows
from characters.scripts.encodings import decoding
from characters.scripts.encodings.detection import detect_encoding
from characters.scripts.encodings.marking import MARK, make_decoder
from characters.scripts.model import Rejection
from tests.characters.scripts.reading import open_script, rendered, split

CHINESE = (
    "三三：你是不是又把服务器弄坏了？\n"
    "二二：没有啊，我只是按了一下这个按键。\n"
    "三三：姐姐，你看我的眼睛。\n"
)
TRADITIONAL = (
    "三三：你是不是又把伺服器弄壞了？我來看看這個。\n二二：沒有啊，我們說好了的，對不對？\n"
)
JAPANESE = "三三：サーバーをまた壊したのですか？\n二二：いいえ、このボタンを押しただけです。\n"
KOREAN = (
    "삼삼: 서버를 또 고장 냈어요? 정말 믿을 수가 없네요.\n"
    "이이: 아니요, 이 버튼을 눌렀을 뿐이에요.\n"
)
RUSSIAN = (
    "Анна: Ты опять сломала сервер? Я же просила тебя.\nМария: Нет, я только нажала на кнопку.\n"
)
FRENCH = (
    "Zoé: Tu as encore cassé le serveur, n'est-ce pas?\n"
    "René: Non, j'ai juste appuyé là, très légèrement.\n"
)


def detect(data: bytes, encoding: str | None = None) -> tuple[str, float]:
    found = detect_encoding(BytesIO(data), encoding)
    return found.name, found.confidence


def refuse(data: bytes, encoding: str | None = None) -> ScriptError:
    with pytest.raises(ScriptError) as refused:
        detect_encoding(BytesIO(data), encoding)
    return refused.value


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("gb2312", "gb18030"),
    ],
)
def test_chinese_files_are_read_in_every_usual_encoding(codec: str, name: str) -> None:
    reading = open_script(CHINESE.encode(codec))
    scenes, rejections = split(list(reading))
    assert (reading.encoding, rejections) == (name, [])
    assert reading.confidence > 0.9
    assert rendered(scenes) == [CHINESE.splitlines()]


def test_big_endian_utf_16_and_traditional_gb18030() -> None:
    assert detect(codecs.BOM_UTF16_BE + CHINESE.encode("utf-16-be")) == ("utf-16", 1.0)
    assert detect(TRADITIONAL.encode("gb18030"))[0] == "gb18030"


def test_a_few_words_of_chinese_are_enough() -> None:
    assert detect("喂：喂\n".encode("gb18030"))[0] == "gb18030"


def test_ascii_is_utf_8() -> None:
    assert detect(b"A: hello\n") == ("utf-8", 1.0)


def test_replacement_characters_that_a_file_has_are_no_damage() -> None:
    lost = "Mabel: All of it\ufffd\nTom: Only the front.\n"  # another program lost something
    assert detect(lost.encode()) == ("utf-8", 1.0)


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
def test_characters_may_straddle_chunks(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "CHUNK_BYTES", chunk)
    monkeypatch.setattr(rows, "CHUNK_BYTES", chunk)
    assert detect(CHINESE.encode()) == ("utf-8", 1.0)
    data = CHINESE.encode("gb18030")
    (doubt,) = doubts(data[:-1] + b"\xff\n")
    assert (doubt.row, doubt.code) == (3, "undecodable_bytes")
    assert f"byte {len(data) - 1:,} " in doubt.reason


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        ("老周：茶凉了，再给你续一杯。\n小禾：不用了，我坐一会儿就走。\n", "gbk", "gb18030"),
        ("老周：茶涼了，再給你續一杯。\n小禾：不用了，我坐一會兒就走。\n", "big5", "big5"),
        ("老周：茶涼了，再給你續一杯。\n小禾：不用了，我坐一會兒就走。\n", "gbk", "gb18030"),
        ("阿嬤：船幾點開？\n", "big5", "big5"),
        (TRADITIONAL, "big5", "big5"),
        (JAPANESE, "shift_jis", "shift_jis"),
        ("先生：①番の席へ。\n生徒：はい、すぐに行きます。\n", "cp932", "cp932"),
        ("先生：では、始めます。\n生徒：はい。\n", "shift_jis", "shift_jis"),
        ("先生：では、始めます。\n生徒：はい。\n", "euc_jp", "euc_jp"),
        (KOREAN, "euc_kr", "euc_kr"),
        (RUSSIAN, "cp1251", "cp1251"),
        (FRENCH, "cp1252", "cp1252"),
        ("Zoé: Déjà là?\n", "latin-1", "cp1252"),
        ("Anna: It’s late — go home.\nBen: “No,” he said.\n", "cp1252", "cp1252"),
        (CHINESE, "utf-16-le", "utf-16-le"),
        (JAPANESE, "utf-16-be", "utf-16-be"),
        (FRENCH, "utf-16-le", "utf-16-le"),
        ("Anna: hello\n", "utf-16-be", "utf-16-be"),
    ],
)
def test_a_few_words_tell_their_encoding(text: str, codec: str, name: str) -> None:
    reading = open_script(text.encode(codec))
    scenes, rejections = split(list(reading))
    assert (reading.encoding, rejections) == (name, [])
    assert rendered(scenes) == [text.splitlines()]
    assert 0.7 < reading.confidence <= 1


@pytest.mark.parametrize("named", ["latin-1", "cp1252", "gb18030", "big5", "shift_jis", "euc_kr"])
def test_a_file_of_ascii_supports_every_encoding_that_contains_it(named: str) -> None:
    reading = open_script(b"Anna: Hello.\nBen: Good morning.\n", encoding=named)
    assert rendered(split(list(reading))[0]) == [["Anna: Hello.", "Ben: Good morning."]]
    assert reading.confidence == 1


def test_the_fewer_the_characters_the_less_sure() -> None:
    _, two = detect("喂：喂\n".encode("gb18030"))
    _, many = detect(CHINESE.encode("gb18030"))
    assert 0 < two < many < 1.001


def doubts(data: bytes, encoding: str | None = None) -> list[Rejection]:
    _, rejections = split(list(open_script(data, format="text", encoding=encoding)))
    return rejections


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize("named", [True, False])
def test_damage_is_read_around_and_each_place_reported(codec: str, named: bool) -> None:
    data = (CHINESE * 30).encode(codec)
    first = data.index(b"\n", len(data) // 2) + 1
    broken = data[:first] + b"\xff" + data[first:] + b"\xff\xff: x\n"
    reading = open_script(broken, format="text", encoding=codec if named else None)
    scenes, rejections = split(list(reading))
    assert reading.encoding == codec
    assert reading.confidence < 1
    row = data[:first].count(b"\n") + 1
    last = len(data) + 1
    assert [(doubt.row, doubt.code, doubt.rows) for doubt in rejections] == [
        (row, "undecodable_bytes", 0),
        (91, "undecodable_bytes", 0),
    ]
    assert f"byte {first:,} " in rejections[0].reason
    assert f"bytes {last:,} to {last + 1:,} " in rejections[1].reason
    assert (rejections[0].text[0], rejections[1].text) == ("\ufffd", "\ufffd: x")
    lines = {line.row: line for scene in scenes for line in scene.lines}
    assert len(lines) == 91
    assert "\ufffd" in lines[row].speaker


def test_a_character_where_the_looked_at_part_ends_is_no_damage() -> None:
    for length in range(16_370, 16_386):
        assert detect(("A: " + "x" * length + "好" + "y" * 100).encode()) == ("utf-8", 1.0)


def test_a_file_cut_off_inside_a_character_is_read() -> None:
    data = (CHINESE * 5).encode()[:-3]
    (doubt,) = doubts(data)
    assert (doubt.row, doubt.code) == (15, "undecodable_bytes")


def test_damage_late_in_a_long_row_is_shown() -> None:
    data = ("三三：" + "好" * 1_000).encode() + b"\xff" + "呀\n".encode()
    (doubt,) = doubts(data)
    assert "\ufffd呀" in doubt.text
    assert len(doubt.text) <= 200


def test_a_slip_is_read_where_the_encoding_was_named() -> None:
    data = b"Anna: It is late.\n" * 200 + b"Ben: caf\xe9\r\n"
    (doubt,) = doubts(data, "utf-8")
    assert (doubt.row, doubt.text) == (201, "Ben: caf\ufffd")
    assert doubts(data) == []


def test_what_does_not_decode_is_located_and_what_would_work_is_named() -> None:
    data = "三三：好\r\n二二：嗯\r\n".encode("gb18030")
    error = refuse(data, "utf-8")
    assert (error.code, error.detail) == (
        "wrong_encoding",
        {"byte": 0, "row": 1, "suggestion": "gb18030"},
    )
    late = b"A: one\rA: two\rA: " + CHINESE.encode("gb18030")
    error = refuse(late, "utf-8")
    assert (error.detail["byte"], error.detail["row"]) == (17, 3)
    assert "byte 17 (row 3)" in str(error)
    assert refuse(CHINESE.encode("utf-8") + b"a", "utf-16").detail["suggestion"] == "utf-8"


def test_a_file_in_two_encodings_is_refused_where_it_changes() -> None:
    data = CHINESE.encode() + CHINESE.encode("gb18030")
    error = refuse(data)
    assert (error.code, error.detail["suggestion"]) == ("wrong_encoding", None)
    assert (error.detail["byte"], error.detail["row"]) == (len(CHINESE.encode()), 4)


@given(
    st.binary(max_size=300), st.sampled_from(["utf-8", "gb18030", "big5", "shift_jis", "utf-16-le"])
)
def test_any_bytes_are_read_as_python_reads_them(data: bytes, name: str) -> None:
    decoder, damage = make_decoder(name)
    text = decoder.decode(data, final=True)
    expected = re.sub("\r\n?", "\n", data.decode(name, "replace"))
    assert re.sub("\ufffd+", "\ufffd", text.replace(MARK, "\ufffd")) == re.sub(
        "\ufffd+", "\ufffd", expected
    )
    assert text.count(MARK) == len(damage)
    for place in damage:
        with pytest.raises(UnicodeDecodeError):
            data[place.byte : place.byte + place.size].decode(name)


def test_the_named_encoding_wins_over_detection() -> None:
    name, confidence = detect(CHINESE.encode("utf-8"), "cp437")
    assert name == "cp437"
    assert confidence < 1
    assert detect(CHINESE.encode("utf-8"), "UTF8") == ("utf-8", 1.0)
    assert detect(CHINESE.encode("utf-16-le"), "utf-16-le")[0] == "utf-16-le"


@pytest.mark.parametrize(
    "name", ["klingon", "", "hex", "rot13", "unicode_escape", "idna", "../x", "a\0b"]
)
def test_unknown_encodings(name: str) -> None:
    assert refuse(b"A: hello", name).code == "unknown_encoding"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG picture"),
        (b"PK\x03\x04\x14\0\0\0", "ZIP archive"),
        (b"%PDF-1.7\n", "PDF document"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG picture"),
        (b"\0\0\0 ftypisom", "MP4"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "WAV recording"),
        (bytes(range(256)) * 4, "binary file"),
    ],
)
@pytest.mark.parametrize("encoding", [None, "utf-8"])
def test_binary_files_are_named(data: bytes, kind: str, encoding: str | None) -> None:
    error = refuse(data, encoding)
    if encoding and kind == "binary file":
        assert error.code == "wrong_encoding"
    else:
        assert (error.code, kind in str(error)) == ("binary_file", True)


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_utf_16_that_is_named_needs_no_mark(name: str) -> None:
    assert detect(CHINESE.encode(name), "utf-16")[0] == name


def test_what_is_not_utf_16_though_it_was_named() -> None:
    assert refuse(b"\x00\xd8a\xd8\n", "utf-16").code == "wrong_encoding"


@pytest.mark.parametrize(
    "data", [b"", b" \r\n\t\n", "\u3000\n".encode(), codecs.BOM_UTF8, codecs.BOM_UTF16_LE]
)
def test_empty_files(data: bytes) -> None:
    assert refuse(data).code == "empty_file"


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("speaker,line\nAnna,hello\n\0", "utf-8"),
        (CHINESE + "\0", "utf-8"),
        (CHINESE + "\0", "gb18030"),
        (FRENCH + "\0a", "cp1252"),
    ],
)
def test_a_stray_nul_does_not_make_a_file_utf_16(text: str, codec: str) -> None:
    assert detect(text.encode(codec))[0] == codec


def test_a_stray_nul_does_not_make_a_file_binary() -> None:
    scenes, rejections = split(list(open_script(b"A: one\nA: \0\nB: two\n", format="text")))
    assert rendered(scenes) == [["A: one", "B: two"]]
    assert [(rejection.row, rejection.code) for rejection in rejections] == [
        (2, "control_character")
    ]


@given(
    st.text(
        st.characters(exclude_categories=("Cs", "Cc", "Co"), exclude_characters="\ufeff"),
        min_size=1,
    ).filter(lambda text: bool(text.strip())),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gb18030", "utf-32"]),
)
def test_any_text_comes_back_from_the_encoding_that_was_named(text: str, name: str) -> None:
    said = f"x {text.strip()}"  # quotation marks around all of it would be left out
    reading = open_script(f"A:{said}".encode(name), format="text", encoding=name)
    scenes, _ = split(list(reading))
    assert scenes[0].lines[0].text == said
