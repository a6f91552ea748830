"""Judge generated replies by a character's own lines, without a model that judges."""
