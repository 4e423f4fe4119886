"""The model file: `load` and `save` a trained model, `read_header` what it says of itself.

Container (bytes and hashes), schema, checks and shapes (the header), upgrade (older formats) and reading (all of these)
do without torch; trained, the model itself, is imported when it is asked for.
"""

from typing import TYPE_CHECKING, Any

from aevb_cli.modelfile.reading import read_header

if TYPE_CHECKING:
    from aevb_cli.modelfile.trained import TrainedModel, load, save

__all__ = ["TrainedModel", "load", "read_header", "save"]


def __getattr__(name: str) -> Any:
    if name not in {"TrainedModel", "load", "save"}:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from aevb_cli.modelfile import trained

    return getattr(trained, name)
