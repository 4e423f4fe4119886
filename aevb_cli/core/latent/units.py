"""Which hidden variables a model uses: the others have a posterior that is their prior, whatever x is."""

from typing import Any

from torch import Tensor

LEAST_VARIANCE = 0.01
"""Of the means of q(z|x) over rows, from which on a hidden variable counts as used (Burda et al. 2016, section 5.2)."""


def used(means: Tensor, sds: Tensor) -> dict[str, Any]:
    """What is told of each hidden variable: `active` and `information`. means, sds: of q(z|x), (N, J)."""
    return {"active": active(means), "information": information(means, sds)}


def active(means: Tensor) -> list[bool]:
    """Whether each hidden variable is used: Var_x(E(z_j|x)) > 0.01. means: of q(z|x), (N, J). Returns (J,)."""
    return (means.double().var(0, correction=0) > LEAST_VARIANCE).tolist()


def information(means: Tensor, sds: Tensor) -> list[float]:
    """What x tells about each hidden variable, in nats: the mean KL(q(z_j|x) || N(m_j, v_j)).

    m_j and v_j are mean and variance of z_j over all rows, so that no prior comes in. It is the mutual information of
    z_j and x where z_j is Gaussian over all rows, and above it elsewhere (Agakov & Barber 2006). means, sds: of q(z|x),
    (N, J). Returns (J,).
    """
    means, sds = means.double(), sds.double()
    variance = means.var(0, correction=0) + sds.square().mean(0)
    return (0.5 * variance.log() - sds.log().mean(0)).clamp(min=0).tolist()
