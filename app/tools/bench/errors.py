"""Why a benchmark cannot be run, in words for the terminal."""


class BenchError(Exception):
    """The benchmark cannot go on; the message says what is wrong and what to do."""
