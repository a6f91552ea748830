"""Evaluate retrieval, role play and points in time: ``offbook eval``."""
