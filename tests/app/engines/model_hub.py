"""A hub on loopback with tiny models, and a catalogue that names nothing beyond it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse

ENTRY = """
[{name}]
title = "{title}"
licence = "{licence}"
licence_url = "https://licence.example/{name}"
licence_class = "{licence_class}"
languages = ["en", "zh"]
prompt_style = "chat"
context_length = 512
file = "{name}.gguf"
size = {size}
sha256 = "{sha256}"
about = "Made for a test."
about_zh = "为测试而作。"
vllm = "team/{name}"
stand_in = {stand_in}

[[{name}.sources]]
kind = "huggingface"
repository = "team/{name}"
file = "{name}.gguf"
"""


class ModelHub:
    """Serves the files of ``team/NAME``; slowly, and only as long as it is ``open``."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.delay = 0.0
        """Seconds between two pieces of a file."""
        self.piece = 20_000
        self.open = True
        self.ranges: list[str | None] = []

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/team/{name}/resolve/main/{file}", methods=["GET", "HEAD"])
        async def serve(name: str, file: str, request: Request) -> Response:
            content = self.files.get(name)
            if content is None or file != f"{name}.gguf" or not self.open:
                return Response(status_code=404)
            headers = {"x-linked-etag": f'"{hashlib.sha256(content).hexdigest()}"'}
            if request.method == "HEAD":
                return Response(headers=headers)
            asked = request.headers.get("range")
            self.ranges.append(asked)
            first = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
            headers["content-length"] = str(len(content) - first)
            return StreamingResponse(
                self._pieces(content[first:]), 206 if asked else 200, headers=headers
            )

        return app

    async def _pieces(self, content: bytes) -> AsyncIterator[bytes]:
        for at in range(0, len(content), self.piece):
            yield content[at : at + self.piece]
            await asyncio.sleep(self.delay)

    def catalogue(self, path: Path, licence_classes: dict[str, str]) -> Path:
        """Write a catalogue of the hub's files, and return its path."""
        path.write_text(
            "".join(
                ENTRY.format(
                    name=name,
                    title=f"The {name} one",
                    licence="Apache-2.0" if licence_class == "free" else "Its own licence",
                    licence_class=licence_class,
                    stand_in=str(name.startswith("demo")).lower(),
                    size=len(self.files[name]),
                    sha256=hashlib.sha256(self.files[name]).hexdigest(),
                )
                for name, licence_class in licence_classes.items()
            ),
            encoding="utf-8",
        )
        return path
