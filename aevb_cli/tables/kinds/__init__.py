"""What the cells of a column are: numbers in any notation, dates, words; and what a column is taken for."""
