"""Hold the words that this house avoids out of docstrings, comments and names."""

import ast
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

GONE = re.compile(
    r"told|tells|nobody|somebody|anybody|everybody|whoever|glimpses?|mends?|mended|mending|shelf"
    r"|moments?|witness|testimony|vectorary|lately|errand|troubles?|things?|ways?",
    re.IGNORECASE,
)
"""Words of names that standard terms have replaced; docs/glossary.md has those."""
GONE_NAMES = frozenset(
    {
        "KeyEmbedder",
        "LeftDep",
        "SpeakerPart",
        "UsedExample",
        "be_nice",
        "before_gone",
        "begin_aside",
        "embed_beside",
        "go_on",
        "goes_on",
        "is_place",
        "let_go",
        "on_place",
        "used_in",
    }
)
"""Whole names whose words also have good uses."""
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
REFERENCE = re.compile(
    r":(?:mod|class|func|meth|attr|data|exc):`~?((?:app|characters|retrieval)\.[^`]+)`"
)


def names(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, name) of every identifier of a file."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type == tokenize.NAME:
            yield token.start[0], token.string


def is_gone(name: str) -> bool:
    """Return whether a name was replaced, or has a word that was."""
    return name in GONE_NAMES or any(map(GONE.fullmatch, WORD.findall(name)))


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of every comment and docstring of a file."""
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        starts = before in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and starts):
            yield token.start[0], re.sub(r"``.*?``|:\w+:`.*?`", "", token.string, flags=re.DOTALL)
        if token.type not in {tokenize.NL, tokenize.COMMENT}:
            before = token.type


def definitions(path: Path) -> Iterator[str]:
    """Yield the dotted names that references may have into a file."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    yield module
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.ClassDef(name=name, body=body):
                yield f"{module}.{name}"
                for each in ast.walk(ast.Module(body, [])):
                    yield from (f"{module}.{name}.{own}" for own in defined(each))
            case ast.ImportFrom(names=imported):
                yield from (f"{module}.{each.asname or each.name}" for each in imported)
            case _:
                yield from (f"{module}.{name}" for name in defined(node))


def defined(node: ast.AST) -> list[str]:
    """Return the names that a statement defines, an attribute of ``self`` among them."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [name]
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            return [name]
    return []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_plain_words(path: Path) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {match[0]}"
        for line, text in prose(path)
        for match in AVOIDED.finditer(text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_of_the_field(path: Path) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}" for line, name in names(path) if is_gone(name)
    ]
    assert not found, "\n".join(found)


def test_references_lead_somewhere() -> None:
    known = {name for path in FILES for name in definitions(path)}
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        for name in REFERENCE.findall(path.read_text("utf-8"))
        if "".join(name.split()) not in known
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", ["begin_mending", "Told", "GLIMPSE_LINES", "oneWay", "let_go"])
def test_homemade_names_are_recognised(name: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(f"def f() -> None:\n    {name} = 1\n", encoding="utf-8")
    [(_, found)] = [each for each in names(tmp_path / "module.py") if each[0] == 2]
    assert is_gone(found)
