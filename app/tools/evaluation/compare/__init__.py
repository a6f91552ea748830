"""Compare two configurations or models on the same held-out questions: ``offbook eval compare``."""
