"""Fully connected networks, many of one shape at a time, and their explicit gradients."""
