"""Run CharacterEval (Tu et al. 2024, arXiv 2401.01275): ``offbook eval roleplay``."""
