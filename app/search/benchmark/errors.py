"""What keeps an evaluation from being run."""


class EvaluationError(Exception):
    """Says what is missing, in a sentence for whoever asked."""
