"""Errors of the characters package: one base, so that callers can catch them narrowly."""


class CharactersError(Exception):
    """Base of everything this package raises on purpose."""


class ScriptError(CharactersError):
    """A script that cannot be read at all. ``code`` is stable; the message says what to do."""

    def __init__(self, code: str, message: str, **detail: object) -> None:
        super().__init__(message)
        self.code = code
        self.detail = detail
