"""Measure how likely a model finds what a character really said: ``offbook eval likelihood``."""
