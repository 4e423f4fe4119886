"""Signals and kills amid many files, and memory."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import SIZES, Call, listing
from tests.shards import FEW, changed, joined, predict, state, whole

SLOW = (
    "import time; from aevb_cli import app; from aevb_cli.tasks import shards; do = shards.Work._computed\n"
    "def slow(self, shard, tell):\n"
    "    done = do(self, shard, tell)\n"
    "    time.sleep(0.5)\n"
    "    return done\n"
    "shards.Work._computed = slow; app.main()"
)
"""The program, which rests after each shard."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_is_done_before_a_signal_stays(number: signal.Signals, call: Call, desk: Path) -> None:
    words = ["predict", "bnn.safetensors", "in/part-*.csv", *FEW[:2], "-o", "out/"]
    with subprocess.Popen([sys.executable, "-c", SLOW, *words], cwd=desk, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith(b"shards=2/8 rows=30"):
            pass
        process.send_signal(number)
        said, code = process.stderr.read().decode(), process.wait()
    if number != signal.SIGKILL:
        assert code == 128 + number
        assert "Interrupted: 2 of 8 outputs are in out/. Go on with: aevb predict" in said
        assert said.rstrip().endswith("-o out/ --resume")
        assert state(desk / "out") == "interrupted"
    before = changed(desk / "out")
    assert {"part-0.csv", "part-1.csv"} <= set(before) <= {"part-0.csv", "part-1.csv", "part-2.csv"}
    time.sleep(0.01)
    assert predict(call, "--resume") == 0
    assert before.items() <= changed(desk / "out").items()
    assert joined(desk / "out") == whole(call)
    record = json.loads((desk / "out/_aevb.json").read_text())
    assert [each["rows"] for each in record["outputs"]] == list(SIZES)
    assert listing(desk / "out") == ["_aevb.json", *(f"part-{number}.csv" for number in range(len(SIZES)))]


def test_memory_does_not_grow_with_the_number_of_inputs(desk: Path) -> None:
    program = "import resource, sys; from aevb_cli.app import app\n" \
        "assert app(sys.argv[1:], standalone_mode=False) == 0\n" \
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"  # fmt: skip
    peaks = []
    rows = (desk / "data.csv").read_text().splitlines()
    for count in (3, 30):
        (desk / f"in{count}").mkdir()
        for number in range(count):
            (desk / f"in{count}/p{number}.csv").write_text("\n".join([rows[0], *rows[1:] * 20]) + "\n")
        words = ["predict", "bnn.safetensors", f"in{count}", "-o", f"out{count}/", "--threads", "1", *FEW]
        done = subprocess.run([sys.executable, "-c", program, *words], cwd=desk, check=True, stdout=subprocess.PIPE)
        peaks.append(int(done.stdout))
    assert peaks[1] < peaks[0] + 4000  # kB; the rows of a file and their predictions take up 240
