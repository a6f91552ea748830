"""Hold the words that this house avoids out of docstrings and comments."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(
    path
    for package in ("app", "characters", "retrieval")
    for path in (ROOT / package).rglob("*.py")
)
AVOIDED = re.compile(
    r"\b(nobody|somebody|whoever|tells?|told|telling|those that|of which|what is there"
    r"|what there is)\b",
    re.IGNORECASE,
)
"""Write the noun: the caller, the engine, the lines before; return, report, show, distinguish."""


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of every comment and docstring of a file."""
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        starts = before in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and starts):
            yield token.start[0], re.sub(r"``.*?``|:\w+:`.*?`", "", token.string, flags=re.DOTALL)
        if token.type not in {tokenize.NL, tokenize.COMMENT}:
            before = token.type


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_plain_words(path: Path) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {match[0]}"
        for line, text in prose(path)
        for match in AVOIDED.finditer(text)
    ]
    assert not found, "\n".join(found)
