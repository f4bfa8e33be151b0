"""A small drawn film of our own making, and the code that draws it."""
