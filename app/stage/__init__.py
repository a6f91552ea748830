"""Stages: who comes and goes, who is informed, who knows what, and who speaks next."""
