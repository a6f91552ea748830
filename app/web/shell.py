"""Find the files that the pages need to start, for the worker that keeps them.

They are read from the pages: the files that ``index.html`` names, and the modules that those
import, at once or later.
"""

import re
from collections.abc import Callable, Iterator
from posixpath import dirname, join, normpath

_PAGE = "index.html"
_IN_HTML = re.compile(r'(?:src|href)="/static/([^"]+)"')
_IN_JS = re.compile(r'^(?:import|export)\b[^;"]*?"(\.[^"]+)"|\bimport\("(\.[^"]+)"\)', re.MULTILINE)


def shell_files(text_of: Callable[[str], str]) -> list[str]:
    """Return the names of the files under ``/static/``, sorted; ``text_of`` returns a file's text.

    Images are not read.
    """
    found: set[str] = set()
    waiting = [*_IN_HTML.findall(text_of(_PAGE))]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if name.endswith(".js"):
            waiting.extend(_imports(name, text_of(name)))
    return sorted(found)


def _imports(name: str, text: str) -> Iterator[str]:
    for now, later in _IN_JS.findall(text):
        yield normpath(join(dirname(name), now or later))
