"""Screens: the layouts a user moves between; they own the workers."""
