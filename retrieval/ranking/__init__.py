"""Rank a character's replies by their fit to a query: the weights ``k9`` and their features."""
