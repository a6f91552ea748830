"""Fixtures of the benchmark."""

from tests.app.search.forty_scenes import script

__all__ = ["script"]
