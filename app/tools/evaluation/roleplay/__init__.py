"""``offbook eval roleplay``: CharacterEval (Tu et al. 2024, arXiv 2401.01275) on the service."""
