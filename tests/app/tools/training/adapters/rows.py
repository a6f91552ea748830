"""Small datasets: folders as ``offbook dataset`` writes them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ASKED = ("你好", "one", "two", "three", "friends", "三三", "请介绍一下", "hello")
RIGHT = "我是三三，一个机器人。"
WRONG = "hello there, one two three friends"


def messages(*said: str) -> list[dict[str, str]]:
    """A system message, then a user's and a character's by turns."""
    roles = ("system", *("user", "assistant") * len(said))
    return [{"role": role, "content": content} for role, content in zip(roles, said, strict=False)]


def answer(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def sft_rows(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Rows of scenes of three, with one answer to all questions."""
    return [
        {
            "prompt": messages("你是三三。", f"{ASKED[at % len(ASKED)]} {at}"),
            "completion": answer(RIGHT),
            "scene": f"scene {at // 3}",
        }
        for at in range(first, first + count)
    ]


def dpo_rows(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Pairs in which the same answer is always the better one."""
    return [
        {"prompt": row["prompt"], "chosen": row["completion"], "rejected": answer(WRONG)}
        | {"scene": row["scene"]}
        for row in sft_rows(count, first)
    ]


def write(
    folder: Path,
    train: Sequence[Any],
    validation: Sequence[Any],
    card: dict[str, Any] | None = None,
) -> Path:
    folder.mkdir(parents=True)
    for name, rows in (("train", train), ("validation", validation)):
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    if card is not None:
        (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return folder
