"""Parts of a header that contradict one another, each of the right type."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aevb_cli.modelfile import checks, container, decoding
from aevb_cli.modelfile.trained import to_header
from tests.modelfile.classes import of_classes

Change = Callable[[dict[str, Any]], object]


def given(path: Path) -> dict[str, Any]:
    header = container.describe(path).header
    return {name: copy.deepcopy(part) for name, part in header.items() if name not in container.OWN_KEYS}


@pytest.mark.parametrize("name", ["vae", "targets", "latent1", "bnn", "guaranteed"])
def test_a_whole_header_passes(name: str, workshop: Path) -> None:
    checks.check(decoding.decode(given(workshop / f"{name}.safetensors")))


@pytest.mark.parametrize("setting", checks.BOUNDS)
def test_every_setting_has_its_bounds(setting: str, workshop: Path) -> None:
    tried = 0
    for name in ("vae", "latent1", "bnn"):
        header = given(workshop / f"{name}.safetensors")
        for part in ("settings", "training"):
            if setting not in header[part]:
                continue
            tried += 1
            whole = header[part][setting]
            low, high = checks.BOUNDS[setting]
            number = whole[0] if isinstance(whole, list) else whole
            for beyond in (low - 1, type(number)(high) * 2 + 1):
                header[part][setting] = [beyond] if isinstance(whole, list) else beyond
                with pytest.raises(ValueError, match=f"the setting {setting} does not lie between"):
                    checks.check(decoding.decode(header))
            header[part][setting] = whole
    assert tried


CHANGES: dict[str, Change] = {
    "two columns have one name": lambda header: header["columns"]["features"][0].update(name="x4"),
    "a word twice": lambda header: header["columns"]["features"][0].update(categories=["a", "a"]),
    "numbers of words": lambda header: header["columns"]["features"][0].update(categories=["a", "b"]),
    "not one for each feature": lambda header: header["inputs"]["masked"].pop(),
    "bins do not ascend": lambda header: header["inputs"]["edges"].__setitem__(0, [0.0, 1.0, 1.0 + 1e-12]),
    "too many or too few": lambda header: header["inputs"]["stand_ins"][0].pop(),
    "cannot be ones of their column": lambda header: header["inputs"]["stand_ins"][0].__setitem__(0, 1e31),
    "targets' scaling is missing": lambda header: header["scaling"].update(targets=None),
    "not one for each target": lambda header: header["result"]["held_out"]["coverage"]["0.9"].pop(),
    "or the scores are not one for each target": lambda header: header["result"]["held_out"]["rmse_error"].pop(),
    "0.9 among them": lambda header: header["result"]["held_out"]["coverage"].pop("0.9"),
    "is not by levels": lambda header: header["result"]["held_out"]["coverage"].update({"9.0": [0.5, 0.5]}),
    "no target": lambda header: [header["columns"].update(targets=[]), header["scaling"].update(targets=None),
                                 header["families"].update(targets=[]), header["result"].update(held_out=None)],
    "one for each KL weight": lambda header: header["settings"]["kl_weights"].append(0.5),
    "calibration is not one for each target": lambda header: header["calibration"]["between"].pop(),
    "not for each of them": lambda header: header["result"].update(units={"active": [True], "information": [1.0]}),
    "the inputs' frequencies": lambda header: header["inputs"].update(frequencies=10**9),
}  # fmt: skip


@pytest.mark.parametrize("match", CHANGES)
def test_parts_that_contradict_each_other(match: str, workshop: Path) -> None:
    header = given(workshop / "guaranteed.safetensors")
    CHANGES[match](header)
    with pytest.raises(ValueError, match=match):
        checks.check(decoding.decode(header))


def words(*several: str, **reading: str) -> dict[str, Any]:
    plain = {"decimal": ".", "thousands": "", "before": "", "after": "", "order": "ymd", "part": "days", "rest": ""}
    return {"categories": list(several), "reading": {**plain, **reading} if reading else None}


@pytest.fixture
def of_targets() -> dict[str, Any]:
    """The header of a model whose targets are a number, three words, yes or no, a pair of numbers, and a price."""
    return msgspec.to_builtins(to_header(of_classes()))  # type: ignore[no-any-return]


def test_targets_of_classes_pass(of_targets: dict[str, Any]) -> None:
    checks.check(decoding.decode(of_targets))
    of_targets["result"]["held_out"]["rmse"] = [0.5] * 5  # of classes it is told or not
    checks.check(decoding.decode(of_targets))


@pytest.mark.parametrize(
    ("place", "change", "match"),
    [
        (0, words(kind="date"), "a target holds dates, or rare words as one"),
        (1, words("a", "b", "other", kind="words", rest="other"), "a target holds dates, or rare words as one"),
        (1, words("a", "b", "c", kind="boolean"), "cannot have been read as it says"),
        (1, words("1", "b", "c", kind="code"), "cannot have been read as it says"),
        (0, words("a", "b"), "family does not suit its words"),
        (1, words(), "family does not suit its words"),
        (1, words("a"), "family does not suit its words"),
        (1, words(*map(str, range(101))), "family does not suit its words"),
        (1, words(*map(str, range(10**5))), "family does not suit its words"),
        (2, words("a", "b", "c"), "family does not suit its words"),
        (2, words("a"), "family does not suit its words"),
        (1, words(*map(str, range(100))), None),
        (1, words("1", "2", "3", kind="code"), None),
        (2, words("a", "b"), None),
        (2, words(), None),
        (3, words("n", "y", kind="boolean"), None),
    ],
)
def test_words_of_a_target_suit_its_family(
    place: int, change: dict[str, Any], match: str | None, of_targets: dict[str, Any]
) -> None:
    of_targets["columns"]["targets"][place].update(change)
    if match is None:
        checks.check(decoding.decode(of_targets))
        return
    with pytest.raises(ValueError, match=match):
        checks.check(decoding.decode(of_targets))


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("score", ["rmse", "rmse_error", "accuracy", "base_accuracy", "base_log_likelihood"])
def test_scores_are_those_of_numbers_or_of_classes(score: str, place: int, of_targets: dict[str, Any]) -> None:
    scores = of_targets["result"]["held_out"][score]
    if score.startswith("rmse") and scores[place] is None:
        return
    scores[place] = 0.0 if scores[place] is None else None
    with pytest.raises(ValueError, match="not those of numbers, or of classes"):
        checks.check(decoding.decode(of_targets))
    scores.pop()
    with pytest.raises(ValueError, match="not one for each target"):
        checks.check(decoding.decode(of_targets))


@pytest.mark.parametrize(
    ("part", "family", "match"),
    [
        ("targets", "bernoulli", "not one of location and scale"),
        ("features", "log-normal", "a family that is for targets"),
        ("targets", "logit-normal", None),
        ("features", "bernoulli", None),
    ],
)
def test_families_that_a_vae_can_have(part: str, family: str, match: str | None, workshop: Path) -> None:
    header = given(workshop / "vae.safetensors")
    header["families"][part] = [family]
    header["result"]["held_out"] = None
    if match is None:
        checks.check(decoding.decode(header))
        return
    with pytest.raises(ValueError, match=match):
        checks.check(decoding.decode(header))


@pytest.mark.parametrize("missing", [-1, 2**63, 10**4200])
def test_what_a_table_was_taken_for_is_in_words_and_counts(missing: int, workshop: Path) -> None:
    header = given(workshop / "bnn.safetensors")
    header["columns"]["table"] = [{"name": "\x1b[31m", "kind": "any", "missing": 5, "left_out": "any"}]
    checks.check(decoding.decode(header))
    header["columns"]["table"][0]["missing"] = missing
    with pytest.raises(ValueError, match=r"less than no missing cell|out of range"):
        checks.check(decoding.decode(header))


@pytest.mark.parametrize("families", [None, [], ["gaussian", "gaussian"], ["categorical"]])
def test_families_that_do_not_suit_the_features(families: object, workshop: Path) -> None:
    header = given(workshop / "vae.safetensors")
    header["families"]["features"] = families
    with pytest.raises(ValueError, match=r"families are not one|does not suit"):
        checks.check(decoding.decode(header))
