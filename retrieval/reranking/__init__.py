"""Rerank the best candidates with a model that reads query and text together."""
