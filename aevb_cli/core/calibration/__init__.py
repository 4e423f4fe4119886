"""What rows that were left out of training say of predictions: stacking, intervals, expected scores."""
