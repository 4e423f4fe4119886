"""The Bayesian neural network."""
