"""What is said of rows to come, where what comes is known."""

import math
from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.held_out import HeldOut, standard_errors
from aevb_cli.core.calibration.stacking import Stacking, mixed
from aevb_cli.core.families.bernoulli import Bernoulli
from aevb_cli.core.families.categorical import Categorical
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.joint import Joint

Reference: Any = torch.distributions.Normal  # untyped there

ROWS = 4000


def foretold(members: Tensor, scale: float, used: int, z: Tensor) -> dict[str, Any]:
    """What members (C, m, M, 1), each sure of one value in noise of one scale, say of `used` times as many."""
    loc = members[:, None].expand(-1, 2, -1, -1, -1)
    draws = Normal(loc, torch.full(loc.shape, scale))
    stacking = Stacking.none(len(members), 1)
    _, scores = HeldOut.of(draws, mixed(draws, stacking), stacking, used).scores(z)
    assert scores is not None
    return scores


@pytest.mark.parametrize("whole_numbers", [False, True])
@pytest.mark.parametrize("judges", [2, 3, 4])
def test_scores_of_the_few_are_carried_on_to_the_many(judges: int, whole_numbers: bool) -> None:
    """Members err by sd 0.4 of their own. Whole numbers make a mixture of peaks, which `stack` would not carry over."""
    generator = Generator().manual_seed(1)
    mean = torch.randn(ROWS, 1, generator=generator)
    z = mean + 0.5 * torch.randn(ROWS, 1, generator=generator)
    parts = (mean + 0.4 * torch.randn(3, n, ROWS, 1, generator=generator) for n in (judges, 10 * judges))
    z, few, many = ((2 * each).round() if whole_numbers else each for each in (z, *parts))
    scale = 0.5 if whole_numbers else 0.6
    found = [foretold(members, scale, used, z) for members, used in ((few, 1), (few, 10), (many, 1))]
    for name, power in (("log_likelihood", 1), ("rmse", 2)):
        known, carried, actual = (each[name][0] ** power for each in found)
        # Terms of 1/m^2 are left out, and rows with the largest gains are cut off: most of the way, not all of it.
        assert 0.5 < (carried - known) / (actual - known) < 1.5, name


def test_halves_that_differ_by_too_much_tell_no_more_than_can_be_gained() -> None:
    """One of two members is sure of z, the other of something else: a mixture has at most twice the half's density."""
    members = torch.stack([torch.zeros(ROWS, 1), torch.full((ROWS, 1), 20.0)])[None]
    z = torch.zeros(ROWS, 1)
    few, many = (foretold(members, 1.0, used, z)["log_likelihood"][0] for used in (1, 10))
    assert many - few == pytest.approx(math.log(2), abs=1e-5)


def test_one_member_tells_nothing_of_more() -> None:
    members = torch.randn(3, 1, ROWS, 1, generator=Generator().manual_seed(1))
    z = torch.zeros(ROWS, 1)
    assert foretold(members, 1.0, 10, z) == foretold(members, 1.0, 1, z)


def test_scores_are_those_of_the_known_rows() -> None:
    z = torch.tensor([[1.0], [math.nan], [-2.0]], dtype=torch.float64)
    mixture = Normal(torch.zeros(1, 3, 1).double(), torch.ones(1, 3, 1).double())
    pit, scores = HeldOut(mixture).scores(z)
    known = z[[0, 2]]
    torch.testing.assert_close(torch.from_numpy(pit), Reference(0.0, 1.0).cdf(known))
    assert scores is not None
    assert (scores["rows"], scores["groups"]) == (2, 2)
    assert scores["rmse"] == pytest.approx([math.sqrt(2.5)])
    assert scores["log_likelihood"] == pytest.approx([float(Reference(0.0, 1.0).log_prob(known).mean())])
    assert scores["coverage"] == {"0.5": [0.0], "0.9": [0.5]}  # |z| below 0.674 and 1.645


#: Draws of two words, a number and three words, of four rows; the fourth row's class is not known.
JOINT = Joint(
    (
        Normal(torch.zeros(1, 4, 1).double(), torch.ones(1, 4, 1).double()),
        Categorical(
            torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.3, 0.4, 0.3], [1 / 3] * 3]).double().log()[None, :, None]
        ),
        Bernoulli(torch.tensor([[0.9], [0.6], [0.2], [0.5]]).double().logit()[None]),
    ),
    (slice(1, 2), slice(2, 3), slice(0, 1)),
)
CODES = torch.tensor([[1, 0.5, 0], [0, -2.0, 2], [0, 0.1, 0], [1, 0.0, math.nan]]).double()


def test_of_classes_it_is_told_how_many_are_right_and_of_numbers_what_was_told_without_them() -> None:
    pit, scores = HeldOut(JOINT).scores(CODES)
    assert scores is not None
    assert scores["accuracy"] == [pytest.approx(2 / 3), None, pytest.approx(2 / 3)]
    assert [scores["rmse"][place] for place in (0, 2)] == [None, None]
    assert [scores["rmse_error"][place] for place in (0, 2)] == [None, None]
    assert scores["log_likelihood"][0] == pytest.approx(math.log(0.9 * 0.4 * 0.8) / 3)
    assert scores["log_likelihood"][2] == pytest.approx(math.log(0.5 * 0.8 * 0.3) / 3)
    torch.testing.assert_close(
        torch.from_numpy(pit)[:, [0, 2]], torch.tensor([[0.9, 0.5], [0.4, 0.8], [0.8, 0.3]]).double()
    )
    number = HeldOut(JOINT.parts[0].map(lambda each: each[:, :3])).scores(CODES[:3, 1:2])[1]
    assert number is not None
    for name in ("rmse", "rmse_error", "log_likelihood", "log_likelihood_error", "accuracy"):
        assert scores[name][1] == number[name][0]


def test_probabilities_of_known_rows_stand_behind_the_observed_class() -> None:
    held_out = HeldOut(JOINT)
    assert held_out.classes == [0, 2]
    expected = [[1, 0.1, 0.9, 0, 0.5, 0.3, 0.2], [0, 0.4, 0.6, 2, 0.1, 0.1, 0.8], [0, 0.8, 0.2, 0, 0.3, 0.4, 0.3]]
    torch.testing.assert_close(torch.from_numpy(held_out.of_classes(CODES)), torch.tensor(expected).double())
    assert HeldOut(JOINT.parts[0]).of_classes(CODES[:, 1:2]).shape == (4, 0)


def test_the_gain_of_many_members_counts_for_log_likelihood_and_not_for_accuracy() -> None:
    """Two members err in opposite ways: together they are torn, and each by itself is sure."""
    location = torch.tensor([3.0, -2.0])[None, None, :, None, None].expand(1, 2, 2, 50, 1).double()
    draws, stacking, z = Bernoulli(location), Stacking.none(1, 1), torch.ones(50, 1).double()
    few, many = (HeldOut.of(draws, mixed(draws, stacking), stacking, used).scores(z)[1] for used in (1, 10))
    assert few is not None
    assert many is not None
    assert many["accuracy"] == few["accuracy"] == [1]
    assert many["log_likelihood"][0] > few["log_likelihood"][0]


def test_nothing_is_said_where_a_score_is_not_finite() -> None:
    lost = Normal(torch.full((1, 2, 1), math.inf).double(), torch.ones(1, 2, 1).double())
    pit, scores = HeldOut(lost).scores(torch.zeros(2, 1).double())
    assert scores is None
    assert len(pit) == 0


def test_nothing_is_said_where_an_error_is_not_finite() -> None:
    """A mean of 10^100 has a finite RMSE, whose error was infinite: the model could not be saved."""
    far = Normal(torch.tensor([1.0, 1e100])[None, :, None].double(), torch.ones(1, 2, 1).double())
    pit, scores = HeldOut(far).scores(torch.zeros(2, 1).double())
    assert scores is None
    assert len(pit) == 0


def test_errors_are_those_that_fresh_tables_show() -> None:
    """A thousand tables of 200 rows, predicted by the truth: the scatter of the scores against their errors."""
    generator, tables, rows = Generator().manual_seed(2), 1000, 200
    found = []
    for _ in range(tables):
        z = torch.randn(rows, 1, generator=generator, dtype=torch.float64)
        p = Normal(torch.zeros(1, rows, 1).double(), torch.ones(1, rows, 1).double())
        _, scores = HeldOut(p).scores(z)
        assert scores is not None
        found.append([scores[name][0] for name in ("rmse", "rmse_error", "log_likelihood", "log_likelihood_error")])
    rmse, rmse_error, log_likelihood, log_likelihood_error = torch.tensor(found).T
    for score, error in ((rmse, rmse_error), (log_likelihood, log_likelihood_error)):
        assert error.mean() == pytest.approx(float(score.std()), rel=0.1)  # 4 standard errors of a scatter of 1000


def test_rows_of_one_group_are_no_more_than_one() -> None:
    """Each row four times: the errors are those of the rows once, but for groups - 1 in place of rows - 1."""
    z = torch.randn(50, 1, generator=Generator().manual_seed(3), dtype=torch.float64)

    def scores(z: Tensor, group: Tensor | None) -> dict[str, Any]:
        p = Normal(torch.zeros(1, len(z), 1).double(), torch.ones(1, len(z), 1).double())
        found = HeldOut(p).scores(z, group)[1]
        assert found is not None
        return found

    once, several = scores(z, None), scores(z.repeat(4, 1), torch.arange(50).repeat(4))
    assert (several["rows"], several["groups"]) == (200, 50)
    for name in ("rmse", "rmse_error", "log_likelihood", "log_likelihood_error"):
        assert several[name] == pytest.approx(once[name])
    assert scores(z, torch.zeros(50).long())["rmse_error"] is None


def test_errors_are_of_the_sums_over_groups() -> None:
    """By hand: residuals -3, 1, 0, 2 of the mean 4 in groups (-3, 1), (0), (2)."""
    values = torch.tensor([[1.0], [5.0], [4.0], [6.0]], dtype=torch.float64)
    found = standard_errors(values, torch.tensor([0, 0, 1, 2]), 3)
    assert found is not None
    assert found.tolist() == pytest.approx([math.sqrt((2**2 + 0 + 2**2) * 3 / 2) / 4])
