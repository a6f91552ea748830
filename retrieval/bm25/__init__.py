"""Words and character n-grams: what texts have in common letter by letter."""
