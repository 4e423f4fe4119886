"""Scores of classes in Python are the command's; those of numbers: `test_on_tables`."""
