"""What a call in another process costs: a window's state there and back, or a file of no rows.

    python benchmarks/engine.py

Prints the seconds that a cluster of its own takes to start and to end, and milliseconds for a call by the megabytes of
state that it takes and returns: two calls at a time, the median of 30 rounds. Needs `pip install 'aevb[ray]'`.
"""

import statistics
import time

import numpy as np

from aevb_cli.engine import connection
from aevb_cli.settings import EngineRequest

MEGABYTES = (0, 1, 4, 16)
ROUNDS = 30


def returned(_: object, item: np.ndarray) -> np.ndarray:
    """What a worker does: nothing."""
    return item


def main() -> None:
    """Measure and print."""
    start = time.perf_counter()
    with connection.opened(EngineRequest("ray", workers=2)) as engine:
        print(f"start: {time.perf_counter() - start:.1f} s")
        shared = engine.share(None)
        for size in MEGABYTES:
            items = [np.zeros(max(1, size << 18), np.float32)] * 2
            engine.map(returned, shared, items, lambda: False)
            spent = []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                engine.map(returned, shared, items, lambda: False)
                spent.append(time.perf_counter() - start)
            print(f"{size} MB: {1000 * statistics.median(spent):.1f} ms")
        start = time.perf_counter()
    print(f"end: {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
