"""AEVB: the training loop, its state, and which rows each member leaves out."""
