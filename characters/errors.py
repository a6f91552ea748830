"""Define the errors of the characters package under one base, so callers can catch narrowly."""


class CharactersError(Exception):
    """Serve as the base of every error that this package raises on purpose."""


class FileError(CharactersError):
    """Report a file that cannot be read. ``code`` is stable; the message says what to do."""

    def __init__(self, code: str, message: str, **detail: object) -> None:
        super().__init__(message)
        self.code = code
        self.detail = detail


class ArchiveError(FileError):
    """Report a ZIP archive that is damaged, unsafe or over its limits."""


class ScriptError(FileError):
    """Report a script that cannot be read."""


class CardError(FileError):
    """Report a character card or a lorebook that cannot be read, or not be written as asked."""


class ChatLogError(FileError):
    """Report a chat log that cannot be read."""
