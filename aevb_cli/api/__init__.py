"""The Python interface: what the commands do, as functions and a `Model`. Heavy libraries are imported when used."""

from aevb_cli.api.model import Model, load
from aevb_cli.api.train_bnn import train_bnn
from aevb_cli.api.train_vae import train_vae

__all__ = ["Model", "load", "train_bnn", "train_vae"]
