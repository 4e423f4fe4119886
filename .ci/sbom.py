"""Print a software bill of materials of the installed aevb: CycloneDX 1.6, as JSON.

    python .ci/sbom.py > aevb.cdx.json

Each package that `aevb` needs here, with its version, licence and package URL, and which of them needs which. The same
environment gives the same bytes; the time is SOURCE_DATE_EPOCH's, and left out without that.
"""

import json
import os
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = "aevb"


def bill(root: str = ROOT) -> dict[str, Any]:
    """Return the bill of an installed distribution; PackageNotFoundError where it is not installed."""
    found = {canonicalize_name(root): distribution(root)}
    edges: dict[NormalizedName, list[NormalizedName]] = {}
    waiting = list(found)
    while waiting:
        name = waiting.pop()
        edges[name] = sorted(set(needed(found[name])))
        for each in edges[name]:
            if each not in found:
                found[each] = distribution(each)
                waiting.append(each)
    parts = {name: component(name, found[name]) for name in sorted(found)}
    main = parts.pop(canonicalize_name(root)) | {"type": "application"}
    reference = {name: part["bom-ref"] for name, part in parts.items()} | {canonicalize_name(root): main["bom-ref"]}
    metadata: dict[str, Any] = {"component": main}
    if "SOURCE_DATE_EPOCH" in os.environ:
        moment = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
        metadata = {"timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), **metadata}
    content = {
        "metadata": metadata,
        "components": list(parts.values()),
        "dependencies": [
            {"ref": reference[name], "dependsOn": [reference[each] for each in edges[name]]} for name in sorted(edges)
        ],
    }
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(content))}",
        "version": 1,
        **content,
    }


def needed(package: Distribution) -> Iterator[NormalizedName]:
    """The installed packages that this one needs, without its extras."""
    for each in map(Requirement, package.requires or ()):
        if each.marker is None or each.marker.evaluate({"extra": ""}):
            name = canonicalize_name(each.name)
            try:
                distribution(name)
            except PackageNotFoundError:
                continue  # nothing of it is here
            yield name


def component(name: str, package: Distribution) -> dict[str, Any]:
    """One package: name, version, package URL, licence."""
    address = f"pkg:pypi/{name}@{package.version.replace('+', '%2B')}"
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": package.version,
        "purl": address,
    }
    if licences := licence(package):
        found["licenses"] = licences
    return found


def licence(package: Distribution) -> list[dict[str, Any]]:
    """The licence as the package's metadata have it: an SPDX expression, else classifiers, else a first line."""
    if expressions := package.metadata.get_all("License-Expression"):
        return [{"expression": expressions[0]}]
    classifiers = package.metadata.get_all("Classifier") or ()
    names = [each.split(" :: ")[-1] for each in classifiers if each.startswith("License :: ") and " :: " in each[11:]]
    written = "\n".join(package.metadata.get_all("License") or ()).strip().splitlines()
    return [{"license": {"name": name}} for name in names or written[:1]]


if __name__ == "__main__":
    json.dump(bill(*sys.argv[1:2]), sys.stdout, indent=1)
    print()
