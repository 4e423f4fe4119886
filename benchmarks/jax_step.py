"""A jitted JAX step of the mean-field network 10-50-50-1 on minibatches of a million rows: microseconds, as JSON.

    python benchmarks/jax_step.py 256

The weights are drawn once per minibatch, as with `aevb train-bnn --estimator shared`. Needs jax.
"""

import json
import sys
import time
from typing import Any

import jax  # type: ignore[import-not-found, unused-ignore]
import jax.numpy as jnp  # type: ignore[import-not-found, unused-ignore]
import numpy as np

LAYERS = [(10, 50), (50, 50), (50, 1)]
ROWS, BLOCK, RATE = 1_000_000, 100, 1e-3


def main() -> None:
    """Time blocks of steps; the median of all but the first two."""
    size = int(sys.argv[1])
    bits = np.random.default_rng(0)
    x = bits.standard_normal((ROWS, 10), np.float32)
    z = np.sin(x).sum(1, keepdims=True) + 0.3 * bits.standard_normal((ROWS, 1), np.float32)
    count = sum((fan_in + 1) * fan_out for fan_in, fan_out in LAYERS)

    def loss(parameters: Any, rows: Any, values: Any, key: Any) -> Any:
        sigma = jax.nn.softplus(parameters["rho"])
        weights = parameters["mu"] + sigma * jax.random.normal(key, (count,))
        h, start = rows, 0
        for layer, (fan_in, fan_out) in enumerate(LAYERS):
            matrix = weights[start : start + fan_in * fan_out].reshape(fan_in, fan_out)
            bias = weights[start + fan_in * fan_out : start + (fan_in + 1) * fan_out]
            h = (jax.nn.leaky_relu(h) if layer else h) @ matrix + bias
            start += (fan_in + 1) * fan_out
        kl = 0.5 * jnp.sum(sigma**2 + parameters["mu"] ** 2 - 1 - 2 * jnp.log(sigma))
        return kl / ROWS + jnp.mean(0.5 * ((values - h) * jnp.exp(-parameters["noise"])) ** 2) + parameters["noise"]

    @jax.jit  # type: ignore[untyped-decorator, unused-ignore]
    def step(parameters: Any, first: Any, second: Any, number: float, rows: Any, values: Any, key: Any) -> Any:
        gradient = jax.grad(loss)(parameters, rows, values, key)
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
        rate = RATE * jnp.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        moved = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-8), parameters, first, second)
        return moved, first, second

    parameters = {
        "mu": 0.1 * jax.random.normal(jax.random.key(0), (count,)),
        "rho": jnp.full(count, -3.0),
        "noise": jnp.float32(0),
    }
    first = second = jax.tree.map(jnp.zeros_like, parameters)
    times, number, order = [], 0, bits.permutation(ROWS)
    for _ in range(20 if size < 1000 else 8):
        start = time.perf_counter()
        for _ in range(BLOCK):
            chosen = order[number * size % (ROWS - size) :][:size]
            number += 1
            parameters, first, second = step(
                parameters, first, second, float(number), x[chosen], z[chosen], jax.random.key(number)
            )
        jax.block_until_ready(parameters)
        times.append(time.perf_counter() - start)
    print(json.dumps({"us_per_iteration": float(np.median(times[2:]) / BLOCK * 1e6)}))


if __name__ == "__main__":
    main()
