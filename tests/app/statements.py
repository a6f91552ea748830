"""Statements compiled once for all the applications that tests start."""

from typing import Any


class CompiledStatements(dict[tuple[Any, ...], Any]):
    """What SQLAlchemy compiled, by the name of the dialect and the statement.

    Its own cache goes by the dialect object, of which each engine has another: every test would
    compile all its statements anew, which took a third of its time.
    """

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(_by_name(key), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(_by_name(key), compiled)


def _by_name(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *statement = key
    return (dialect.name, *statement)
