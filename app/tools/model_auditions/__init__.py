"""Hear models and adapters for one character: ``offbook audition``."""
