"""Draws in the groups and with the names of ArviZ."""
