"""Scenes of a script that are played."""
