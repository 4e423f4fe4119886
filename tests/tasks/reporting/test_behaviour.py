"""Pictures of how a model behaves: of held-out rows, and the effects that matter first."""

from dataclasses import replace
from pathlib import Path

from aevb_cli.pages import Grid, Picture
from aevb_cli.tasks.reporting import behaviour
from aevb_cli.tasks.reporting.predicted import Predicted
from tests.tasks.reporting.models import loaded, text_of


def test_predicted_against_observed_is_of_held_out_rows(workshop: Path) -> None:
    model = loaded(workshop, "several")
    (picture,) = behaviour.observed(model, Predicted(model, 1, 0)).parts
    assert isinstance(picture, Picture)
    assert f"{len(model.predicted)} held-out rows" in picture.svg
    (picture,) = behaviour.observed(replace(model, predicted=model.predicted[:0]), Predicted(model, 1, 0)).parts
    assert isinstance(picture, Picture)
    assert "training rows, which the model has seen" in picture.svg
    assert "of new ones expect less" in picture.caption


def test_the_effects_that_move_a_target_the_most_come_first(workshop: Path) -> None:
    model = loaded(workshop, "several")
    *pictures, table = behaviour.effects(model, Predicted(model, 1, 0)).parts
    assert isinstance(table, Grid)
    order, reach = [row[0] for row in table.rows], [float(row[1]) for row in table.rows]
    assert reach == sorted(reach, reverse=True)
    assert [picture.title for picture in pictures if isinstance(picture, Picture)] == [
        f"The effect of {name} on x5" for name in order
    ]


def test_both_uncertainties_are_named(workshop: Path) -> None:
    model = loaded(workshop, "bnn")
    (picture,) = behaviour.effects(model, Predicted(model, 40, 0)).parts
    assert "aleatoric and epistemic" in text_of(picture)
    assert isinstance(picture, Picture)
    assert "90 % interval of p(z | x)" in picture.svg
    assert "90 % interval of E(z | x)" in picture.svg


def test_classes_have_reliability_and_confusion(kinds: Path) -> None:
    said = text_of(behaviour.calibration(loaded(kinds, "mixed")))
    assert "Reliability of the probabilities of grade" in said
    assert "coverage of the intervals of visits" in said
