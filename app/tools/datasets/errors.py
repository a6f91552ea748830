"""Define the errors of making a dataset."""


class DatasetError(Exception):
    """The dataset cannot be made; the message is a sentence for the operator."""


class LeakError(Exception):
    """A prompt shows the answer that it asks for: a fault of the program."""
