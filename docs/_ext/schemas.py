"""The JSON Schema of a model file's header."""

from typing import Any

import msgspec

from aevb_cli.modelfile import schema


def of_header() -> dict[str, Any]:
    """The schema of what `aevb inspect --json` prints, beside `format` and `tensors`."""
    return msgspec.json.schema(schema.VaeHeader | schema.LatentHeader | schema.BnnHeader)
