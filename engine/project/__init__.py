"""What is kept: the catalogue and the manifest."""
