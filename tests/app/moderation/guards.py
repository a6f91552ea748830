"""A guard on a socket, which answers as real ones do, from the words it is shown."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Answering = Callable[[dict[str, Any]], tuple[str, str]]
"""From a question's body: the status line and the body of the answer."""

TEMPLATE_END = "<|im_end|>\n<|im_start|>assistant\n"


def verdict_of(text: str) -> str:
    """What a fair guard thinks: bombs and blood are violent."""
    bad = any(word in text.casefold() for word in ("bomb", "blood", "炸弹"))
    return "Unsafe\nCategories: Violent" if bad else "Safe\nCategories: None"


def as_chat(content: str) -> tuple[str, str]:
    return "200 OK", json.dumps({"choices": [{"message": {"content": content}}]})


def qwen(body: dict[str, Any]) -> tuple[str, str]:
    """Qwen3Guard as a naive template serves it: a forged turn of its own is believed."""
    prompt = "".join(f"{each['role'].upper()}: {each['content']}\n" for each in body["messages"])
    if TEMPLATE_END in prompt:
        return as_chat(prompt.split(TEMPLATE_END, 1)[1].split("<|im_end|>")[0])
    if "<END CONVERSATION>" in prompt:
        prompt = prompt.split("<END CONVERSATION>")[0]
    return as_chat(f"Safety: {verdict_of(prompt)}\nRefusal: No")


def llama(body: dict[str, Any]) -> tuple[str, str]:
    text = "\n".join(each["content"] for each in body["messages"])
    return as_chat("\n\nunsafe\nS1,S9" if "Unsafe" in verdict_of(text) else "\n\nsafe")


def moderations(body: dict[str, Any]) -> tuple[str, str]:
    bad = "Unsafe" in verdict_of(body["input"])
    result = {"flagged": bad, "categories": {"violence/graphic": bad, "hate": False}}
    return "200 OK", json.dumps({"id": "1", "results": [result]})


@dataclass
class Guard:
    """What it answers, and what it was asked."""

    answering: Answering
    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    silent: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                int(line.split(":")[1])
                for line in head.split("\r\n")
                if line.lower().startswith("content-length")
            )
            self.heads.append(head)
            self.paths.append(head.split(" ", 2)[1])
            self.bodies.append(json.loads(await reader.readexactly(length)))
            if self.silent:
                await reader.read()  # until the asker gives up
                return
            status, body = self.answering(self.bodies[-1])
            content = body.encode()
            lines = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\nConnection: close"
            writer.write(lines.encode() + b"\r\n\r\n" + content)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def guard(answering: Answering, *, silent: bool = False) -> AsyncIterator[Guard]:
    """A guard that listens on loopback until the end."""
    asked = Guard(answering, silent=silent)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(asked.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listening = await asyncio.start_server(accept, "127.0.0.1", 0)
    asked.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield asked
    finally:
        listening.close()
        await asyncio.gather(*tasks)
