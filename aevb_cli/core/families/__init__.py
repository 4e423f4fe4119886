"""Families of distributions: what a column of the table is said to follow."""
