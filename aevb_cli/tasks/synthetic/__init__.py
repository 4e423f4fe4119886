"""What tells made-up rows from real ones: columns, pairs of columns, a classifier, and copies."""
