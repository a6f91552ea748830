"""A program: an upgrade that dies before each of its steps in turn, and what is left of it.

``killed_upgrades.py TEMPLATE FOLDER`` upgrades a copy of the database TEMPLATE (an empty file for
none). A step is a statement that changes something, the beginning and the end of a transaction, or
a file renamed or removed. What a process leaves that is killed there are the files as they are: one
upgrade runs, and they are copied before each step. To show that this is the same, some upgrades are
killed in earnest, by ``kill -9``. Prints a JSON object a line: what was found after each step, and
after the next upgrade, which runs once for files that are the same in every byte.
"""

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from app.db.migrate import upgrade

_READS = ("SELECT", "PRAGMA", "--")
_FILE = "offbook.sqlite3"
_KILLED = 20
"""Of so many steps, one is killed in earnest."""


def main(template: Path, folder: Path) -> None:
    steps = copied_before_each_step(template, folder)
    known: dict[str, dict[str, Any]] = {}
    for step in range(1, steps + 1):
        files = folder / str(step)
        left = look(files / _FILE)
        if step % _KILLED == 1 or step == steps:
            assert look(killed_before(step, template, folder) / _FILE) == left, step
        same = contents(files)
        if same not in known:
            upgrade(f"sqlite:///{files / _FILE}")
            known[same] = look(files / _FILE)
        line = json.dumps({"step": step, "left": left, "then": known[same]})
        sys.stdout.write(f"{line}\n")


def copied_before_each_step(template: Path, folder: Path) -> int:
    """Upgrade; returns how many steps that took."""
    work = fresh(template, folder / "whole")
    steps = folder / "steps"

    def copy(step: int) -> None:
        # Another process copies: SQLite's locks end when its own closes any handle of the file.
        in_another(lambda: shutil.copytree(work, folder / str(step)))
        steps.write_text(str(step))

    def run() -> None:
        before_each_step(copy)
        upgrade(f"sqlite:///{work / _FILE}")

    assert in_another(run) == 0
    return int(steps.read_text())


def killed_before(step: int, template: Path, folder: Path) -> Path:
    """Upgrade, and die there by ``kill -9``; returns where."""
    work = fresh(template, folder / "killed")

    def die(now: int) -> None:
        if now == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def run() -> None:
        before_each_step(die)
        upgrade(f"sqlite:///{work / _FILE}")

    assert in_another(run) == -signal.SIGKILL
    return work


def fresh(template: Path, folder: Path) -> Path:
    """A folder with nothing but a copy of the template."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(template, folder / _FILE)
    return folder


def in_another(do: Callable[[], object]) -> int:
    """Do it in a fork of this process; returns its exit code."""
    child = os.fork()
    if child == 0:
        try:
            do()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def before_each_step(call: Callable[[int], None]) -> None:
    """Have ``call`` called with the number of each step, in this process."""
    steps = 0

    def count(statement: str) -> None:
        nonlocal steps
        if not statement.lstrip().upper().startswith(_READS):
            steps += 1
            call(steps)

    connect = sqlite3.connect

    def connect_counting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.set_trace_callback(count)
        return connection

    sqlite3.connect = sqlite3.dbapi2.connect = connect_counting  # type: ignore[assignment]  # overloads
    sys.addaudithook(lambda event, _: count(event) if event in {"os.rename", "os.remove"} else None)


def contents(folder: Path) -> str:
    """A hash of the names and the bytes of all files."""
    found = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        found.update(f"{path.name}\0{len(content)}\0".encode())
        found.update(content)
    return found.hexdigest()


def look(file: Path) -> dict[str, Any]:
    """The schema, the rows, and the files beside the database."""
    with closing(sqlite3.connect(file)) as connection:
        schema = {
            name: " ".join((sql or "").split())
            for name, sql in connection.execute("SELECT name, sql FROM sqlite_master")
        }
        version = (
            connection.execute("SELECT version_num FROM alembic_version").fetchall()
            if "alembic_version" in schema
            else []
        )
        rows = (
            connection.execute("SELECT content FROM messages ORDER BY id").fetchall()
            if "messages" in schema
            else []
        )
    beside = sorted(path.name for path in file.parent.iterdir())
    return {"schema": schema, "version": version, "rows": rows, "beside": beside}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
