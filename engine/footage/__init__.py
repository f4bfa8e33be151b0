"""A film or a folder of pictures becomes frames."""
