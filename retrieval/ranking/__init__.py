"""Which of a character's replies fit a moment best: the recipe ``k9``, and what it is made of."""
