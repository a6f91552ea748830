"""Compare two configurations or models on the same held-out moments: ``offbook eval compare``."""
