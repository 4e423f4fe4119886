"""A number, and a number that is one of two, whose moments and quantiles are those of two points."""

import numpy as np
import pytest

from aevb_cli.sklearn.targets import Target

COLUMNS = {
    "mean": np.array([1.0]),
    "sd": np.array([2.0]),
    "q_25": np.array([0.5]),
    "lower_80": np.array([-1.0]),
    "upper_80": np.array([3.0]),
    "p": np.array([0.04, 0.3, 0.97]),
}


def test_a_number_has_its_columns() -> None:
    target = Target(COLUMNS.__getitem__)
    assert [target.mean.item(), target.sd.item(), target.quantile(0.25).item()] == [1, 2, 0.5]
    assert target.interval(0.8).tolist() == [[-1, 3]]


def test_one_of_two_numbers_has_the_moments_of_two_points() -> None:
    target = Target(COLUMNS.__getitem__, (10.0, 20.0))
    for place, p in enumerate(COLUMNS["p"]):
        points, weights = np.array([10.0, 20.0]), np.array([1 - p, p])
        mean = (points * weights).sum()
        assert target.mean[place] == pytest.approx(mean)
        assert target.sd[place] == pytest.approx(np.sqrt((weights * (points - mean) ** 2).sum()))
    assert target.quantile(0.5).tolist() == [10, 10, 20]
    assert target.quantile(0.7).tolist() == [10, 10, 20]
    assert target.quantile(0.71).tolist() == [10, 20, 20]
    assert target.interval(0.9).tolist() == [[10, 10], [10, 20], [20, 20]]
