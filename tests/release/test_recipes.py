"""Container image, conda package and workflows agree with the project: no build of theirs runs here."""

import re
import subprocess
from typing import Any

import pytest
import yaml

from aevb_cli.version import __version__
from tests.release.conftest import ROOT
from tests.release.test_archives import PROJECT

CONDA = {"matplotlib": "matplotlib-base", "torch": "pytorch"}
RECIPE = yaml.safe_load((ROOT / "recipe" / "recipe.yaml").read_text())
(TORCH,) = (each for each in PROJECT["dependencies"] if each.startswith("torch"))
INSTRUCTIONS = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "ENTRYPOINT", "CMD"}
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and their words; a line that ends in a backslash goes on."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2]) for line in lines]


def test_the_image_runs_aevb_without_rights() -> None:
    found = instructions()
    assert {name for name, _ in found} <= INSTRUCTIONS
    last = dict(found)  # the last of each name counts
    assert last["ENTRYPOINT"] == '["aevb"]'
    assert last["USER"] not in {"root", "0"}
    stages = [words for name, words in found if name == "FROM"]
    assert len(stages) == 2
    assert all(re.search(r":\d", stage) for stage in stages)  # no image whose version changes silently
    assert stages[0].split()[0] == stages[1].split()[0]  # the environment's interpreter is that of its stage


def test_the_image_s_files_exist_and_are_sent() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [words.split()[:-1] for name, words in instructions() if name == "COPY" and "--from" not in words]
    names = {name for each in copied for name in each}
    assert names == sent
    assert all((ROOT / name).exists() for name in names)


def test_its_commands_are_shell() -> None:
    for name, words in instructions():
        if name == "RUN":
            assert subprocess.run(["bash", "-n", "-c", words], check=False).returncode == 0


@pytest.mark.parametrize("path", ["Dockerfile", "action.yml", "docs/howto/ci-gate.md"])
def test_the_cpu_build_of_torch_is_the_one_that_the_project_needs(path: str) -> None:
    assert f"--index-url https://download.pytorch.org/whl/cpu '{TORCH}'" in (ROOT / path).read_text()


def test_the_conda_package_needs_what_the_project_needs() -> None:
    expected = {f"python {PROJECT['requires-python']}"}
    for each in PROJECT["dependencies"]:
        name, bound = re.fullmatch(r"([\w-]+)(.*)", each).groups()  # type: ignore[union-attr]
        expected.add(f"{CONDA.get(name, name)} {bound}")
    assert set(RECIPE["requirements"]["run"]) == expected
    assert len(RECIPE["requirements"]["run"]) == len(expected)


def test_the_conda_package_is_this_version() -> None:
    assert RECIPE["schema_version"] == 1
    assert RECIPE["context"]["version"] == __version__
    (name, door), *others = PROJECT["scripts"].items()
    assert RECIPE["build"]["python"]["entry_points"] == [f"{name} = {door}"]
    assert not others
    assert (ROOT / "recipe" / RECIPE["source"]["path"]).resolve() == ROOT
    assert RECIPE["about"]["license"] == PROJECT["license"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_start_scripts_that_exist(path: Any) -> None:
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    started = [step["run"].split()[0] for step in steps if step.get("run", "").startswith(".ci/")]
    assert started
    for each in started:
        assert (ROOT / each).stat().st_mode & 0o100
    assert all("@" in step["uses"] for step in steps if "uses" in step)


@pytest.mark.parametrize("name", ["run", "release", "versions"])
def test_scripts_are_shell(name: str) -> None:
    assert subprocess.run(["bash", "-n", str(ROOT / ".ci" / name)], check=False).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["v9.9.9", "https://example.org"],
            f"v9.9.9, and the version in aevb_cli/version.py {__version__}.",
        ),
        ([], "the tag"),
        (["v1"], "the address of the repository"),
    ],
)
def test_a_release_whose_tag_is_not_the_version_stops(arguments: list[str], sentence: str) -> None:
    done = subprocess.run([str(ROOT / ".ci" / "release"), *arguments], capture_output=True, check=False)
    assert done.returncode == 1
    assert sentence in done.stderr.decode()


def test_the_procedure_names_what_there_is() -> None:
    text = (ROOT / "RELEASING.md").read_text()
    for name in re.findall(r"`((?:\.ci/|aevb_cli/|recipe/)[\w./]+)", text):
        assert (ROOT / name).exists(), name
