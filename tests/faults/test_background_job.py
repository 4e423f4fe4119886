"""A job that a script starts with &: shells have it ignore SIGINT, and SIGTERM stops it as Ctrl-C would."""

import shlex
import signal
import subprocess
from pathlib import Path

from aevb_cli.modelfile import trained
from tests.docs.console import DOCS

SCRIPT = """
{command} train-vae data.csv --max-iterations 1000000 --patience 0 --hidden 4,4 -o job.safetensors 2> log &
job=$!
until grep -q "^iteration=" log; do sleep 0.1; done
kill -INT $job
sleep 1
kill -0 $job && echo goes on
kill -TERM $job
wait $job
echo "exit $?"
"""


def test_ctrl_c_is_ignored_and_kill_saves(command: list[str], bench: Path) -> None:
    script = SCRIPT.format(command=shlex.join(command))
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.split("\n") == ["goes on", f"exit {128 + signal.SIGTERM}", ""]
    assert trained.load(Path("job.safetensors")).facts["iterations"] < 1_000_000
    assert "aevb resume job.safetensors" in (bench / "log").read_text()


def test_it_is_documented() -> None:
    page = " ".join((DOCS / "howto" / "ci-gate.md").read_text().split())
    assert "A script that is started with `&` has SIGINT ignored, as shells have it: stop it with SIGTERM." in page
