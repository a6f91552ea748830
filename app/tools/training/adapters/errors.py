"""Define why a training cannot begin, or go on."""


class TrainingError(Exception):
    """A training cannot be run; the message is a sentence that says what to do."""
