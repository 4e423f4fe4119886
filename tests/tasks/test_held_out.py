"""What held-out rows say of a trained model: shares of classes beside its scores, and neighbours' errors."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aevb_cli import tables
from aevb_cli.core.calibration import sets
from aevb_cli.model_settings import BnnSettings
from aevb_cli.settings import ColumnRequest, TrainingRequest, TrainingSettings
from aevb_cli.tasks.columns import assign
from aevb_cli.tasks.held_out import coverage, spaced
from aevb_cli.tasks.run import Run


def trained(tmp_path: Path, text: str, *, target: list[str], group: str | None = None) -> tuple[Run, Any]:
    (tmp_path / "a.csv").write_text(text)
    roles = ColumnRequest(target, None, "error", group=group, classes=True)
    table = assign(tables.read(str(tmp_path / "a.csv")), roles)
    request = TrainingRequest(BnnSettings((4,), members=3), TrainingSettings(max_iterations=100), roles, ("a.csv",))
    run = Run(request, table, 1)
    for _ in run.steps():
        pass
    return run, run.result()


def rows(count: int, seed: int) -> list[tuple[float, float, str]]:
    bits = np.random.default_rng(seed)
    words = np.where(bits.random(count) < 0.3, "a", np.where(bits.random(count) < 0.8, "b", "c"))
    x = bits.standard_normal(count)
    return [(x[row], x[row] + bits.standard_normal(), str(words[row])) for row in range(count)]


def text(found: list[tuple[float, float, str]]) -> str:
    return "\n".join(["x,y,word", *(f"{x},{y},{word}" for x, y, word in found)])


def test_beside_the_scores_of_classes_are_those_of_their_shares(tmp_path: Path) -> None:
    found = rows(300, 1)
    run, model = trained(tmp_path, text(found), target=["y", "word"])
    scores, words = model.facts["held_out"], [word for *_, word in found]
    share = {word: words.count(word) / 300 for word in "abc"}
    seen = [words[row] for row in run.left_out.held_out_rows.tolist()]
    assert scores["base_accuracy"] == [
        None,
        pytest.approx(np.mean([word == max(share, key=share.__getitem__) for word in seen])),
    ]
    assert scores["base_log_likelihood"] == [None, pytest.approx(np.mean([np.log(share[word]) for word in seen]))]
    assert scores["accuracy"][0] is None
    assert scores["rmse"][1] is None
    assert model.pit.shape == (len(seen), 2)
    assert model.classes.shape == (len(seen), 4)  # the code, and the probabilities of three words


@pytest.mark.parametrize(("order", "told"), [("as it is", True), ("by x", False), ("by groups", False)])
def test_neighbours_errors_are_compared_where_the_order_is_no_column_s(order: str, told: bool, tmp_path: Path) -> None:
    found = rows(300, 2)
    made = text(sorted(found) if order == "by x" else found)
    scores = trained(tmp_path, made, target=["y"], group="word" if order == "by groups" else None)[1].facts["held_out"]
    assert (scores["neighbours"] is not None) == told


def test_the_coverage_of_sets_of_words_takes_the_place_of_a_band_s(tmp_path: Path) -> None:
    run, model = trained(tmp_path, text(rows(300, 3)), target=["y", "word"])
    found = coverage(model.model, run.table, model.classes, 0.9)
    assert found == model.facts["held_out"]["coverage"]["0.9"]
    assert found[0] == pytest.approx(float(model.model.coverage(0.9)[0]))
    codes, probabilities = torch.from_numpy(model.classes[:, 0]), torch.from_numpy(model.classes[:, 1:])
    assert found[1] == pytest.approx(float(sets.expected(probabilities, codes, 0.9)))
    assert found[1] != float(model.model.coverage(0.9)[1])


@pytest.mark.parametrize(("count", "most"), [(0, 5), (1, 5), (5, 5), (1000, 5)])
def test_rows_are_spread_over_the_table(count: int, most: int) -> None:
    found = spaced(count, most)
    assert len(found) == min(count, most)
    if count:
        assert (found[0], found[-1]) == (0, count - 1)
