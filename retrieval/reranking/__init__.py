"""A second look at the best candidates, by a model that reads query and text together."""
