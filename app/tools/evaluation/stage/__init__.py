"""How well the director finds the next speaker, and whether a stage keeps its secrets."""
