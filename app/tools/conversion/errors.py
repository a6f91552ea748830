"""Define the error of a conversion."""


class ConversionError(Exception):
    """The checkpoint cannot be converted; the message says what was wrong and what to do."""
