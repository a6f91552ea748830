"""Define the error of an evaluation."""


class EvaluationError(Exception):
    """The evaluation cannot run; the message is a sentence for the user."""
