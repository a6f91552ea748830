"""Define the error that ends a benchmark, with a message for the terminal."""


class BenchError(Exception):
    """The benchmark cannot go on; the message says what is wrong and what to do."""
