"""The report of a model: what it was trained on, what to expect of new rows, and how far that holds, as one page."""
