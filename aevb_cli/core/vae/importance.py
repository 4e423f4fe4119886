"""log p(x) by importance sampling, from the weights that a VAE gives to draws of q(z|x)."""

import math

from torch import Tensor


def importance_log_px(log_weights: Tensor) -> tuple[Tensor, Tensor]:
    """log p(x) by importance sampling (KW appendix D; IWAE eq. 8), and its standard error by the delta method.

    log_weights: (S, N). Returns two (N,) tensors, nats.
    """
    samples = len(log_weights)
    log_px = log_weights.logsumexp(0) - math.log(samples)
    relative = (log_weights - log_px).exp()
    return log_px, relative.std(0) / math.sqrt(samples)
