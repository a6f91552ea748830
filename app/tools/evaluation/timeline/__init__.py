"""Measure what leaks of scenes a character does not know yet: ``offbook eval timeline``."""
