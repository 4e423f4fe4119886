"""The only door to pyarrow's file systems: the store that a URL means, and in a sentence what it answers."""

import contextlib
import functools
import os
import re
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import unquote

from aevb_cli.errors import AevbError, DataError, UsageError
from aevb_cli.places.address import parsed, shown
from aevb_cli.printable import printable

_OF_AWS = re.compile(r"AWS Error (\w+)(?: \([^)]*\))? during \w+ operation: (.*?)( \(Request ID.*)?$", re.DOTALL)
_REASONS = {
    "NO_SUCH_BUCKET": "there is no such bucket. Mend its name, or choose another place.",
    "ACCESS_DENIED": "access is denied. Check the rights, and AWS_PROFILE or AWS_ACCESS_KEY_ID and its secret.",
    "INVALID_ACCESS_KEY_ID": "the store does not know this access key. Check AWS_PROFILE or AWS_ACCESS_KEY_ID.",
    "SIGNATURE_DOES_NOT_MATCH": "the secret does not fit the access key. Check AWS_SECRET_ACCESS_KEY.",
    "NETWORK_CONNECTION": "the store does not answer. Check the network, and ?endpoint_override= or AWS_ENDPOINT_URL.",
}
_NO_JAVA = "hdfs:// needs Java and Hadoop. Set JAVA_HOME, HADOOP_HOME and CLASSPATH (hadoop classpath --glob)."


def system_of(place: str) -> tuple[Any, str]:
    """Return the file system of a URL, and what it calls the object."""
    address = parsed(place)
    system, start = _connected(address.root, os.getpid())
    return system, f"{start.rstrip('/')}/{address.key}"


@contextlib.contextmanager
def told(place: str, kind: type[AevbError]) -> Iterator[None]:
    """Turn what a store answers into an error of that kind, without the secrets that pyarrow may repeat."""
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError as error:
        raise kind(f"{shown(place)}: there is no such file.") from error
    except (OSError, pa.ArrowException) as error:
        done = "read" if kind is DataError else "written"
        raise kind(f"{shown(place)}: cannot be {done}: {_reason(place, str(error))}") from error


def listed(system: Any, path: str, *, must: bool = False, deep: bool = False) -> list[Any]:
    """Return what is in a folder; deep: and in those below it; must: where there is none, this is an error."""
    from pyarrow import fs

    return cast("list[Any]", system.get_file_info(fs.FileSelector(path, allow_not_found=not must, recursive=deep)))


@functools.lru_cache(16)
def _connected(root: str, _process: int) -> tuple[Any, str]:
    """Connect to a store, once in a process: asking for a bucket's region takes a while."""
    import pyarrow as pa
    from pyarrow import fs

    try:
        return cast("tuple[Any, str]", fs.FileSystem.from_uri(root))
    except pa.ArrowInvalid as error:
        raise UsageError(
            f"{shown(root)}: this URL is not understood. Check its bucket or host, and its options."
        ) from error


def _reason(place: str, said: str) -> str:
    """Return what went wrong, and a way out."""
    if "libjvm" in said or "libhdfs" in said:
        return _NO_JAVA
    found = _OF_AWS.search(said)
    if found and found[1] in _REASONS:
        return _REASONS[found[1]]
    text = printable((found[2] if found else said).partition("\n")[0].strip().rstrip("."))
    for secret in parsed(place).owner.split(":"):
        text = text.replace(unquote(secret), "***") if secret else text
    return f"{text}. Check the place and your rights there, or choose another."
