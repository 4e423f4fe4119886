"""Intervals written into a model file's header and tensors, and read back."""

from types import SimpleNamespace

import pytest
import torch

from aevb_cli.core.calibration import stored
from aevb_cli.core.calibration.conformal import ConformalIntervals
from aevb_cli.core.calibration.recalibration import Recalibration

PIT = torch.rand(30, 1, generator=torch.Generator().manual_seed(1)).double()
GUARANTEE = ConformalIntervals(PIT.logit(), torch.arange(30) % 3, torch.empty(0, dtype=torch.int64))


def read_back(folds: int, family: str = "gaussian") -> tuple[Recalibration, ConformalIntervals | None]:
    targets = {"columns": SimpleNamespace(targets=["z"]), "families": SimpleNamespace(targets=[family])}
    header = SimpleNamespace(**stored.header(Recalibration.of(PIT), GUARANTEE), **targets)
    return stored.restored(header, {"pit": PIT} | stored.tensors(GUARANTEE), folds)


def test_intervals_are_read_back_as_they_were() -> None:
    recalibration, guarantee = read_back(3)
    assert torch.equal(recalibration.needed, Recalibration.of(PIT).needed)
    assert not any(recalibration.classes)
    assert guarantee is not None
    assert torch.equal(guarantee.scores, GUARANTEE.scores)
    assert torch.equal(guarantee.fold, GUARANTEE.fold)


@pytest.mark.parametrize("family", ["bernoulli", "categorical"])
def test_of_classes_the_scores_by_which_sets_are_made_are_read_back(family: str) -> None:
    recalibration, _ = read_back(3, family)
    assert torch.equal(recalibration.needed, 1 - PIT)
    assert recalibration.classes == (True,)


def test_the_header_names_the_method_and_what_it_guarantees() -> None:
    summary = stored.header(Recalibration.none(1), GUARANTEE)
    assert summary["recalibration"] is None
    assert summary["guarantee"] == {
        "method": "CV+", "rows": 30, "folds": 3, "least coverage at 0.9": round(GUARANTEE.least(0.9), 3)
    }  # fmt: skip


def test_a_fold_that_no_member_left_out_is_refused() -> None:
    with pytest.raises(ValueError, match="not the members'"):
        read_back(2)
