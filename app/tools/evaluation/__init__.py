"""How well examples are chosen: ``offbook eval retrieval`` and ``offbook train-selector``."""
