"""Whole models to start from, and forgeries: headers whose hashes are right and whose content is not."""
# ruff: noqa: S311, S101

import copy
import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

VALUES: Sequence[Any] = (
    None, True, 0, -1, 1, 2, 3, 10**9, 2**62, 10**400, 0.5, 1e300, float("nan"), float("inf"), "", "x", "word", [], [1],
    [[]], [None], {}, {"a": 1}, "1" * 5000, ["a", "a"], [0.0, 0.0], [-1.0], [1e-300], [1e300], 2**70, -(2**63), 1e-320,
    "words", "code", "date", "number", "weekday", "dmy", "week", ",", "Monday", "other", "when", "learn", "utf-16",
    "a=date", "nan", "1e999", "\ud800", "\udc80", "a\0b", "\x1b[31m", "/dev/zero", [[[[[1]]]]], {"\ud800": 1},
    [2**70], False,
)  # fmt: skip


@dataclass(frozen=True)
class Seed:
    """A whole model file. table: what it was trained on; predicts: whether it has a target in that table."""

    path: str
    content: bytes
    table: str
    predicts: bool


#: The tables that the seeds are trained on.
TABLES = {
    "vae": "mixed.csv", "hidden": "mixed.csv", "bnn": "mixed.csv", "plain": "plain.csv", "read": "read.csv",
    "kinds": "read.csv",
}  # fmt: skip


def prepared(run: Callable[[Sequence[str]], Any]) -> list[Seed]:
    """Make three tables and train a model of each kind, here; a pure function of nothing."""
    chance = random.Random(0)
    rows = [
        f"{chance.gauss(0, 1):.4f},{chance.choice('abc')},{chance.randrange(2)},"
        f"{chance.gauss(3, 2) if chance.random() < 0.8 else float('nan'):.3f},{chance.gauss(5, 1):.4f}"
        for _ in range(40)
    ]
    text = "\n".join(["x1,word,flag,gap,y", *rows]).replace("nan", "") + "\n"
    Path("mixed.csv").write_text(text, encoding="utf-8")
    lines = [f"{chance.gauss(0, 1):.4f},{chance.gauss(0, 1):.4f}" for _ in range(40)]
    Path("plain.csv").write_text("\n".join(["x,z", *lines]) + "\n", encoding="utf-8")
    Path("read.csv").write_text(_of_every_reading(chance), encoding="utf-8")
    few = ["--max-iterations", "3", "--hidden", "4,3", "--missing", "learn", "--quiet", "-o"]
    wanted = {
        "vae": ["train-vae"],
        "hidden": ["train-vae", "--latent", "2"],
        "bnn": ["train-bnn", "--members", "2"],
        "plain": ["train-vae"],
        "read": ["train-bnn", "--members", "2", "--types", "pen=category"],
        "kinds": ["train-vae", "--latent", "1", "--types", "pen=category"],
    }
    for name, (verb, *options) in wanted.items():
        answer = run([verb, TABLES[name], *options, *few, f"{name}.safetensors"])
        assert answer.code == 0, answer
    return seeds()


def _of_every_reading(chance: random.Random) -> str:
    """A table whose columns are dates, times, truth values, codes, rare words, and numbers in another notation."""
    rows = [
        f"{date(2024, 1, 1) + timedelta(days=3 * row)};{chance.randrange(24)}:{chance.randrange(60):02};"
        f"{chance.choice(('yes', 'no'))};{chance.randrange(1, 5)};w{row % 130 if row % 3 else row % 7};"
        f"{chance.randrange(1, 9)}.{chance.randrange(100, 999)},{chance.randrange(100):02} €;"
        f"{chance.gauss(3 * (3 * row % 7), 1):.4f}"
        for row in range(240)
    ]
    return "\n".join(["when;clock;flag;pen;word;price;y", *rows]) + "\n"


def seeds() -> list[Seed]:
    """Return the models that `prepared` has made here."""
    return [
        Seed(f"{name}.safetensors", Path(f"{name}.safetensors").read_bytes(), table, table == "mixed.csv")
        for name, table in TABLES.items()
    ]


def forged(content: bytes, chance: random.Random) -> bytes:
    """Change the header or the tensors, and hash them as the program would."""
    tensors = load(content)
    size = int.from_bytes(content[:8], "little")
    text = json.loads(content[8 : 8 + size])["__metadata__"]["aevb"].partition(" ")[2]
    header = json.loads(text)
    for _ in range(chance.choice((1, 1, 2))):
        if chance.random() < 0.7:
            _change(header, chance)
        else:
            tensors = _changed(tensors, chance)
    if isinstance(header.get("tensors"), dict) and chance.random() < 0.95:
        header["tensors"] = {name: _digest(name, array) for name, array in tensors.items()}
    text = json.dumps(header, sort_keys=True)
    return save(tensors, metadata={"aevb": f"{hashlib.sha256(text.encode()).hexdigest()} {text}"})


def _change(header: dict[str, Any], chance: random.Random) -> None:
    """Replace, drop or double one value, however deep it lies."""
    node: Any = header
    while True:
        key = chance.choice(list(node) if isinstance(node, dict) else range(len(node)))
        child = node[key]
        if isinstance(child, dict | list) and child and chance.random() < 0.85:
            node = child
            continue
        action = chance.random()
        if action < 0.15:
            del node[key]
        elif action < 0.2 and isinstance(node, dict):
            node[chance.choice(("a", "\ud800", key + key))] = child
        elif action < 0.25 and isinstance(node, list):
            node.append(copy.deepcopy(child))
        else:
            node[key] = chance.choice(VALUES)
        return


def _changed(tensors: dict[str, np.ndarray], chance: random.Random) -> dict[str, np.ndarray]:
    name = chance.choice(sorted(tensors))
    array = tensors[name].copy()
    ways: list[Callable[[], np.ndarray]] = [
        lambda: array.astype(chance.choice((np.float16, np.float32, np.float64, np.int8, np.int64, np.bool_))),
        lambda: np.ascontiguousarray(array.T),
        lambda: array.reshape(-1),
        lambda: array[:0],
        lambda: array[:1],
        lambda: np.zeros((), array.dtype),
        lambda: np.full_like(array, chance.choice((0, 1, 100))),
        lambda: _with(array, chance.choice((np.nan, np.inf, 1e38, -1e38)), chance),
        lambda: _with(array, chance.choice((0, 1, -1, 255)), chance),
        lambda: np.concatenate([array.reshape(-1)] * 2),
    ]
    if chance.random() < 0.15:
        return {other: values for other, values in tensors.items() if other != name}
    with np.errstate(all="ignore"):  # NaN as a whole number
        return {**tensors, name: np.ascontiguousarray(chance.choice(ways)())}


def _with(array: np.ndarray, value: float, chance: random.Random) -> np.ndarray:
    if array.dtype.kind == "f" and array.size:
        array.reshape(-1)[chance.randrange(array.size)] = value
    return array


def _digest(name: str, array: np.ndarray) -> str:
    start = f"{name} {array.dtype.str} {array.shape} ".encode()
    return hashlib.sha256(start + array.tobytes()).hexdigest()
