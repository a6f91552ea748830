"""Fuzz the readers of uploads, guided by coverage: ``make fuzz``."""
