"""A program: kills an upgrade before each of its steps in turn, and looks at what is left.

``killed_upgrades.py TEMPLATE FOLDER`` upgrades copies of the database TEMPLATE (an empty file for
none). A step is a statement that changes something, the beginning and the end of a transaction, or
a file renamed or removed. The process that dies is a fork, and is gone as by ``kill -9``. Prints a
JSON object a line: what was found after each kill, and after the next upgrade.
"""

import json
import os
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from app.db.migrate import upgrade

_READS = ("SELECT", "PRAGMA", "--")


def main(template: Path, folder: Path) -> None:
    file = folder / "offbook.sqlite3"
    for step in range(1, 1_000):
        for old in folder.iterdir():
            old.unlink()
        shutil.copy(template, file)
        if not killed_before(step, file):
            return
        left = look(file)
        upgrade(f"sqlite:///{file}")
        line = json.dumps({"step": step, "left": left, "then": look(file)})
        sys.stdout.write(f"{line}\n")


def killed_before(step: int, file: Path) -> bool:
    """Whether there was such a step; the upgrade has died there."""
    child = os.fork()
    if child == 0:
        die_before(step)
        upgrade(f"sqlite:///{file}")
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def die_before(step: int) -> None:
    steps = 0

    def count(statement: str) -> None:
        nonlocal steps
        if not statement.lstrip().upper().startswith(_READS):
            steps += 1
            if steps == step:
                os.kill(os.getpid(), signal.SIGKILL)

    connect = sqlite3.connect

    def connect_counting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.set_trace_callback(count)
        return connection

    sqlite3.connect = sqlite3.dbapi2.connect = connect_counting  # type: ignore[assignment]  # overloads
    sys.addaudithook(lambda event, _: count(event) if event in {"os.rename", "os.remove"} else None)


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
