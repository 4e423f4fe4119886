"""Which objects are the same, though their URLs are written in different ways."""

import os
import re

from aevb_cli.places.address import parsed


def identity(place: str) -> tuple[str, ...]:
    """Return what tells an object from others, however its URL is written: two that are the same have the same."""
    address = parsed(place)
    options = dict(option.split("=", 1) for option in address.query.split("&") if option)
    endpoint = options.get("endpoint_override") or os.environ.get("AWS_ENDPOINT_URL", "")
    named = endpoint.rpartition("//")[2].strip("/") if address.scheme == "s3" else ""
    scheme = {"gcs": "gs", "abfss": "abfs"}.get(address.scheme, address.scheme)
    return scheme, "" if "amazonaws" in named else named, address.host, re.sub("/+", "/", address.key).lstrip("/")
