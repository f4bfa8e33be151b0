"""A manifest becomes a dataset."""
