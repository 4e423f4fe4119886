"""Model files: what was saved comes back, and whatever else a file holds is refused in little time."""

import json
import os
import pickle  # noqa: TID251 - one that must not be executed
import random
import struct
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save as safetensors_bytes

from aevb_cli.errors import ModelFileError, OutputError
from aevb_cli.modelfile import container as modelfile
from tests.conftest import listing

HEADER = {"kind": "test", "größe": [1, 2.5, None, True], "nested": {"a": "b\n"}}


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "weight": rng.normal(size=(2, 3, 4)).astype(np.float32),
        "rows": np.array([[1.0, np.nan], [0.1, -0.0]]),
        "order": np.arange(5),
        "transposed": rng.normal(size=(3, 2)).T,
        "none": np.zeros((0, 3)),
        "scalar": np.array(1.5),
    }


@pytest.fixture
def path(tmp_path: Path, arrays: dict[str, np.ndarray]) -> Path:
    modelfile.save(tmp_path / "m.safetensors", HEADER, arrays)
    return tmp_path / "m.safetensors"


def refused(path: Path, match: str | None = None, seconds: float = 5.0) -> None:
    start = time.process_time()
    with pytest.raises(ModelFileError, match=match) as caught:
        modelfile.load(path)
    assert time.process_time() - start < seconds
    assert str(path) in str(caught.value)
    assert str(caught.value).count("\n") < 3


def test_round_trip(path: Path, arrays: dict[str, np.ndarray]) -> None:
    stored = modelfile.load(path)
    assert {name: stored.header[name] for name in HEADER} == HEADER
    assert modelfile.describe(path).header == stored.header
    assert set(stored.tensors) == set(arrays)
    for name, array in arrays.items():
        assert stored.tensors[name].dtype == array.dtype
        np.testing.assert_array_equal(stored.tensors[name], array)
        assert stored.tensors[name].tobytes() == np.ascontiguousarray(array).tobytes()


def test_a_description_has_types_and_shapes_and_takes_no_memory(path: Path) -> None:
    described, loaded = modelfile.describe(path).tensors, modelfile.load(path).tensors
    assert {name: (array.dtype, array.shape) for name, array in described.items()} == {
        name: (array.dtype, array.shape) for name, array in loaded.items()
    }
    assert not any(any(array.strides) for array in described.values() if array.size)


def test_the_order_of_names_changes_no_byte(path: Path, arrays: dict[str, np.ndarray]) -> None:
    other = path.with_name("other.safetensors")
    modelfile.save(other, dict(reversed(HEADER.items())), dict(reversed(arrays.items())))
    assert other.read_bytes() == path.read_bytes()


def test_saving_nan_in_a_header_is_a_fault_of_the_program(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        modelfile.save(tmp_path / "m", {"elbo": float("nan")}, {})
    assert listing(tmp_path) == []


def test_saving_where_nothing_can_be(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        modelfile.save(tmp_path / "no" / "m", {}, {})


def test_a_flipped_byte_is_always_noticed(workshop: Path, tmp_path: Path) -> None:
    """Every byte of the start and the padding, and a sample of the rest. Blank padding may become another blank."""
    content = (workshop / "vae.safetensors").read_bytes()
    end = 8 + struct.unpack("<Q", content[:8])[0]
    padding = range(8 + len(content[8:end].rstrip()), end)
    dice = random.Random(1)
    places = [*range(8), *range(8, 40), *padding, end, len(content) - 1, *dice.sample(range(end), 150)]
    places += dice.sample(range(end, len(content)), 150)
    path = tmp_path / "m.safetensors"
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 1 << dice.randrange(8)
        path.write_bytes(flipped)
        if place in padding and bytes([flipped[place]]) in b"\t\n\r ":
            assert modelfile.load(path).header == modelfile.load(workshop / "vae.safetensors").header
        else:
            refused(path)


def test_a_flipped_byte_of_a_tensor_is_named(path: Path, arrays: dict[str, np.ndarray]) -> None:
    content = bytearray(path.read_bytes())
    place = content.index(arrays["weight"].tobytes())
    content[place + 3] ^= 1
    path.write_bytes(content)
    refused(path, "damaged: tensor 'weight' does not match its SHA-256")


def test_swapped_tensors_are_noticed(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Each with the right bytes and a name that exists, in the other's place."""
    content = path.read_bytes()
    assert content.count(b'"weight":{') == 1
    path.write_bytes(content.replace(b'"weight":{', b'"vvvvvv":{'))
    refused(path, "its tensors are not those that its header lists")


def test_a_truncated_file(workshop: Path, tmp_path: Path) -> None:
    content = (workshop / "vae.safetensors").read_bytes()
    path = tmp_path / "m.safetensors"
    for length in [*range(20), *random.Random(2).sample(range(len(content)), 100), len(content) - 1]:
        path.write_bytes(content[:length])
        refused(path)
        with pytest.raises(ModelFileError):
            modelfile.describe(path)


def test_a_file_with_something_behind(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")
    refused(path, "damaged")
    with pytest.raises(ModelFileError, match="damaged"):
        modelfile.describe(path)


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch executed",)


@pytest.mark.parametrize("kind", ["pickle", "torch", "torch-old"])
def test_foreign_formats_run_nothing(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "m.safetensors"
    if kind == "pickle":
        path.write_bytes(pickle.dumps(Trap()))
    else:
        torch.save({"weight": Trap()}, path, _use_new_zipfile_serialization=kind == "torch")
    refused(path, "not an aevb model file")
    assert not Path("executed").exists()


def test_a_safetensors_file_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    for metadata in (None, {"format": "pt"}, {"aevb": ""}, {"aevb": "a b"}):
        path.write_bytes(safetensors_bytes({"w": np.zeros(3)}, metadata))
        refused(path, "not an aevb model file|does not match")


def test_no_regular_file(tmp_path: Path) -> None:
    refused(tmp_path / "missing", "no such file")
    refused(tmp_path, "folder")
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "folder or device")
    refused(Path("/dev/zero"), "folder or device")
    (tmp_path / "loop").symlink_to("loop")
    refused(tmp_path / "loop", "cannot be read")
    refused(tmp_path / ("n" * 300), "cannot be read")


@pytest.mark.parametrize("size", [0, 1, 2**24 + 1, 2**60, 2**64 - 1])
def test_an_impossible_header_length(size: int, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(struct.pack("<Q", size) + b"{}" * 100)
    refused(path, seconds=0.1)


def raw(path: Path, text: bytes, body: bytes = b"") -> Path:
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return path


@pytest.mark.parametrize(
    "text",
    [b"[]", b"{}", b"null", b"nan", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b"1" * 10_000,
     b'{"__metadata__":3}'],
)  # fmt: skip
def test_a_header_of_nonsense(text: bytes, tmp_path: Path) -> None:
    refused(raw(tmp_path / "m.safetensors", text), "not an aevb model file")


def forged(header: object, tensors: dict[str, object] | None = None) -> bytes:
    """A header text whose own hash is right."""
    written = json.dumps(header)
    metadata = {"aevb": f"{modelfile._sha256(written.encode())} {written}"}
    return json.dumps({"__metadata__": metadata, **(tensors or {})}).encode()


@pytest.mark.parametrize(
    "header",
    [[], None, 3, "text", {}, {"format": None}, {"format": "one"}, {"format": 1}, {"format": 1, "tensors": []}],
    ids=str,
)
def test_a_forged_header(header: object, tmp_path: Path) -> None:
    refused(raw(tmp_path / "m.safetensors", forged(header)), "not an aevb model file")


def test_a_newer_format_names_both(tmp_path: Path) -> None:
    refused(raw(tmp_path / "m.safetensors", forged({"format": 7, "tensors": {}})), "written in format 7, .* up to 5")


def test_very_many_declared_tensors(tmp_path: Path) -> None:
    """As many as a header can hold; each refers to the same bytes."""
    one = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    text = forged({"format": 1, "tensors": {}}, {f"t{n}": one for n in range(200_000)})
    refused(raw(tmp_path / "m.safetensors", text, bytes(4)), "damaged", seconds=10)


@pytest.mark.parametrize("shape", [[10**9, 10**9], [2**63, 2], [-1], [2.5], ["1"], None])
def test_a_tensor_of_impossible_shape(shape: object, tmp_path: Path) -> None:
    declared = {"dtype": "F64", "shape": shape, "data_offsets": [0, 8]}
    text = forged({"format": 1, "tensors": {"w": ""}}, {"w": declared})
    refused(raw(tmp_path / "m.safetensors", text, bytes(8)), "damaged", seconds=0.5)


@pytest.mark.parametrize("offsets", [[8, 16], [4, 12], [0, 16], [0], "08", None, [0.5, 8.5], [-8, 0]])
def test_a_tensor_in_an_impossible_place(offsets: object, tmp_path: Path) -> None:
    declared = {"dtype": "F64", "shape": [1], "data_offsets": offsets}
    text = forged({"format": 1, "tensors": {"w": ""}}, {"w": declared})
    refused(raw(tmp_path / "m.safetensors", text, bytes(16)), "damaged")


@pytest.mark.parametrize("kind", ["BF16", "F8_E4M3", "F128", "object", ""])
def test_a_tensor_of_a_foreign_kind(kind: str, tmp_path: Path) -> None:
    text = forged({"format": 1, "tensors": {"w": ""}}, {"w": {"dtype": kind, "shape": [4], "data_offsets": [0, 8]}})
    refused(raw(tmp_path / "m.safetensors", text, bytes(8)), "damaged")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite(value: float, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    modelfile.save(path, HEADER, {"weight": np.array([1.0, value])})
    refused(path, "tensor 'weight' holds a value that is not finite")
