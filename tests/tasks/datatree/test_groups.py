"""Which groups and variables there are, by the kind of the model and of the columns, and what is said of the rest."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from aevb_cli.modelfile import trained
from aevb_cli.tasks.datatree import groups
from aevb_cli.tasks.datatree.survey import Survey
from aevb_cli.tasks.prediction import PredictRequest
from tests.tasks.datatree.drawing import S, array, tree

LONG = ("chain", "draw", "row")
pytestmark = pytest.mark.filterwarnings("ignore:These rows are")


def test_targets_of_every_kind(kinds: Path) -> None:
    found = tree(kinds / "mixed.safetensors", kinds / "kinds.csv")
    assert list(found.children) == [
        *("posterior", "posterior_predictive", "log_likelihood", "observed_data", "constant_data")
    ]
    posterior, predictive, observed = (found[name] for name in list(found.children)[:4:1] if name != "log_likelihood")
    assert {name: each.dims for name, each in posterior.data_vars.items()} == {
        "grade_p": ("chain", "draw", "grade_class", "row"), "answer_p": LONG, "code_p": LONG, "visits_mean": LONG,
    }  # fmt: skip
    for group in (predictive, observed):
        assert group["grade_class"].to_numpy().tolist() == ["low", "mid", "very high"]
        assert group["answer_class"].to_numpy().tolist() == ["no", "yes"]
        assert {name: each.dtype.kind for name, each in group.data_vars.items()} == dict.fromkeys(
            ("grade", "answer", "code", "visits"), "i"
        )
    assert {name: each.dims for name, each in found["log_likelihood"].data_vars.items()} == dict.fromkeys(
        ("grade", "answer", "code", "visits"), LONG
    )
    table = pd.read_csv(kinds / "kinds.csv")
    words = observed["grade_class"].to_numpy()
    assert words[array(found, "observed_data", "grade")].tolist() == table["grade"].tolist()
    assert array(found, "observed_data", "code").tolist() == table["code"].tolist()
    inputs = found["constant_data"]
    assert inputs["k_class"].to_numpy()[inputs["k"].to_numpy()].tolist() == table["k"].tolist()
    assert inputs["x"].to_numpy().tolist() == table["x"].tolist()
    assert found["posterior"]["row"].to_numpy().tolist() == [*range(1, 241)]


def test_every_group_says_what_made_it_and_what_is_in_it(kinds: Path) -> None:
    found = tree(kinds / "visits.safetensors", kinds / "kinds.csv")
    digest = trained_digest(kinds / "visits.safetensors")
    for group in (found, *found.children.values()):
        facts = dict(group.attrs)
        assert (facts.pop("inference_library"), facts.pop("model_sha256")) == ("aevb", digest)
        assert "created_at" not in facts  # the same command gives the same bytes
        assert bool(facts.get("description")) is (group is not found)


def trained_digest(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_vaes_draws_are_of_one_distribution_and_say_so(workshop: Path) -> None:
    found = tree(workshop / "vae.safetensors", workshop / "data.csv")
    for group, name in (("posterior", "z_mean"), ("log_likelihood", "z")):
        assert (array(found, group, name) == array(found, group, name)[0]).all()
        assert "every draw is the same" in found[group].attrs["description"]
    assert array(found, "posterior_predictive", "z").std(0).min() > 0


def test_a_hidden_z_has_draws_and_no_likelihood_and_that_is_said(people: Path) -> None:
    with pytest.warns(UserWarning, match="No log_likelihood and observed_data: z is hidden"):
        found = tree(people / "people.safetensors", people / "people.csv")
    assert list(found.children) == ["posterior", "constant_data"]
    assert list(found["posterior"].data_vars) == ["z1", "z2"]
    assert found["constant_data"]["joined"].attrs["description"] == "days since 1970-01-01"


def test_a_hidden_z_is_drawn_from_its_posterior(people: Path) -> None:
    import aevb_cli as aevb

    p = aevb.load(people / "people.safetensors").predict(people / "people.csv")
    with pytest.warns(UserWarning, match="z is hidden"):
        found = tree(people / "people.safetensors", people / "people.csv")
    for name in ("z1", "z2"):
        z = array(found, "posterior", name)
        assert abs(((z.mean(0) - p[f"{name}_mean"]) / p[f"{name}_sd"]).mean()) < 4 / (S * len(p)) ** 0.5
        assert abs((z.std(0) / p[f"{name}_sd"]).mean() - 1) < 0.02


def test_a_table_without_targets_and_that_is_said(kinds: Path) -> None:
    table = pd.read_csv(kinds / "kinds.csv")[["x", "w", "k", "visits"]]
    found = tree(kinds / "mixed.safetensors", table)
    assert list(found["log_likelihood"].data_vars) == list(found["observed_data"].data_vars) == ["visits"]
    with pytest.warns(UserWarning, match="the table holds no value of 'grade', 'answer', 'code', 'visits'"):
        found = tree(kinds / "mixed.safetensors", table.drop(columns="visits"))
    assert list(found.children) == ["posterior", "posterior_predictive", "constant_data"]


def test_more_inputs_than_fit_are_left_out_and_that_is_said(workshop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, survey = trained.load(workshop / "several.safetensors"), Survey(5, 0, (5,), (False,) * 4)
    wide = replace(model, features=model.features * 300)
    monkeypatch.setattr(groups, "_posterior", lambda *_: [])
    found = groups.contents(wide, survey, PredictRequest(draws=3), "")
    assert [each.group.name for each in found] == ["posterior_predictive", "log_likelihood", "observed_data"]
    assert list(groups.left_out(wide, survey)) == [
        f"No constant_data: {300 * len(model.features)} inputs are more than the 1000 that fit beside draws."
    ]


def test_an_interval_with_a_guarantee_is_no_share_of_the_draws(workshop: Path, kinds: Path) -> None:
    numbers = tree(workshop / "guaranteed.safetensors", workshop / "factor.csv")["posterior_predictive"]
    assert not any("calibrated_level_90" in each.attrs for each in numbers.data_vars.values())
    counts = tree(kinds / "visits.safetensors", kinds / "kinds.csv")["posterior_predictive"]
    assert 0.5 < counts["visits"].attrs["calibrated_level_90"] < 1
