"""The fast tokenizer gives SentencePiece's ids, and Index's chats their form."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.tools.conversion.converter import convert_index
from tests.app.tools.conversion.checkpoints import random_weights, train_tokenizer, write_checkpoint

TEXTS = [
    "你好，我是三三，今天天气真好！",
    "The robot and the cat are singing.",
    "  two  spaces \n\n newlines\ttabs ",
    "😀👩‍🚀🇨🇳 emoji，全角：半角:",
    "𠮷野家 nbsp\u00a0zero\u200bwidth \ufeff",
    "",
]
KINDS: dict[str, dict[str, Any]] = {
    "bpe": {},
    "unigram": {},
    "bpe, nfkc": {"normalization_rule_name": "nmt_nfkc", "remove_extra_whitespaces": True},
    "bpe, own symbols": {"user_defined_symbols": ["<think>", "▁▁"]},
}
PIECES = [
    "三三",
    "哈",
    "哈哈",
    "ab",
    "aba",
    "ba",
    "the",
    " ",
    "  ",
    "\n",
    "😀",
    "<0x41>",
    "▁",
    "Ａ",
]
NOT_TEXT = ("<unk>", "<s>", "</s>", "reserved_")
"""Spelled out, these are tokens here and characters to SentencePiece: a test of their own."""
SOME_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
).filter(lambda text: not any(token in text for token in NOT_TEXT))


class Pair:
    """The same tokenizer twice: as converted, and as SentencePiece runs it."""

    def __init__(self, directory: Path, model: bytes, kind: str = "bpe") -> None:
        import sentencepiece
        from transformers import AutoTokenizer

        self.kind = kind
        source = write_checkpoint(directory / "index", model, random_weights())
        convert_index(source, directory / "llama")
        self.fast: Any = AutoTokenizer.from_pretrained(directory / "llama")
        self.reference: Any = sentencepiece.SentencePieceProcessor(model_proto=model)


@pytest.fixture(scope="module", params=KINDS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    kind: str = request.param
    model = train_tokenizer(kind.partition(",")[0], **KINDS[kind])
    return Pair(tmp_path_factory.mktemp("tokenizer"), model, kind)


@pytest.fixture(scope="module")
def bpe(tmp_path_factory: pytest.TempPathFactory, tokenizer_model: bytes) -> Pair:
    return Pair(tmp_path_factory.mktemp("bpe"), tokenizer_model)


@pytest.mark.parametrize("text", TEXTS)
def test_ids_are_sentencepieces(pair: Pair, text: str) -> None:
    ids = pair.fast(text).input_ids
    assert ids == pair.reference.encode(text)
    assert pair.fast.decode(ids) == pair.reference.decode(ids)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(text=SOME_TEXT)
def test_any_text_has_sentencepieces_ids(pair: Pair, text: str) -> None:
    ids, expected = pair.fast(text).input_ids, pair.reference.encode(text)
    if pair.kind == "unigram":  # of paths that score the same, either is right
        assume("<0x" not in text)
        score = pair.reference.get_score
        assert sum(map(score, ids)) == pytest.approx(sum(map(score, expected)), rel=1e-6)
    else:
        assert ids == expected
    assert pair.fast.decode(ids) == pair.reference.decode(expected)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(text=SOME_TEXT.filter(lambda text: "▁" not in text))
def test_any_text_comes_back(bpe: Pair, text: str) -> None:
    assert bpe.fast.decode(bpe.fast(text).input_ids) == text


def test_control_tokens_are_one_id_each(bpe: Pair) -> None:
    text = "<unk>你是三三reserved_0你好 reserved_1the cat</s>"
    ids = bpe.fast(text).input_ids
    spell = bpe.reference.encode
    assert ids == [0, *spell("你是三三"), 3, *spell("你好 "), 4, *spell("the cat"), 2]
    assert bpe.fast.decode(ids) == text
    assert bpe.fast.decode(ids, skip_special_tokens=True) == "你是三三你好 the cat"


def test_control_pieces_index_does_not_use_are_plain_text(bpe: Pair) -> None:
    ids = bpe.fast("reserved_2").input_ids
    assert bpe.reference.piece_to_id("reserved_2") == 5
    assert ids == bpe.reference.encode("reserved_2")
    assert 5 not in ids


def test_tokens_are_known_by_their_roles(bpe: Pair) -> None:
    fast = bpe.fast
    assert (fast.unk_token_id, fast.bos_token_id, fast.eos_token_id, fast.pad_token_id) == (
        (0, 1, 2, 2)
    )
    assert fast.convert_tokens_to_ids(["reserved_0", "reserved_1"]) == [3, 4]
    assert fast.is_fast
    assert fast.model_max_length == 128


def test_a_chat_has_the_documented_form(bpe: Pair) -> None:
    messages = [
        {"role": "system", "content": "你是三三。"},
        {"role": "user", "content": "你好\n"},
        {"role": "assistant", "content": " 喵"},
        {"role": "user", "content": "再见"},
    ]
    text = "<unk>你是三三。reserved_0你好\nreserved_1 喵reserved_0再见"
    render = bpe.fast.apply_chat_template
    assert render(messages, tokenize=False) == text
    assert render(messages, tokenize=False, add_generation_prompt=True) == text + "reserved_1"
    ids = render(messages, add_generation_prompt=True, return_dict=False)
    assert (ids[0], ids[-1], ids.count(3), ids.count(4)) == (0, 4, 2, 2)


def test_a_role_index_does_not_know_is_refused(bpe: Pair) -> None:
    with pytest.raises(Exception, match="system, user and assistant"):
        bpe.fast.apply_chat_template([{"role": "tool", "content": "42"}], tokenize=False)


def test_texts_begin_with_a_token_where_the_checkpoint_says_so(
    tmp_path: Path, tokenizer_model: bytes
) -> None:
    from transformers import AutoTokenizer

    source = write_checkpoint(tmp_path / "index", tokenizer_model, random_weights())
    (source / "tokenizer_config.json").write_text('{"add_bos_token": true, "add_eos_token": true}')
    convert_index(source, tmp_path / "llama")
    fast = AutoTokenizer.from_pretrained(tmp_path / "llama")
    inner = fast("你好", add_special_tokens=False).input_ids
    assert fast("你好").input_ids == [1, *inner, 2]
