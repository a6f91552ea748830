"""Errors of the characters package: one base, so that callers can catch them narrowly."""


class CharactersError(Exception):
    """Base of everything this package raises on purpose."""


class FileError(CharactersError):
    """A file that cannot be read at all. ``code`` is stable; the message says what to do."""

    def __init__(self, code: str, message: str, **detail: object) -> None:
        super().__init__(message)
        self.code = code
        self.detail = detail


class ArchiveError(FileError):
    """A ZIP archive that is damaged, unsafe or over its limits, whatever was to be read from it."""


class ScriptError(FileError):
    """A script that cannot be read at all."""


class CardError(FileError):
    """A character card or a lorebook that cannot be read at all, or not be written as asked."""


class ChatLogError(FileError):
    """A chat log that cannot be read at all."""
