"""Hold whether the process was asked to stop, while it still answers."""


class Draining:
    """Say to probes that no new request should come; requests that do come are answered."""

    def __init__(self) -> None:
        self.begun = False
        """Whether the process was asked to stop."""
