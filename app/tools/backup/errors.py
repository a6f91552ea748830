"""What can go wrong with a backup."""


class BackupError(Exception):
    """A backup that cannot be made, read or restored. The message says what to do."""
