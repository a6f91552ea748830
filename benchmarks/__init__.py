"""Measure speed: ``make bench``."""
