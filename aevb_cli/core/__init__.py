"""The mathematics, in torch: knows no screen, no CSV, no figure and no path."""
