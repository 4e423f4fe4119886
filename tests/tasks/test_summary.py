"""What is said of a training, from its facts alone."""

import pytest

from aevb_cli.tasks import summary


def facts(coverage: float = 0.9, rows: int = 100) -> dict[str, object]:
    scores = {
        "rows": rows,
        "rmse": [1.0, 3.0],
        "log_likelihood": [-1.0, -2.0],
        "coverage": {"0.5": [0.5, 0.5], "0.9": [coverage, 0.95]},
    }
    return {"iterations": 300, "elbo": -1.23456, "converged": True, "held_out": scores}


def test_how_far_it_went() -> None:
    assert summary.reached(facts()) == "300 iterations, ELBO -1.235 nats per row"
    assert summary.reached({"iterations": 0, "elbo": None}) == "0 iterations"


def test_what_to_expect_is_a_mean_over_targets() -> None:
    (line,) = summary.expectation(facts())
    assert "by 100 that members had not seen: log-likelihood -1.5 nats per row, RMSE 2," in line
    assert line.endswith("coverage of the 90 % interval 0.925.")


@pytest.mark.parametrize(("coverage", "rows", "short"), [(0.9, 100, 0), (0.82, 100, 0), (0.8, 100, 1), (0.82, 900, 1)])
def test_an_interval_is_short_beyond_three_standard_deviations(coverage: float, rows: int, short: int) -> None:
    """The standard deviation of a share of 100 rows is 0.03 at 0.9: 0.81 is the least that chance explains."""
    lines = summary.short_intervals(facts(coverage, rows))
    assert len(lines) == short
    assert all(line.startswith(f"the 90 % interval holds {coverage:.3f} of them") for line in lines)


def test_without_held_out_rows_nothing_is_expected() -> None:
    without = {**facts(), "held_out": None}
    assert summary.expectation(without) == summary.short_intervals(without) == []
