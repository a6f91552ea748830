"""Make datasets to fine-tune models on: from scripts, and from what people said about replies."""
