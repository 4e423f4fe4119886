"""Judge made-up rows beside real ones: scores, and sentences that say what they mean."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aevb_cli.errors import DataError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Column
from aevb_cli.tables import RawTable
from aevb_cli.tasks import carried, seen
from aevb_cli.tasks.requirements import Scores
from aevb_cli.tasks.synthetic import copies, detection, marginals, pairs
from aevb_cli.tasks.synthetic.marginals import Rows

_ROUNDS, _MOST = 5, 10_000
"""Halvings of the real rows, over which distances are averaged, and rows of each half."""

_CHANCE, _FEW = 0.01, 20
"""The probability at which a table is said to differ by more than chance in some column; and unseen rows that tell."""


@dataclass(frozen=True)
class Judgement:
    """Scores, their names beginning with synthetic_, and what they mean."""

    scores: Scores
    sentences: tuple[str, ...]


def judge(model: TrainedModel, real: RawTable, made: RawTable, seed: int = 0) -> Judgement:
    """Compare made-up rows with real ones in the columns of a model, features and targets.

    Raises
    ------
    DataError
        a column is missing, a cell is none of its column, or a table has too few rows.
    """
    columns, places = _columns(model)
    names = [column.column for column in columns]
    words = [len(column.categories) for column in columns]
    tables = _rows(model, real, places), _rows(model, made, places)
    distance, chance = marginals.distances(*tables, words), marginals.by_chance(*tables, words)
    area, error = detection.auc(*tables, words, seed)
    scores: Scores = {"synthetic_rows": len(tables[1])}
    scores |= _beside_halves(*tables, words, seed)
    scores |= {"synthetic_auc": area, "synthetic_auc_error": error}
    training, unseen = _training_and_unseen(model, tables[0], places)
    found = None
    if len(unseen) >= _FEW and len(training):
        found = copies.compared(tables[1][: copies.MOST_ROWS], unseen[: copies.MOST_ROWS], training, words)
        scores |= {
            "synthetic_copies": found.copies, "synthetic_copies_by_chance": found.by_chance,
            "synthetic_near": found.near,
        }  # fmt: skip
        scores |= {} if math.isnan(found.ratio) else {"synthetic_nearest": found.ratio}
    order = np.argsort(-np.nan_to_num(distance), kind="stable")
    scores["synthetic_columns"] = {names[place]: float(distance[place]) for place in order if distance[place] >= 0}
    worst = [names[place] for place in order if chance[place] < _CHANCE / len(names)]
    far = _farthest(tables, words, names)
    return Judgement(scores, (*_sentences(scores, worst, len(names), far, found), *carried.without_copies(model)))


def _columns(model: TrainedModel) -> tuple[list[Column], list[int]]:
    """The columns to compare, one for each of the table's, and their places among features and targets."""
    found: dict[str, tuple[Column, int]] = {}
    for place, column in enumerate((*model.features, *model.targets)):
        found.setdefault(column.column, (column, place))
    return [column for column, _ in found.values()], [place for _, place in found.values()]


def _rows(model: TrainedModel, raw: RawTable, places: Sequence[int]) -> Rows:
    table = raw.conforming(model.features, targets=model.targets, unseen="missing")
    if len(table) < detection.LEAST:
        raise DataError(
            f"{raw.source}: {len(table)} rows are too few to compare tables by. Give at least {detection.LEAST}."
        )
    return np.ascontiguousarray(table.values[:, list(places)])


def _beside_halves(real: Rows, made: Rows, words: Sequence[int], seed: int) -> Scores:
    """Mean distances of half of the real rows from made-up ones, and from as many of the other half."""
    generator = np.random.default_rng(seed)
    count, found = min(len(real) // 2, len(made), _MOST), np.zeros((_ROUNDS, 4))
    for turn in range(_ROUNDS):
        order, chosen = generator.permutation(len(real)), generator.permutation(len(made))[:count]
        half, other = real[order[:count]], real[order[count : 2 * count]]
        for place, rows in enumerate((made[chosen], other)):
            found[turn, place] = _mean(marginals.distances(half, rows, words))
            found[turn, 2 + place] = _mean(np.array(list(pairs.distances(half, rows, words).values())))
    names = ("synthetic_marginals", "synthetic_marginals_real", "synthetic_pairs", "synthetic_pairs_real")
    means = dict(zip(names, found.mean(0).tolist(), strict=True))
    return {name: value for name, value in means.items() if not math.isnan(value)}


def _mean(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan


def _training_and_unseen(model: TrainedModel, real: Rows, places: Sequence[int]) -> tuple[Rows, Rows]:
    """The training rows that the model file holds, and rows that did not train: of the real ones, or left-out ones."""
    rows, left_out = np.ascontiguousarray(model.rows[:, list(places)]), model.left_out
    if len(rows) and not seen.repeated(rows, real):
        return rows, real
    if not left_out.any():
        return rows, real[:0]
    return rows[~left_out], rows[left_out]


def _farthest(tables: Sequence[Rows], words: Sequence[int], names: Sequence[str]) -> tuple[str, str] | None:
    """The pair of columns that differs most."""
    found = pairs.distances(tables[0], tables[1], words)
    if not found:
        return None
    first, second = max(found, key=found.__getitem__)
    return names[first], names[second]


def _sentences(
    scores: Scores, worst: Sequence[str], columns: int, far: tuple[str, str] | None, found: copies.Copies | None
) -> Iterator[str]:
    which = f": most '{worst[0]}' ({scores['synthetic_columns'][worst[0]]:.2f})" if worst else ""
    yield f"Columns: {len(worst) or 'none'} of {columns} differ by more than chance{which}."
    if far and "synthetic_pairs" in scores:
        more = scores["synthetic_pairs"] > 1.5 * scores["synthetic_pairs_real"] + 0.01
        so = f"further apart than two halves of the real rows, most '{far[0]}' with '{far[1]}'" if more else (
            "about as far apart as two halves of the real rows")  # fmt: skip
        yield (f"Pairs of columns: {so} ({scores['synthetic_pairs']:.3f} beside {scores['synthetic_pairs_real']:.3f}).")
    area, error = scores["synthetic_auc"], scores["synthetic_auc_error"]
    told = "cannot tell" if area < 0.5 + 2 * error else "hardly tells" if area < 0.6 else (
        "often tells" if area < 0.8 else "tells")  # fmt: skip
    yield (
        f"A classifier {told} made-up rows from real ones: AUC {area:.2f} (standard error {error:.2f}; 0.5 is chance)."
    )
    if found is None:
        yield (
            "Whether training rows were copied is not known: no row is known that did not train. Name a table of such."
        )
        return
    copied = found.copies > found.by_chance + 0.01 or found.near > 2 * copies.NEAR
    yield (
        f"Training rows are {'copied' if copied else 'not copied'}: {found.near:.1%} of the made-up rows lie nearer to "
        f"one than the nearest {copies.NEAR:.0%} of unseen rows; {found.copies:.1%} are equal to one, of unseen rows "
        f"{found.by_chance:.1%}."
    )
