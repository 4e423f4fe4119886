"""The distributions that a user gives for columns, those that a column cannot have, and those without a choice."""

from pathlib import Path

import pytest

from aevb_cli import tables
from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import Support
from aevb_cli.core.families.location_scale import LocationScaleFamily
from aevb_cli.errors import UsageError
from aevb_cli.settings import ColumnRequest
from aevb_cli.tasks import columns, likelihoods
from aevb_cli.tasks.columns import TrainingTable

SMALL = "x,y,z\n1,2,3\n2,4,5\n3,3,1\n"
PARTS = "p1,p2,q,u,z\n0,1,5,1.5,3\n1,0,6,2.5,0.25\n1,1,7,0.5,1\n0,1,9,3.5,2\n1,0,4,2.25,5\n"


def assign(folder: Path, text: str = SMALL, target: str = "z", types: list[str] | None = None) -> TrainingTable:
    path = folder / "t.csv"
    path.write_text(text)
    request = ColumnRequest([target], None, "learn", known=True, types=types, classes=True)
    return columns.assign(tables.read(str(path)), request)


def of(kinds: str, rows: int = 12) -> str:
    """A table of a feature and targets with these cells, in turn."""
    cells = [kind.split() for kind in kinds.split("|")]
    lines = [",".join(["x", *(f"z{number}" for number in range(len(cells)))])]
    lines += [",".join([str(row + 0.5), *(own[row % len(own)] for own in cells)]) for row in range(rows)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["y=bernoulli"], ({1: "bernoulli"}, {})),
        (["x=gaussian", "y=student-t"], ({0: "gaussian", 1: "student-t"}, {})),
        (["z=laplace", "y=gaussian"], ({1: "gaussian"}, {0: "laplace"})),
        (["z=log-normal"], ({}, {0: "log-normal"})),
        ([], ({}, {})),
    ],
)
def test_families(given: list[str], expected: tuple[dict[int, str], dict[int, str]], tmp_path: Path) -> None:
    table = assign(tmp_path, "x,y,z\n1,0,1\n2,1,2\n3,1,4\n")
    found = likelihoods.families(table, given)
    assert (found.features, found.targets) == expected


@pytest.mark.parametrize(
    ("given", "features", "targets"),
    [
        (["p*=bernoulli"], {0: "bernoulli", 1: "bernoulli"}, {}),
        (["[pq]*=laplace"], {0: "laplace", 1: "laplace", 2: "laplace"}, {}),
        (["*=gaussian", "p1=bernoulli"], {0: "bernoulli", **dict.fromkeys((1, 2, 3), "gaussian")}, {0: "gaussian"}),
        (["p1=bernoulli", "*=gaussian"], {0: "bernoulli", **dict.fromkeys((1, 2, 3), "gaussian")}, {0: "gaussian"}),
    ],
)
def test_a_pattern_means_every_column_that_no_plain_name_means(
    given: list[str], features: dict[int, str], targets: dict[int, str], tmp_path: Path
) -> None:
    found = likelihoods.families(assign(tmp_path, PARTS), given)
    assert (found.features, found.targets) == (features, targets)


def test_a_column_may_be_called_as_a_pattern_is(tmp_path: Path) -> None:
    found = likelihoods.families(assign(tmp_path, PARTS.replace("p1", "p*")), ["p*=bernoulli"])
    assert found.features == {0: "bernoulli"}


def test_a_pattern_means_targets_where_features_have_no_distribution(tmp_path: Path) -> None:
    table = assign(tmp_path, PARTS)
    assert likelihoods.families(table, ["*=laplace"], of_features=False).targets == {0: "laplace"}
    with pytest.raises(UsageError, match=r"--likelihood p\*=laplace: this model has no distribution of its features"):
        likelihoods.families(table, ["p*=laplace"], of_features=False)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ("x=bernoulli", r"^--likelihood x=bernoulli: its values do not lie between 0 and 1\.$"),
        ("?=bernoulli", r"column 'x': its values do not lie between 0 and 1\.$"),
        ("x=categorical", r"it holds numbers, and categorical is for words\. Take it for words with --types x=categor"),
        ("x=log-normal", r"student-t, bernoulli, categorical; where z is hidden \(--latent\) it has any\.$"),
        ("x=beta-binomial", r"a feature has one of gaussian, laplace, logistic, student-t, bernoulli, categorical; w"),
        ("z=bernoulli", r"a target has one of gaussian, laplace, logistic, student-t, log-normal, logit-normal; aevb"),
        ("z=logit-normal", "its values do not lie between 0 and 1"),
        ("nope=gaussian", "there is no column 'nope'"),
        ("q*=gaussian", r"there is no column 'q\*'"),
        ("x=cauchy", "'cauchy' is none of gaussian"),
        ("x=studentt", r"did you mean 'student-t'\?"),
        ("x=log_normal", r"did you mean 'log-normal'\?"),
        ("x=Student T", r"did you mean 'student-t'\?"),
        ("x", "write a column's name"),
        ("=laplace", "write a column's name"),
    ],
)
def test_families_that_do_not_suit(given: str, match: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=match):
        likelihoods.families(assign(tmp_path, SMALL), [given])


def test_a_family_of_a_constant_column_of_a_feature_without_one_or_given_twice(tmp_path: Path) -> None:
    table = assign(tmp_path, "c,x,z\n5,1,1\n5,2,2\n5,3,4\n")
    with pytest.raises(UsageError, match="'c' was left out: constant"):
        likelihoods.families(table, ["c=laplace"])
    with pytest.raises(UsageError, match="no distribution of its features"):
        likelihoods.families(table, ["x=laplace"], of_features=False)
    for given in (["z=laplace", "z=student-t"], ["?=laplace", "[z]=student-t"]):
        with pytest.raises(UsageError, match="'z' has another one already"):
            likelihoods.families(table, given, of_features=False)


@pytest.mark.parametrize(
    ("cells", "family"),
    [
        ("a b c", "categorical"),
        ("a b", "bernoulli"),
        ("yes no", "bernoulli"),
        ("1 2", "bernoulli"),
        ("-1 1 -1 -1", "bernoulli"),
        ("0 1 2", None),
        ("0.5 0.25 1", None),
    ],
)
def test_words_and_pairs_of_numbers_leave_no_choice(cells: str, family: str | None, tmp_path: Path) -> None:
    table = assign(tmp_path, of(cells), "z0")
    expected = {} if family is None else {0: family}
    assert likelihoods.fixed(table) == expected
    assert likelihoods.families(table, [], of_features=False).targets == expected
    if not table.all_columns.columns[-1].categories:  # a VAE's targets are of location and scale
        assert likelihoods.families(table, []).targets == {}


def test_what_is_given_stands_above_what_is_found(tmp_path: Path) -> None:
    table = assign(tmp_path, of("1 2|a b c|a b|1 2 3"), "z0,z1,z2,z3")
    found = likelihoods.families(table, ["z0=gaussian", "z2=categorical", "z3=laplace"], of_features=False).targets
    assert found == {0: "gaussian", 1: "categorical", 2: "categorical", 3: "laplace"}


def test_two_numbers_in_four_rows_say_nothing(tmp_path: Path) -> None:
    assert likelihoods.fixed(assign(tmp_path, of("1 2", rows=4), "z0")) == {}
    assert likelihoods.fixed(assign(tmp_path, of("1 2", rows=5), "z0")) == {0: "bernoulli"}


@pytest.mark.parametrize(
    ("cells", "kind", "match"),
    [
        ("1 2 3", "bernoulli", "it holds more than two values"),
        ("0 0.5 1", "bernoulli", "it holds more than two values"),  # grey levels are no classes
        ("a b c", "bernoulli", "it holds 3 words, which are categorical"),
        ("a b c", "gaussian", "it holds words, which are categorical"),
        ("1 2 3", "categorical", "categorical is for words. Take it for words with --types z0=category"),
    ],
)
def test_classes_that_do_not_suit_a_target(cells: str, kind: str, match: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=match):
        likelihoods.families(assign(tmp_path, of(cells), "z0"), [f"z0={kind}"], of_features=False)


def test_levels_are_of_no_target(tmp_path: Path) -> None:
    table = assign(tmp_path, of("1 2 3"), "z0")
    start = (
        "--likelihood z0=beta-binomial: beta-binomial is for columns from which a hidden z is learned. Give a target "
    )
    with pytest.raises(UsageError) as of_bnn:
        likelihoods.families(table, ["z0=beta-binomial"], of_features=False)
    assert str(of_bnn.value) == f"{start}negative-binomial, or categorical with --types z0=category."
    with pytest.raises(UsageError) as of_vae:
        likelihoods.families(table, ["z0=beta-binomial"])
    assert str(of_vae.value) == f"{start}gaussian."


def test_a_feature_of_two_words_is_categorical_and_of_two_other_numbers_no_bernoulli(tmp_path: Path) -> None:
    table = assign(tmp_path, "w,n,z\na,1,1.5\nb,2,2\na,2,3\nb,1,7\na,2,2\n")
    with pytest.raises(UsageError, match="it holds words, which are categorical"):
        likelihoods.families(table, ["w=bernoulli"])
    with pytest.raises(UsageError, match="its values do not lie between 0 and 1"):
        likelihoods.families(table, ["n=bernoulli"])


@pytest.mark.parametrize(
    ("cells", "types", "expected"),
    [
        ("0 3 7", None, Support(0, 7, 0, True, False)),
        ("0.5 3", None, Support(0.5, 3, 0, False, True)),
        ("2 2 2 2 7", None, Support(2, 7, 0, True, True)),
        ("a b c", None, Support(0, 2, 3)),
        ("1 2 1", ["z0=category"], Support(0, 1, 2)),
    ],
)
def test_what_a_column_holds(cells: str, types: list[str] | None, expected: Support, tmp_path: Path) -> None:
    table = assign(tmp_path, of(cells), "z0", types)
    assert likelihoods.support(table.all_columns, 1) == expected


def test_what_each_part_of_a_model_can_have_is_what_its_mathematics_can() -> None:
    scaled = {name for name, each in FAMILIES.items() if isinstance(each, LocationScaleFamily)}
    assert scaled == likelihoods.OF_LOCATION_AND_SCALE
    assert {name for name in scaled if FAMILIES[name].unit == "standard"} == likelihoods.OF_NUMBERS
    assert {name for name, each in FAMILIES.items() if each.kind == "class"} == likelihoods.OF_CLASSES
