"""Plain torch for what `images.py` trains: python image_torch.py TRAIN.parquet TEST.parquet [options].

The network of Kingma & Welling (2014): an encoder of one layer for mean and log standard deviation of q(z|x), a decoder
of one layer for 784 Bernoulli pixels, Adam, one draw of z a row, an epoch after the other in shuffled batches. Written
as one writes it for oneself. Prints the median seconds of an epoch, the ELBO and log p(x) of the test rows as JSON.
"""

import argparse
import json
import math
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from image_tables import blocks
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from torch.optim import Adam  # noqa: TID251 - what it is compared with


class Vae(nn.Module):
    """Both networks."""

    def __init__(self, width: int, latent: int, pixels: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(pixels, width), nn.LeakyReLU(), nn.Linear(width, 2 * latent))
        self.decoder = nn.Sequential(nn.Linear(latent, width), nn.LeakyReLU(), nn.Linear(width, pixels))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """log p(x|z) at a draw of z, KL(q(z|x) || p(z)), and log p(x, z) - log q(z|x); (N,) each. x: (N, pixels)."""
        mean, log_sd = self.encoder(x).chunk(2, -1)
        eps = torch.randn_like(mean)
        z = mean + log_sd.exp() * eps
        log_px_z = -cross_entropy(self.decoder(z), x, reduction="none").sum(-1)
        kl = 0.5 * (mean**2 + (2 * log_sd).exp() - 1 - 2 * log_sd).sum(-1)
        return log_px_z, kl, log_px_z + (0.5 * eps**2 + log_sd - 0.5 * z**2).sum(-1)


def main() -> None:
    """Train, and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=100)
    parser.add_argument("--learning-rate", type=float, default=0.001)
    parser.add_argument("--hidden", type=int, default=500)
    parser.add_argument("--latent", type=int, default=20)
    parser.add_argument("--draws", type=int, default=0, help="of z for each test row; 0 judges nothing")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(asked.seed)
    x = torch.from_numpy(np.concatenate(list(blocks(asked.train))))
    vae = Vae(asked.hidden, asked.latent, x.shape[1])
    adam = Adam(vae.parameters(), lr=asked.learning_rate)
    seconds = []
    for _ in range(asked.epochs):
        start = time.perf_counter()
        for rows in torch.split(torch.randperm(len(x)), asked.batch_size):
            log_px_z, kl, _ = vae(x[rows])
            loss = (kl - log_px_z).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
        seconds.append(time.perf_counter() - start)
    found = {"seconds_per_epoch": statistics.median(seconds)}
    if asked.draws:
        found |= judged(vae, torch.from_numpy(np.concatenate(list(blocks(asked.test)))), asked.draws)
    print(json.dumps(found))


@torch.no_grad()
def judged(vae: Vae, x: Tensor, draws: int) -> dict[str, float]:
    """The means of the ELBO and of log p(x) over rows (N, pixels)."""
    elbo, log_px = 0.0, 0.0
    for rows in torch.split(x, 1000):
        weights = []
        for _ in range(draws):
            log_px_z, kl, weight = vae(rows)
            elbo += float((log_px_z - kl).sum()) / draws
            weights.append(weight)
        log_px += float((torch.stack(weights).logsumexp(0) - math.log(draws)).sum())
    return {"elbo": elbo / len(x), "log_px": log_px / len(x)}


if __name__ == "__main__":
    main()
