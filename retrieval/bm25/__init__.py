"""Compare texts by words and character n-grams."""
