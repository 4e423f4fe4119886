"""The model file.

Container (bytes and hashes), schema, checks and shapes (the header), upgrade (older formats) and reading (all of these)
do without torch, so that `aevb inspect` does; trained is the model itself, with its way into a file and back.
"""
