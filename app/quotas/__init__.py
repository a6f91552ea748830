"""Bound and count what people use, in the database, so that several processes agree."""
