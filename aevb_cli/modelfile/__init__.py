"""The model file: container, schema, and upgrades of older formats."""
