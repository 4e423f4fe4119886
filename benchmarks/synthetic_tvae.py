"""CTGAN's TVAE with its defaults, for `synthetic.py`: python synthetic_tvae.py TRAIN.csv NEW.csv N SEED THREADS.

It stands in an environment of its own, since its transforms need another pandas than `aevb`. Prints seconds as JSON.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
import torch
from ctgan import TVAE


def main() -> None:
    """Train on the table, and write as many rows as asked for."""
    table, output = sys.argv[1:3]
    rows, seed, threads = map(int, sys.argv[3:])
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    np.random.seed(seed)  # what the package draws from
    train = pd.read_csv(table, keep_default_na=False)
    words = [name for name in train if not pd.api.types.is_numeric_dtype(train[name])]
    start = time.perf_counter()
    model = TVAE(enable_gpu=False)
    model.fit(train, words)
    model.sample(rows).to_csv(output, index=False)
    print(json.dumps({"seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    main()
