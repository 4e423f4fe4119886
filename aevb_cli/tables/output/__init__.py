"""Tables written, in the format that a name ends in."""
