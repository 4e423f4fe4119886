"""What a task changes in its process is given back."""

import subprocess
import sys

import pytest
import torch

from aevb_cli.core.parallel import Map, mapper
from aevb_cli.tasks import process


def test_torch_gets_its_threads_back_after_an_error_too() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(ZeroDivisionError), process.threads_restored():
            _broken_task()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def _broken_task() -> None:
    mapped: Map[int, int] = mapper(1)
    mapped(lambda number: 1 // number, [0])


def test_memory_thresholds_can_be_set_in_a_process_of_its_own() -> None:
    program = "from aevb_cli.tasks import process; process.keep_peak_flat()"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
