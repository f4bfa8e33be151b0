"""Sizes become buckets: the trainers' tables and rules, and the report."""
