"""Every view loads the sentences that its modules say."""

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

import app.web

SCRIPTS = Path(app.web.__file__).parent / "static/js"
_COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
_NOW = re.compile(r'^(?:import|export)\b[^;"]*?"(\.{1,2}/[^"]+)"', re.MULTILINE)
_LATER = re.compile(r'\bimport\("(\.[^"]+)"\)')
_KEY = re.compile(r'^  "?([\w.-]+)"?:(?: |$)', re.MULTILINE)
_QUOTED = re.compile(r'"([\w.-]+)"')
_OTHERS = {"error.", "role."}
"""Groups of which no page needs all: an error without a sentence is told in the server's own words,
and people have other roles than those who are in a scene."""
_GROUP = re.compile(r"`([a-z_]+[._][a-z_.]*)\$\{[^}]*\}([a-z_.]*)`")


def code_of(module: str) -> str:
    return _COMMENT.sub("", (SCRIPTS / module).read_text(encoding="utf-8"))


def targets(module: str, kind: re.Pattern[str]) -> list[str]:
    return [normpath(join(dirname(module), each)) for each in kind.findall(code_of(module))]


def together(*entries: str) -> set[str]:
    """The modules that come with these, those of sentences left out."""
    found: set[str] = set()
    waiting = list(entries)
    while waiting:
        module = waiting.pop()
        if module not in found and not is_dictionary(module):
            found.add(module)
            waiting.extend(targets(module, _NOW))
    return found


def is_dictionary(module: str) -> bool:
    return re.search(r"(?:^|[/-])(?:en|zh)\.js$", module) is not None


def keys_in(dictionary: str) -> set[str]:
    parts = [dictionary, *targets(dictionary, _NOW)]
    return {key for part in parts for key in _KEY.findall(code_of(part))}


def known(modules: set[str], language: str) -> set[str]:
    """The sentences that these modules load: all begin with those of the first view."""
    found = {each for module in modules for each in targets(module, _LATER)}
    wanted = {each for each in found if each.endswith(f"{language}.js")} | {f"{language}.js"}
    return set().union(*(keys_in(each) for each in wanted if is_dictionary(each)))


def said(modules: set[str], every: set[str]) -> set[str]:
    """The keys that these modules name, whole or by the beginning of a group's name."""
    found: set[str] = set()
    for module in modules:
        code = code_of(module)
        found.update(key for key in _QUOTED.findall(code) if "." in key and key in every)
        for start, end in _GROUP.findall(code):
            if start not in _OTHERS:
                found.update(key for key in every if key.startswith(start) and key.endswith(end))
    return found


def every_key() -> set[str]:
    return set().union(
        *(keys_in(str(each.relative_to(SCRIPTS))) for each in SCRIPTS.rglob("*en.js"))
    )


def pages() -> Iterator[tuple[str, set[str]]]:
    """The first view, each further one, and the pages that load everything at once."""
    yield "the first view", together("main.js", "views/gallery.js") - {"views/sentences.js"}
    for view in targets("main.js", _LATER):
        if view != "views/gallery.js":
            yield view, together("main.js", view)
    yield "admin.js", together("admin.js")
    yield "docs.js", together("docs.js")


@pytest.mark.parametrize(("page", "modules"), [pytest.param(*each, id=each[0]) for each in pages()])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_knows_what_it_says(page: str, modules: set[str], language: str) -> None:
    every = every_key()
    assert len(every) > 1_000
    assert sorted(said(modules, every) - known(modules, language)) == []
