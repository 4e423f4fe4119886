"""Rows on their way to the networks: layout of the inputs, standardisation, minibatches."""
