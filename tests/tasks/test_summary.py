"""What is said of a training, from its facts alone."""

import re
from typing import Any

import numpy as np
import pytest
from scipy import stats

from aevb_cli.tasks import summary


def facts(coverage: float = 0.9, rows: int = 100, **changed: object) -> dict[str, Any]:
    scores = {
        "rows": rows,
        "groups": rows,
        "rmse": [1.0, 300.0],
        "log_likelihood": [-1.0, -2.0],
        "rmse_error": [0.0312, 25.0],
        "log_likelihood_error": [0.06, 0.0],
        "accuracy": [None, None],
        "base_accuracy": [None, None],
        "base_log_likelihood": [None, None],
        "neighbours": None,
        "coverage": {"0.5": [0.5, 0.5], "0.9": [coverage, 0.95]},
    }
    of_z = {"hidden": None, "units": None}
    return {"iterations": 300, "elbo": -1.23456, "converged": True, "held_out": scores | changed, **of_z}


def of_one(**changed: Any) -> dict[str, Any]:
    found = facts(**changed)
    scores = found["held_out"]
    scores |= {name: of_targets[:1] for name, of_targets in scores.items() if isinstance(of_targets, list)}
    scores["coverage"] = {level: shares[:1] for level, shares in scores["coverage"].items()}
    return found


def test_how_far_it_went() -> None:
    assert summary.reached(facts()) == "300 iterations, ELBO -1.235 nats per row"
    assert summary.reached({"iterations": 0, "elbo": None}) == "0 iterations"


def test_what_to_expect_carries_its_errors() -> None:
    assert summary.expectation(of_one(rows=150), ["z"]) == [
        "To expect of new rows, by 150 rows that members had not seen: log-likelihood -1.000 +- 0.060 nats per row, "
        "RMSE 1.000 +- 0.031 (+- standard errors), the 90 % interval to hold 0.90 of them (0.84 to 0.94)."
    ]


def test_targets_are_told_apart_in_their_own_units() -> None:
    first, second = summary.expectation(facts(), ["a", "b"])
    assert first.startswith("To expect of new rows for 'a', by 100 rows")
    assert "RMSE 1.000 +- 0.031" in first
    assert second.startswith("To expect of new rows for 'b', by 100 rows")
    assert "log-likelihood -2 nats per row, RMSE 300 +- 25" in second


def test_a_file_of_an_older_format_knows_no_errors() -> None:
    (line,) = summary.expectation(of_one() | {"held_out": of_one()["held_out"] | OLDER}, ["z"])
    assert "log-likelihood -1 nats per row, RMSE 1, the 90 % interval" in line


OLDER = {"rmse_error": None, "log_likelihood_error": None}


CLASS: dict[str, Any] = {"accuracy": [0.82, None], "base_accuracy": [0.6, None], "base_log_likelihood": [-0.6931, None]}


def test_of_a_class_it_is_said_how_often_it_is_right_beside_the_most_frequent_one() -> None:
    (line,) = summary.expectation(of_one(**CLASS, rmse=[None], rmse_error=[None]), ["y"])
    assert line == (
        "To expect of new rows, by 100 rows that members had not seen: accuracy 0.820 (always the most frequent "
        "class: 0.600), log-loss 1.000 +- 0.060 nats per row (the classes' shares alone: 0.693), the 90 % set to hold "
        "the class of 0.90 of them (0.83 to 0.94)."
    )


def test_each_of_several_targets_has_the_words_of_its_kind() -> None:
    first, second = summary.expectation(facts(**CLASS), ["y", "n"])
    assert "for 'y'" in first
    assert "accuracy 0.820" in first
    assert "90 % set" in first
    assert "RMSE 300 +- 25" in second
    assert "accuracy" not in second
    assert "90 % interval" in second
    (doubt,) = summary.doubts(facts(coverage=0.7, **CLASS), ["y", "n"])
    assert doubt.startswith("the 90 % set for 'y' holds 0.700 of rows")


def test_rows_that_are_not_independent_count_once() -> None:
    (line,) = summary.expectation(of_one(rows=200, groups=50), ["z"])
    assert "by 200 rows in 50 groups that members" in line
    low, high = summary.coverage_range(0.9, 50)
    assert f"({low:.2f} to {high:.2f})" in line


@pytest.mark.parametrize(("groups", "promised", "word"), [
    (5, False, "too few to say what to expect"), (7, False, "too few to say"), (8, False, "too few to promise"),
    (19, False, "A guess: log-likelihood -1.000 +- 0.060"), (20, True, None),
])  # fmt: skip
def test_a_claim_from_few_rows(groups: int, promised: bool, word: str | None) -> None:
    found = of_one(rows=100, groups=groups)
    assert bool(summary.expectation(found, ["z"])) == promised
    doubts = summary.doubts(found, ["z"])
    assert bool(doubts) == (word is not None)
    assert word is None or word in doubts[0]
    if groups < summary.TOO_FEW:
        assert not re.search(r"RMSE|log-likelihood|0\.9", doubts[0])
    assert summary.lines(found, ["z"]) == [
        *summary.expectation(found, ["z"]),
        *(f"Warning: {line}" for line in doubts),
    ]


@pytest.mark.parametrize(("coverage", "rows", "short"), [(0.9, 100, 0), (0.82, 100, 0), (0.8, 100, 1), (0.82, 900, 1)])
def test_an_interval_is_short_beyond_three_standard_deviations(coverage: float, rows: int, short: int) -> None:
    """The standard deviation of a share of 100 rows is 0.03 at 0.9: 0.81 is the least that chance explains."""
    lines = summary.doubts(facts(coverage, rows), ["a", "b"])
    assert len(lines) == short
    assert all(line.startswith(f"the 90 % interval for 'a' holds {coverage:.3f} of rows") for line in lines)


@pytest.mark.parametrize("rows", [20, 50, 150, 1000])
def test_the_range_of_a_share_holds_the_probability_that_it_came_from(rows: int) -> None:
    """Over all counts that a probability can give, weighted by how likely they are: 95 %, and 91 % at least."""
    held = []
    for probability in np.linspace(0.7, 0.98, 29):
        ends = np.array([summary.coverage_range(count / rows, rows) for count in range(rows + 1)])
        inside = (ends[:, 0] <= probability) & (probability <= ends[:, 1])
        held.append(float(stats.binom.pmf(np.arange(rows + 1), rows, probability) @ inside))
    assert min(held) > 0.91
    assert np.mean(held) == pytest.approx(0.95, abs=0.01)


def test_without_held_out_rows_nothing_is_expected() -> None:
    without = {**facts(), "held_out": None}
    assert summary.expectation(without, ["z"]) == summary.doubts(without, ["z"]) == []


def test_neighbours_that_err_alike_are_a_doubt_where_chance_does_not_explain_it() -> None:
    assert summary.doubts(facts(neighbours=[0.32, -0.32]), ["y", "z"]) == []
    (line,) = summary.doubts(facts(neighbours=[0.1, 0.41]), ["y", "z"])
    assert "for 'z'" in line
    assert "0.41" in line
    assert "--group" in line


def of_hidden(*active: bool) -> dict[str, Any]:
    units = {"active": list(active), "information": [0.5] * len(active)}
    return {"held_out": None, "hidden": None, "units": units}


@pytest.mark.parametrize(("active", "said"), [
    ((True, False, False, True, True), "z: 3 of 5 hidden variables are used (z1, z4, z5). The others tell nothing"),
    ((False, True), "z: 1 of 2 hidden variables is used (z2). The others tell nothing about x: --latent 1 would do."),
    ((True, True), "z: both hidden variables are used."),
    ((True, True, True), "z: all 3 hidden variables are used."),
    ((True,), "z: the hidden variable is used."),
])  # fmt: skip
def test_the_hidden_variables_that_are_used_are_named(active: tuple[bool, ...], said: str) -> None:
    (line,) = summary.lines(of_hidden(*active), [])
    assert line.startswith(said)
    assert summary.collapse(of_hidden(*active)) == []


def test_a_collapsed_posterior_is_a_warning_with_a_way_out() -> None:
    (line,) = summary.lines(of_hidden(False, False), [])
    assert line.startswith("Warning: none of the 2 hidden variables is used (posterior collapse)")
    assert "--max-iterations" in line
    assert summary.used(of_hidden(False, False)) == []


def of_left_out(**changed: Any) -> dict[str, Any]:
    found = {"rows": 40, "elbo": -81.0, "log_px": -80.12, "log_px_error": 0.52, "cells": 200, "independent_cells": 150}
    coverage = {"coverage": {"0.5": 0.5, "0.9": 0.9}}
    return {"held_out": None, "hidden": found | coverage | changed, "units": None}


def test_of_a_hidden_z_rows_that_were_left_out_say_how_likely_rows_are_and_how_often_bands_hold() -> None:
    assert summary.lines(of_left_out(), []) == [
        "To expect of new rows, by 40 rows that were left out: log p(x) -80.12 +- 0.52 nats per row; the 90 % bands of "
        "missing numbers to hold 0.90 of their cells (0.84 to 0.94)."
    ]
    (line,) = summary.lines(of_left_out(coverage={}, cells=0, independent_cells=0), [])
    assert line.endswith("by 40 rows that were left out: log p(x) -80.12 +- 0.52 nats per row.")  # words have no bands


def test_few_left_out_rows_promise_nothing() -> None:
    (line,) = summary.lines(of_left_out(rows=12), [])
    assert line.startswith("Warning: 12 rows that were left out are too few to promise anything of new ones. A guess: ")
    assert "log p(x) -80.12 +- 0.52" in line
    (line,) = summary.lines(of_left_out(rows=7), [])
    assert "7 rows that were left out are too few to say how likely" in line
    assert "-80" not in line


@pytest.mark.parametrize(("share", "short"), [(0.83, False), (0.82, True)])
def test_bands_that_hold_fewer_cells_than_chance_explains_are_warned_of(share: float, short: bool) -> None:
    """Of 150 independent cells three standard deviations are 0.073."""
    warned = summary.doubts(of_left_out(coverage={"0.5": 0.5, "0.9": share}), [])
    assert len(warned) == short
    if short:
        assert warned[0].startswith("the 90 % bands of missing numbers hold 0.820 of the cells of rows that were left")


def test_networks_that_do_not_predict_are_told_with_a_way_out() -> None:
    assert summary.without(()) == []
    (said,) = summary.without((0.1, 0.03))
    assert said.startswith("the networks of KL weight 0.1 and 0.03 are left out: ")
    assert "--learning-rate" in said
    assert "--seed" in said
