"""Errors in a Python caller's words: the tasks name options as the command line does."""

import functools
import re
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from aevb_cli.errors import AevbError
from aevb_cli.printable import printable

P = ParamSpec("P")
R = TypeVar("R")


def in_python(function: Callable[P, R]) -> Callable[P, R]:
    """The function, with `argument=` in place of `--argument` in every error that it raises, and all text printable."""

    @functools.wraps(function)
    def worded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except AevbError as error:
            error.args = tuple(printable(as_arguments(str(line))) for line in error.args)
            raise

    return worded


def as_arguments(message: str) -> str:
    """Write options as arguments.

    >>> as_arguments("Leave the column out with --features, or lower --learning-rate (now 1).")
    'Leave the column out with features=, or lower learning_rate= (now 1).'
    >>> as_arguments("Choose another place with -o.")
    'Choose another place with output=.'
    >>> as_arguments("For that: aevb train-bnn ... --max-iterations 3000")
    'For that: aevb.train_bnn(..., max_iterations=3000)'
    >>> as_arguments("Train one: aevb train-vae DATA --latent 2 -o latent.safetensors")
    "Train one: aevb.train_vae(table, latent=2, output='latent.safetensors')"
    """
    message = re.sub(
        r"aevb train-(\w+) DATA --latent (\d+) -o (\S+)", r"aevb.train_\1(table, latent=\2, output='\3')", message
    )
    message = re.sub(
        r"aevb train-(\w+) \.\.\. --max-iterations (\d+)", r"aevb.train_\1(..., max_iterations=\2)", message
    )
    for option, argument in {"-o": "output=", "--header": "header=True", "--no-header": "header=False"}.items():
        message = re.sub(rf"(?<![\w-]){option}(?![\w-])", argument, message)
    return re.sub(r"(?<![\w-])--([a-z][a-z-]*)", lambda found: f"{found[1].replace('-', '_')}=", message)
