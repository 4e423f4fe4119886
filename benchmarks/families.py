"""A gradient step on many columns of 0 and 1, beside the same network as plain torch has it.

    python benchmarks/families.py
    python benchmarks/families.py --columns 100 --rounds 20

A VAE with hidden z (KW section 3): networks of mu and of sigma and a decoder, one hidden layer each, a draw of z a row.
Plain torch: modules, automatic differentiation, torch's Adam at its defaults and with its fused step. Steps of all are
timed in turn; a ratio is the median over the rounds. Prints a Markdown table.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor, nn

from aevb_cli.core import torch_private
from aevb_cli.core.families.base import positive
from aevb_cli.core.latent.gradient import LatentGradient
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.model_settings import LatentSettings

LATENT, HIDDEN, BATCH, RATE, BAR = 20, 500, 100, 1e-3, 1.2


class Plain(nn.Module):
    """The same VAE as a tutorial has it."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.mu, self.sigma = network(columns, LATENT), network(columns, LATENT)
        self.decoder = network(LATENT, columns)

    def forward(self, x: Tensor) -> Tensor:
        """The ELBO, in nats per row."""
        mu, sigma = self.mu(x), positive(self.sigma(x))
        out = self.decoder(mu + sigma * torch.randn_like(sigma))
        log_likelihood: Tensor = -nn.functional.binary_cross_entropy_with_logits(out, x, reduction="sum")
        kl: Tensor = (0.5 * (mu.square() + sigma.square() - 1) - sigma.log()).sum()
        return (log_likelihood - kl).div(len(x))


def main() -> None:
    """Time all in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--columns", type=int, default=784)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=40, help="in each round")
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    x = (torch.rand(20 * BATCH, asked.columns, generator=Generator().manual_seed(1)) < 0.3).float()
    ours = explicit(x)
    print("| 0 and 1 in columns | step of plain torch | µs | aevb µs | ratio | bar |\n|---:|---|---:|---:|---:|---|")
    for name, theirs in (("Adam", plain(x, fused=False)), ("fused Adam", plain(x, fused=True))):
        times = [(timed(ours, asked.steps), timed(theirs, asked.steps)) for _ in range(asked.rounds + 1)][1:]
        own, other = (statistics.median(each) for each in zip(*times, strict=True))
        ratio = statistics.median(one / two for one, two in times)
        met = "met" if ratio <= BAR else "**missed**"
        print(f"| {asked.columns} | {name} | {other:.0f} | {own:.0f} | {ratio:.2f} | {BAR} {met} |", flush=True)


def network(inputs: int, outputs: int) -> nn.Module:
    """One hidden layer."""
    return nn.Sequential(nn.Linear(inputs, HIDDEN), nn.LeakyReLU(), nn.Linear(HIDDEN, outputs))


def batches(x: Tensor) -> Iterator[Tensor]:
    """Rows in random order, for ever."""
    generator = Generator().manual_seed(2)
    while True:
        for places in torch.randperm(len(x), generator=generator).view(-1, BATCH):
            yield x[places]


def explicit(x: Tensor) -> Callable[[], None]:
    """A step of the tool: its gradient, and Adam as `core/training/block.py` has it."""
    generator = Generator().manual_seed(3)
    settings = LatentSettings(LATENT, (HIDDEN,), (HIDDEN,), "leaky-relu", hide=0.0)
    vae = LatentVae.initial(settings, x, None, 1, generator)
    gradient, weight = LatentGradient(vae, slice(0, 1), BATCH), torch.full((1, BATCH), 1 / BATCH)
    first, second, average = (torch.zeros_like(vae.parameters) for _ in range(3))
    count, rows = torch.zeros(()), batches(x)

    def step() -> None:
        found = gradient((next(rows),), weight, generator)
        count.add_(1)
        torch_private.adam(vae.parameters, found, first, second, count, rate=RATE, beta1=0.9, beta2=0.999, epsilon=1e-8)
        average.lerp_(vae.parameters, 0.01)

    return step


def plain(x: Tensor, *, fused: bool) -> Callable[[], None]:
    """A step of plain torch."""
    from torch.optim import Adam  # noqa: TID251 - what it is compared with

    model, rows = Plain(x.shape[1]), batches(x)
    adam = Adam(model.parameters(), RATE, maximize=True, fused=fused)

    def step() -> None:
        adam.zero_grad()
        model(next(rows)).backward()
        adam.step()

    return step


def timed(step: Callable[[], None], steps: int) -> float:
    """Microseconds a step."""
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - start) / steps * 1e6


if __name__ == "__main__":
    main()
