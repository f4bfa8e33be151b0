"""The terminal front end: the review room and the command that opens it."""
