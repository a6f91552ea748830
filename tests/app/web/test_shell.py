"""Which files the worker keeps, and when it becomes another one."""

import re

import httpx
import pytest

from app.web import endpoints
from app.web.shell import shell_files
from tests.app.web.test_endpoints import http

__all__ = ["http"]

FILES = {
    "index.html": '<link href="/static/css/a.css"><script src="/static/js/main.js"></script>'
    '<a href="/api/docs">API</a>',
    "css/a.css": "",
    "js/main.js": 'import { x } from "./x.js";\nconst later = () => import("./views/y.js");',
    "js/x.js": '// import { no } from "./no.js"\nexport { z } from "./deep/z.js";\n'
    '/** @import { T } from "./types.js" */',
    "js/deep/z.js": 'import { x } from "../x.js";\nexport const z = x;',
    "js/views/y.js": "export const y = 1;",
}


def test_it_keeps_what_the_page_names_and_imports_now_or_later() -> None:
    assert shell_files(FILES.__getitem__) == [
        "css/a.css",
        "js/deep/z.js",
        "js/main.js",
        "js/views/y.js",
        "js/x.js",
    ]


@pytest.mark.anyio
async def test_another_content_makes_another_worker(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def version() -> str:
        found = re.search(
            r'const VERSION = "(\w{16})"', (await http.get("/service-worker.js")).text
        )
        assert found is not None
        return found[1]

    before = await version()
    assert await version() == before
    content = endpoints._content

    def changed(name: str) -> endpoints._Content:
        found = content(name)
        return endpoints._Content(found.body, "other") if name == "js/zh.js" else found

    monkeypatch.setattr(endpoints, "_content", changed)
    assert await version() != before
