"""What the tasks say, in a Python caller's words: they name options as the command line does, and quote for a shell."""

import ast
import functools
import re
import shlex
import warnings
from collections.abc import Callable, Iterable
from typing import ParamSpec, TypeVar

from aevb_cli.console import Screen
from aevb_cli.errors import AevbError
from aevb_cli.printable import printable

P = ParamSpec("P")
R = TypeVar("R")

_QUOTED = r"(?:'[^']*'(?:\\''[^']*')*|\$'(?:\\.|[^'\\])*')"
_TOKEN = rf"(?:{_QUOTED}|[\w.]*\w)"
"""A word as `tables.table.quoted` writes it for a shell."""

_COMMANDS = {
    r"aevb train-(\w+) DATA --latent (\d+) -o (\S+)": r"aevb.train_\1(table, latent=\2, output='\3')",
    r"aevb train-(\w+) \.\.\. --max-iterations (\d+)": r"aevb.train_\1(..., max_iterations=\2)",
    r"aevb train-(\w+) (\S+) -o (\S+)$": r"aevb.train_\1('\2', output='\3')",
    r"aevb train-(bnn|vae)\b": r"aevb.train_\1",
    r"aevb resume --data FILE(?:, or in Python model\.resume\(table\))?": "model.resume(table)",
    r"(?<![\w-])--no-header(?![\w-])": "header=False",
    r"(?<![\w-])-o(?![\w-])": "output=",
}
_FLAGS = "header|keep-previous|per-class|require-converged|resume|strict|why"
_NAMED = "types|likelihood"
_WORDS = "device|encoding|engine|kind|missing|prefix|unseen"
"""Options that stand for themselves; those of NAME=KIND; and those whose value is one word."""


class WordedScreen(Screen):
    """A screen that says everything in a Python caller's words."""

    def say(self, *lines: str) -> None:
        """Write lines about what was chosen or done; nothing where it is quiet."""
        super().say(*map(as_arguments, lines))


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


def warn(lines: Iterable[str], stacklevel: int) -> None:
    """Warn of what a task says. stacklevel: stack frames from the function that calls this to the caller's line."""
    for line in lines:
        warnings.warn(printable(as_arguments(line)), stacklevel=stacklevel + 1)


def as_arguments(message: str) -> str:
    r"""Write options as arguments, and values as Python has them, so that both can be pasted.

    >>> as_arguments("Leave the column out with --features, or lower --learning-rate (now 1).")
    'Leave the column out with features=, or lower learning_rate= (now 1).'
    >>> as_arguments("Choose another place with -o.")
    'Choose another place with output=.'
    >>> as_arguments("For that: aevb train-bnn ... --max-iterations 3000")
    'For that: aevb.train_bnn(..., max_iterations=3000)'
    >>> as_arguments("Train one: aevb train-vae DATA --latent 2 -o latent.safetensors")
    "Train one: aevb.train_vae(table, latent=2, output='latent.safetensors')"
    >>> print(as_arguments("Say which: --types 'O'\\''Neil'=dmy or 'O'\\''Neil'=mdy"))
    Say which: types={"O'Neil": 'dmy'} or {"O'Neil": 'mdy'}
    >>> print(as_arguments("Take it as unknown: --unseen missing, or say --na 98 --na '-999'."))
    Take it as unknown: unseen='missing', or say na=['98', '-999'].
    """
    for command, call in _COMMANDS.items():
        message = re.sub(command, call, message)
    pair = rf"({_TOKEN})=([\w-]*\w)"
    message = re.sub(rf"--({_NAMED}) {pair}((?: or {pair})*)", _named, message)
    message = re.sub(rf"--na {_TOKEN}(?: --na {_TOKEN})*", _missing, message)
    message = re.sub(r"--decimal ([.,])", r"decimal='\1'", message)
    message = re.sub(rf"--({_WORDS}) ([\w-]*\w)", r"--\1='\2'", message)
    message = re.sub(rf"--([a-z][a-z-]*) ({_QUOTED})", lambda found: f"--{found[1]}={_plain(found[2])!r}", message)
    message = re.sub(r"--([a-z][a-z-]*) (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?!\w)", r"--\1=\2", message)
    message = re.sub(rf"(?<![\w-])--({_FLAGS})(?![\w=-])", r"--\1=True", message)
    return re.sub(r"(?<![\w-])--([a-z][a-z-]*)=?", lambda found: f"{found[1].replace('-', '_')}=", message)


def _named(found: re.Match[str]) -> str:
    """NAME=KIND of an option, and others that may stand in its place."""
    pairs = re.findall(rf"({_TOKEN})=([\w-]*\w)", found[0])
    return f"--{found[1]}=" + " or ".join(repr({_plain(name): kind}) for name, kind in pairs)


def _missing(found: re.Match[str]) -> str:
    """The cells that --na names."""
    cells = [_plain(cell) for cell in re.findall(rf"--na ({_TOKEN})", found[0])]
    return f"--na={cells if len(cells) > 1 else cells[0]!r}"


def _plain(token: str) -> str:
    r"""The word that a token stands for in a shell.

    >>> _plain("k"), _plain("'k.A.'"), _plain("'O'\\''Neil'"), _plain(r"$'Price\n(EUR)'")
    ('k', 'k.A.', "O'Neil", 'Price\n(EUR)')
    """
    if token.startswith("$"):
        word: str = ast.literal_eval(token[1:])
        return word
    return shlex.split(token)[0]
