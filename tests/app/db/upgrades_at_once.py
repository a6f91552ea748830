"""A program: ``upgrades_at_once.py URL`` upgrades a database in two processes at the same moment.

Prints their exit codes.
"""

import os
import sys

from app.db.migrate import upgrade


def main(url: str) -> None:
    waiting, starting = os.pipe()
    children = [start(url, waiting, starting) for _ in range(2)]
    os.close(waiting)
    os.close(starting)  # what both wait for
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    sys.stdout.write(f"{codes}\n")


def start(url: str, waiting: int, starting: int) -> int:
    child = os.fork()
    if child == 0:
        os.close(starting)
        os.read(waiting, 1)
        try:
            upgrade(url)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    return child


if __name__ == "__main__":
    main(sys.argv[1])
