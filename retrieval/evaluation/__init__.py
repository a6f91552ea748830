"""Measure the selection of lines: held-out folds, shares of the attainable, intervals."""
