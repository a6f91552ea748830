"""Define why files are not an adapter."""


class AdapterError(Exception):
    """Refuse files that cannot be registered. ``code`` is stable; the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
