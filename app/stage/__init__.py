"""Stages: who comes and goes, who is told, who knows what, and who speaks next."""
