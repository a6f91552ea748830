"""Tokens are counted once a text, in one request where the answer can be taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engines.counting import TokenCounter
from app.engines.openai_payload import Dialect, Tokenizable
from app.engines.port import EngineUnavailableError
from app.engines.tokens import TokenCountCache

pytestmark = pytest.mark.anyio

SEPARATOR = "\x1e"


class Tokenizer:
    """A server whose tokens are characters; several texts are separated as its dialect has it."""

    def __init__(self, *, merges: str = "", separator: list[int] | None = None) -> None:
        """``merges``: two characters that are one token; ``separator``: what U+001E becomes."""
        self.asked: list[Tokenizable] = []
        self._merges = merges
        self._separator = [30] if separator is None else separator

    async def ask(self, content: Tokenizable) -> list[int] | None:
        self.asked.append(content)
        if isinstance(content, str):
            return self._ids(content)
        return [
            id for part in content for id in (self._ids(part) if isinstance(part, str) else [part])
        ]

    def _ids(self, text: str) -> list[int]:
        if self._merges:
            text = text.replace(self._merges, "\x00")
        pieces = [self._separator if each == SEPARATOR else [1_000 + ord(each)] for each in text]
        return [id for piece in pieces for id in piece]


def counter(server: Tokenizer, dialect: Dialect = "vllm") -> TokenCounter:
    return TokenCounter(dialect, server.ask, TokenCountCache())


async def test_one_text_is_asked_for_as_it_is() -> None:
    server = Tokenizer()
    assert await counter(server).count(["你好"]) == [2]
    assert server.asked == ["你好"]


async def test_several_are_sent_in_one_request_after_the_separator_is_known() -> None:
    server = Tokenizer()
    counted = counter(server)
    assert await counted.count(["Good", "day", "三三"]) == [4, 3, 2]
    assert server.asked == [SEPARATOR, f"Good{SEPARATOR}day{SEPARATOR}三三"]
    assert await counted.count(["a", "bc"]) == [1, 2]
    assert len(server.asked) == 3  # the separator is asked for once


async def test_llama_cpp_gets_the_texts_apart() -> None:
    server = Tokenizer()
    assert await counter(server, "llamacpp").count(["Good", "day"]) == [4, 3]
    assert server.asked == [["Good", -1, "day"]]


async def test_a_text_is_asked_for_once_and_the_empty_one_never() -> None:
    server = Tokenizer()
    counted = counter(server)
    assert await counted.count(["ab", "", "ab"]) == [2, 0, 2]
    assert await counted.count(["ab", "abc", ""]) == [2, 3, 0]
    assert server.asked == ["ab", "abc"]
    assert await counted.count([]) == []
    assert await counted.count([""]) == [0]
    assert len(server.asked) == 2


@pytest.mark.parametrize("separator", [[], [30, 31]])
async def test_a_separator_of_no_or_of_two_tokens_separates_nothing(separator: list[int]) -> None:
    server = Tokenizer(separator=separator)
    assert await counter(server).count(["ab", "c"]) == [2, 1]
    assert server.asked == [SEPARATOR, "ab", "c"]


async def test_a_text_with_the_separator_is_counted_apart() -> None:
    server = Tokenizer()
    assert await counter(server).count([f"a{SEPARATOR}b", "c"]) == [3, 1]
    assert server.asked == [SEPARATOR, f"a{SEPARATOR}b", "c"]


async def test_a_separator_that_merges_with_a_text_is_noticed() -> None:
    server = Tokenizer(merges=f"a{SEPARATOR}")
    assert await counter(server).count(["a", "b"]) == [1, 1]
    assert server.asked == [SEPARATOR, f"a{SEPARATOR}b", "a", "b"]


async def test_texts_are_counted_as_they_are_sent_and_remembered_as_they_are() -> None:
    server = Tokenizer()
    counted = TokenCounter(
        "vllm", server.ask, TokenCountCache(), lambda text: text.replace("</s>", "< /s>")
    )
    assert await counted.count(["</s>"]) == [5]
    assert await counted.count(["</s>"]) == [5]
    assert server.asked == ["< /s>"]


async def test_a_few_are_estimated_and_asked_for_when_it_matters() -> None:
    server = Tokenizer()
    counted = counter(server)
    assert await counted.count(["Good day."], rough=3) == [3]  # nine characters, three a token
    assert await counted.count(["三三", "ab"], rough=3) == [2, 1]
    assert server.asked == []
    assert await counted.count(["三三", "abc"], rough=2) == [2, 3]
    assert await counted.count(["Good day."]) == [9]


async def test_what_is_known_is_not_estimated_again() -> None:
    server = Tokenizer()
    counted = counter(server)
    await counted.count(["abcdef"])
    assert await counted.count(["abcdef", "xyz"], rough=1) == [6, 1]


async def test_a_server_without_a_tokenizer_is_asked_no_more() -> None:
    asked = []

    async def ask(content: Tokenizable) -> None:
        asked.append(content)

    counted = TokenCounter("vllm", ask, TokenCountCache())
    assert await counted.count(["Good day.", "你好"]) == [3, 2]
    before = len(asked)
    assert await counted.count(["abc", "defg"]) == [1, 2]
    assert len(asked) == before


async def test_the_servers_failure_is_the_counters_and_nothing_is_remembered() -> None:
    failing = True

    async def ask(content: Tokenizable) -> list[int] | None:
        if failing:
            raise EngineUnavailableError("It is away.")
        return [1] * len(content)

    counted = TokenCounter("vllm", ask, TokenCountCache())
    with pytest.raises(EngineUnavailableError):
        await counted.count(["abc"])
    failing = False
    assert await counted.count(["abc"]) == [3]


@given(st.lists(st.text("ab三\x1e", max_size=4), max_size=6), st.sampled_from(["vllm", "llamacpp"]))
async def test_together_they_have_as_many_as_apart(texts: list[str], dialect: Dialect) -> None:
    assert await counter(Tokenizer(), dialect).count(texts) == list(map(len, texts))
