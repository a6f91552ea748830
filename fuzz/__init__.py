"""Coverage-guided fuzzing of everything that reads what people upload."""
