"""From a CSV file to a model that knows how sure it is: auto-encoding variational Bayes from the shell."""

__version__ = "0.1.0"
