"""Measure choices of lines: held-out folds, shares of what is attainable, intervals."""
