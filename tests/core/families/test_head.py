"""The targets' families: which outputs and constants are whose, and where training starts."""

import math

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.head import Head
from aevb_cli.core.families.joint import Joint

NAMES = (
    "negative-binomial",
    "student-t",
    "categorical",
    "gaussian",
    "bernoulli",
    "categorical",
    "student-t",
    "categorical",
)
WORDS = (0, 0, 3, 0, 0, 5, 0, 3)


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


def layout(*, location_only: bool) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Each target's outputs and constants, block by block as the docstring has it."""
    order = [
        [3],
        [1, 6],
        [0],
        [4],
        [2, 7],
        [5],
    ]  # gaussian, student-t, negative-binomial, bernoulli, of 3 and of 5 words
    outputs: dict[int, list[int]] = {place: [] for place in range(len(NAMES))}
    constants: dict[int, list[int]] = {place: [] for place in range(len(NAMES))}
    output = constant = 0
    for places in order:
        family = FAMILIES[NAMES[places[0]]]
        if WORDS[places[0]]:
            for place in places:
                outputs[place] = list(range(output, output := output + WORDS[place]))
            continue
        count = 1 if location_only and family.kind != "class" else family.outputs
        for each in range(family.outputs + family.constants):
            for place in places:
                if each < count:
                    outputs[place].append(output)
                    output += 1
                else:
                    constants[place].append(constant)
                    constant += 1
    return outputs, constants


@pytest.mark.parametrize("location_only", [False, True])
def test_layout_is_the_docstring_s(*, location_only: bool) -> None:
    head = Head.named(NAMES, WORDS, location_only=location_only)
    outputs, constants = layout(location_only=location_only)
    assert head.width == sum(map(len, outputs.values()))
    assert head.constants == sum(map(len, constants.values()))
    assert head.names == NAMES
    seen = []
    for block in head.blocks:
        own = block.values(torch.arange(len(NAMES))).tolist()
        seen += own
        raw = block.raw(torch.arange(head.width), torch.arange(head.constants))
        for number, place in enumerate(own):
            assert [value for each in raw for value in each[number].flatten().tolist()] == outputs[place] + constants[
                place
            ]
            assert block.at(number).tolist() == outputs[place]
    assert sorted(seen) == list(range(len(NAMES)))


@pytest.mark.parametrize("location_only", [False, True])
def test_every_value_is_that_of_a_target_at_a_time(*, location_only: bool) -> None:
    head = Head.named(NAMES, WORDS, location_only=location_only)
    outputs, places = layout(location_only=location_only)
    out, constants = doubles(3, 7, head.width, seed=1), doubles(3, 1, head.constants, seed=2)
    z = torch.tensor([2.0, -0.3, 1, 0.8, 1, 4, 0.1, 2]).double().expand(7, -1)
    p = head(out, constants)
    for place, family in enumerate(head.families):
        own = out[..., outputs[place]]
        raw = [own] if WORDS[place] else [*own.unbind(-1), *(constants[..., c].expand(3, 7) for c in places[place])]
        torch.testing.assert_close(p.log_prob(z)[..., place], family(*raw).log_prob(z[:, place]))
        torch.testing.assert_close(
            p.column(place).log_prob(z[:, place, None])[..., 0], family(*raw).log_prob(z[:, place])
        )


def test_raw_values_along_another_dimension() -> None:
    head, _ = Head.named(("poisson", "gaussian"), (0, 0)).fitted(torch.tensor([[4.0, 0], [9.0, 1]]))
    out = doubles(2, head.width, 5, seed=3)
    torch.testing.assert_close(head.raw(out, 1), head.raw(out.mT).mT)
    assert head.gain is not None
    assert head.offset is not None
    torch.testing.assert_close(head.raw(out, 1)[0, 1], out[0, 1] * head.gain[1] + head.offset[1])


@pytest.mark.parametrize("location_only", [False, True])
def test_fitted_to_rows_outputs_of_0_are_the_distribution_of_all(*, location_only: bool) -> None:
    names, words = (
        ("bernoulli", "negative-binomial", "categorical", "mixture", "gamma", "student-t"),
        (0, 0, 3, 0, 0, 0),
    )
    some = Generator().manual_seed(4)
    z = torch.stack(
        [
            (torch.rand(2000, generator=some) < 0.2).float(),
            torch.poisson(50 * torch.rand(2000, generator=some), generator=some),
            torch.randint(3, (2000,), generator=some).clamp(max=1).float(),
            torch.randn(2000, generator=some),
            torch.rand(2000, generator=some) + 0.5,
            torch.randn(2000, generator=some),
        ],
        1,
    )
    head, constants = Head.named(names, words, location_only=location_only).fitted(z)
    p = head(torch.zeros(head.width), constants)
    assert isinstance(p, Joint)
    shares, moments = {0: 0, 2: 2}, (1, 4)
    for place in shares:
        found = p.column(place).probabilities[0]  # type: ignore[attr-defined]
        torch.testing.assert_close(found, z[:, place].long().bincount(minlength=len(found)) / 2000, rtol=0, atol=1e-3)
    for place in moments:
        torch.testing.assert_close(p.mean[place], z[:, place].mean(), rtol=1e-5, atol=0)
        torch.testing.assert_close(p.variance[place], z[:, place].var(correction=0), rtol=1e-4, atol=0)
    torch.testing.assert_close(p.mean[3], torch.tensor(0.0), rtol=0, atol=1e-6)
    torch.testing.assert_close(p.variance[3], torch.tensor(1.0))
    (df,) = (part.df for part in p.parts if hasattr(part, "df"))
    torch.testing.assert_close(df, torch.tensor([5.0]))


def test_of_gaussians_outputs_are_raw_values() -> None:
    head = Head.named(("gaussian", "gaussian"), (0, 0), location_only=True)
    fitted, constants = head.fitted(torch.zeros(4, 2))
    assert fitted is head
    assert head.gain is None
    assert torch.equal(constants, torch.zeros(2))
    out = doubles(3, 2, seed=5)
    assert head.raw(out) is out
    torch.testing.assert_close(head(out, constants).sd, torch.full((3, 2), math.log(2) + 1e-3))


def test_a_temperature_draws_in_to_the_shares_of_all_rows() -> None:
    z = torch.tensor([[1.0, 0.0], [1.0, 2.0], [1.0, 1.0], [0.0, 2.0]])
    head, constants = Head.named(("bernoulli", "categorical"), (0, 3)).fitted(z)
    p, still = head(doubles(6, head.width, seed=6).float(), constants), head(torch.zeros(6, head.width), constants)
    calm = p.moved(p.coordinates, torch.tensor([1e9, 1e9]))
    torch.testing.assert_close(calm.coordinates, still.coordinates, rtol=1e-5, atol=1e-5)
