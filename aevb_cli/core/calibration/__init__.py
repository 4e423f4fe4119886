"""Calibration on held-out rows: stacking, intervals, and the scores to expect of new rows."""
