"""Frames become facts: shots, motion, quality, duplicates, overlays."""
