"""The control tokens of a model's file, which may be any file at all."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engines.gguf import GgufError, read_control_tokens

UINT8, INT32, FLOAT32, BOOL, STRING, ARRAY, UINT64 = 0, 5, 6, 7, 8, 9, 10
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
TOKENS, TYPES = "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"


def text(value: str | bytes) -> bytes:
    """A string as GGUF has it: its length in 64 bits, and its bytes."""
    encoded = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(encoded)) + encoded


def pair(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def array(kind: int, count: int, items: bytes) -> bytes:
    return struct.pack("<IQ", kind, count) + items


def tokens(*listed: str | bytes) -> bytes:
    return pair(TOKENS, ARRAY, array(STRING, len(listed), b"".join(map(text, listed))))


def types(*listed: int) -> bytes:
    items = struct.pack(f"<{len(listed)}i", *listed)
    return pair(TYPES, ARRAY, array(INT32, len(listed), items))


def gguf(*pairs: bytes, version: int = 3, keys: int | None = None) -> bytes:
    """A file without tensors."""
    count = len(pairs) if keys is None else keys
    return b"GGUF" + struct.pack("<IQQ", version, 0, count) + b"".join(pairs)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.gguf"


def test_control_tokens_and_marked_ones_of_the_model_count(path: Path) -> None:
    path.write_bytes(
        gguf(
            tokens("三", "<unk>", "<|end|>", "[img]", "    ", "hello", "<unused>", "<0x0A>"),
            types(NORMAL, UNKNOWN, CONTROL, USER_DEFINED, USER_DEFINED, USER_DEFINED, UNUSED, BYTE),
        )
    )
    assert read_control_tokens(path) == {"<unk>", "<|end|>", "[img]"}


@pytest.mark.parametrize("version", [2, 3])
def test_values_of_every_other_type_are_passed_over(path: Path, version: int) -> None:
    path.write_bytes(
        gguf(
            pair("general.architecture", STRING, text("llama")),
            pair("general.file_type", UINT8, b"\x07"),
            pair("general.size", UINT64, struct.pack("<Q", 2**40)),
            pair("rope.freq_base", FLOAT32, struct.pack("<f", 10_000.0)),
            pair("tokenizer.ggml.add_bos_token", BOOL, b"\x01"),
            pair("tokenizer.ggml.merges", ARRAY, array(STRING, 2, text("a b") + text("三 三"))),
            pair("tokenizer.ggml.scores", ARRAY, array(FLOAT32, 2, struct.pack("<2f", 0, 1))),
            types(CONTROL, NORMAL),
            tokens("</s>", "a"),
            version=version,
        )
    )
    assert read_control_tokens(path) == {"</s>"}


def test_nothing_is_read_behind_the_vocabulary(path: Path) -> None:
    path.write_bytes(gguf(tokens("</s>"), types(CONTROL), b"\xff" * 100))
    assert read_control_tokens(path) == {"</s>"}


def test_bytes_that_are_no_text_are_marked(path: Path) -> None:
    path.write_bytes(gguf(tokens(b"<\xff>"), types(CONTROL)))
    assert read_control_tokens(path) == {"<\ufffd>"}


@pytest.mark.parametrize(
    "pairs", [(), (tokens("</s>"),), (types(CONTROL),), (tokens(), types())], ids=str
)
def test_a_file_without_a_whole_vocabulary_names_none(path: Path, pairs: tuple[bytes]) -> None:
    path.write_bytes(gguf(*pairs))
    assert read_control_tokens(path) == frozenset()


def test_tokens_without_a_type_are_not_control_tokens(path: Path) -> None:
    path.write_bytes(gguf(tokens("<a>", "<b>"), types(CONTROL)))
    assert read_control_tokens(path) == {"<a>"}


MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "another file": b"PK\x03\x04" + b"\x00" * 100,
    "a magic alone": b"GGUF",
    "version 1": gguf(tokens("</s>"), types(CONTROL), version=1),
    "version 4": gguf(tokens("</s>"), types(CONTROL), version=4),
    "the other byte order": b"GGUF" + struct.pack(">IQQ", 3, 0, 1),
    "too many keys": gguf(keys=10_001),
    "fewer keys than said": gguf(tokens("</s>"), keys=2),
    "a key that is no text": gguf(text(b"\xff") + struct.pack("<I", UINT8) + b"\x00"),
    "a key of 2^63 bytes": gguf(struct.pack("<Q", 2**63), keys=1),
    "a value of an unknown type": gguf(pair("a", 13, b"\x00" * 16)),
    "a list of an unknown type": gguf(pair("a", ARRAY, array(99, 1, b"\x00" * 16))),
    "a list of lists": gguf(pair("a", ARRAY, array(ARRAY, 1, array(UINT8, 1, b"\x00")))),
    "a list of 2^62 numbers": gguf(pair("a", ARRAY, array(UINT8, 2**62, b""))),
    "a list of 2^62 texts": gguf(pair("a", ARRAY, array(STRING, 2**62, b""))),
    "a list of texts, cut off": gguf(pair("a", ARRAY, array(STRING, 4_000_000, text("a")))),
    "tokens that are one text": gguf(pair(TOKENS, STRING, text("</s>"))),
    "tokens that are numbers": gguf(pair(TOKENS, ARRAY, array(INT32, 1, b"\x00" * 4))),
    "2^62 tokens": gguf(pair(TOKENS, ARRAY, array(STRING, 2**62, b""))),
    "four million tokens, cut off": gguf(pair(TOKENS, ARRAY, array(STRING, 4_000_000, b""))),
    "a token of 2^40 bytes": gguf(pair(TOKENS, ARRAY, array(STRING, 1, struct.pack("<Q", 2**40)))),
    "types that are texts": gguf(pair(TYPES, ARRAY, array(STRING, 1, text("3")))),
    "types that are one number": gguf(pair(TYPES, INT32, b"\x03\x00\x00\x00")),
    "types, cut off": gguf(pair(TYPES, ARRAY, array(INT32, 2, b"\x03\x00\x00\x00"))),
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_file_of_another_form_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(GgufError):
        read_control_tokens(path)


WHOLE = gguf(
    pair("general.name", STRING, text("三三")),
    tokens("<unk>", "a", "<|end|>"),
    types(UNKNOWN, NORMAL, CONTROL),
)


def test_a_file_that_breaks_off_anywhere_is_refused(path: Path) -> None:
    path.write_bytes(WHOLE)
    assert read_control_tokens(path) == {"<unk>", "<|end|>"}
    for end in range(len(WHOLE)):
        path.write_bytes(WHOLE[:end])
        with pytest.raises(GgufError):
            read_control_tokens(path)


def test_a_token_that_breaks_off_is_refused_where_nothing_follows(path: Path) -> None:
    whole = gguf(types(CONTROL), tokens("<|end|>"))
    path.write_bytes(whole[:-3])  # "<|en" is no token of the model
    with pytest.raises(GgufError):
        read_control_tokens(path)


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_changed_byte_yields_tokens_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed.gguf"
    path.write_bytes(WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :])
    try:
        found = read_control_tokens(path)
    except GgufError:
        return
    assert all(isinstance(each, str) for each in found)


def test_a_missing_file_is_the_systems_own_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_control_tokens(tmp_path / "none.gguf")
