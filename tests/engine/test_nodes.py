"""`--engine ray` on a cluster of two nodes, of which one is removed amid a training: the same bytes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.conftest import HEAVY

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

#: Starts two nodes of a core each and says where; removes the second one at the first line of its input.
NODES = """
import sys
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
second = cluster.add_node(num_cpus=1)
cluster.wait_for_nodes()
print(cluster.address, flush=True)
sys.stdin.readline()
cluster.remove_node(second, allow_graceful=False)
print("removed", flush=True)
sys.stdin.readline()
cluster.shutdown()
"""


def test_a_node_that_is_removed_changes_nothing(table: Path, alone: bytes, tmp_path: Path) -> None:
    nodes = subprocess.Popen(
        [sys.executable, "-c", NODES],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert nodes.stdin
    assert nodes.stdout
    try:
        address = nodes.stdout.readline().strip()
        heavy = [each for each in HEAVY if each != "-q"]
        given = ("--max-iterations", "200", "--engine", "ray", "--address", address, "-o", "m.safetensors")
        training = subprocess.Popen(
            [sys.executable, "-m", "aevb_cli", "train-bnn", table, *heavy, *given],
            cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert training.stderr
        assert any("iteration=100/" in line for line in training.stderr), "it has ended before a node was lost"
        nodes.stdin.write("\n")
        nodes.stdin.flush()
        assert nodes.stdout.readline() == "removed\n"
        said = training.communicate(timeout=180)[1]
        assert training.returncode == 0, said
    finally:
        nodes.communicate("\n", 60)
    assert (tmp_path / "m.safetensors").read_bytes() == alone
