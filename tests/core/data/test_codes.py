"""Columns of whole numbers whose values are names, told from amounts by rows left out."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.codes import candidates, codes


def normal(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=Generator().manual_seed(seed))


def whole(rows: int, values: int, seed: int) -> Tensor:
    return torch.randint(values, (rows,), generator=Generator().manual_seed(seed)).double()


def table(seed: int, rows: int = 300, values: int = 30) -> tuple[Tensor, Tensor]:
    """A code beside a number; z depends smoothly on the number alone. Returns (rows, 2) and (rows,)."""
    code, x = whole(rows, values, seed), normal(rows, seed=seed + 1000)
    return torch.stack([code, x], 1), (2 * x).sin() + 0.5 * normal(rows, seed=seed + 2000)


def found(x: Tensor, z: Tensor, categories: tuple[int, ...] | None = None, group: Tensor | None = None) -> list[int]:
    return list(codes(x, z.reshape(len(x), -1), categories or (0,) * x.shape[1], group))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("rows", "values"), [(150, 20), (300, 30), (1000, 200)])
def test_a_random_effect_is_found(seed: int, rows: int, values: int) -> None:
    x, z = table(seed, rows, values)
    effect = normal(values, seed=seed + 3000)
    assert found(x, z + effect[x[:, 0].long()]) == [0]
    assert found(x, z) == []


EFFECTS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda x: x / 10,
    "steep": lambda x: x,
    "quadratic": lambda x: (x - 12).square() / 60,
    "exponential": lambda x: (x / 8).exp() / 10,
    "a wave": lambda x: 2 * (x / 4).sin(),
    "a kink": lambda x: (x - 20).clamp(min=0) / 2,
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("effect", EFFECTS.values(), ids=EFFECTS)
def test_a_smooth_effect_of_an_amount_is_none(effect: Callable[[Tensor], Tensor], seed: int) -> None:
    x, z = table(seed, 400)
    assert found(x, z + effect(x[:, 0])) == []
    assert found(x, z + effect(x[:, 0]) * (1 + x[:, 1].tanh())) == []


def test_codes_that_tell_nothing_are_not_found() -> None:
    wrong = 0
    for seed in range(100):
        values = (4, 10, 30, 60)[seed % 4]
        x, z = table(seed, 120 if seed % 2 else 250, values)
        z = z.exp() if seed % 3 == 0 else z  # skew noise
        wrong += bool(found(x, z))
    assert wrong <= 2


def test_one_in_fifty_columns_is_not_found_by_chance() -> None:
    x = torch.stack([whole(400, 5 + 2 * place, place) for place in range(50)], 1)
    assert found(x, x[:, 3] + normal(400, seed=1)) == []
    effect = 3 * normal(300, seed=2)
    assert found(x, effect[x[:, 20].long()] + normal(400, seed=1)) == [20]


def test_what_another_column_tells_is_not_found_again() -> None:
    x, z = table(1)
    z = z + normal(30, seed=3)[x[:, 0].long()]
    finer = x[:, :1] * 2 + whole(300, 2, 5)[:, None]
    assert found(torch.cat([x, (x[:, :1] * 7) % 31], 1), z) in ([0], [2])
    assert found(torch.cat([x, finer], 1), z) == [0]
    assert found(torch.stack([x[:, 0], x[:, 1], x[:, 0]], 1), z, (0, 0, 30)) == []  # it is there as words


def test_two_codes_are_found_the_more_useful_one_first() -> None:
    x, z = table(1, 600)
    other = whole(600, 20, 9)
    z = z + 0.7 * normal(30, seed=3)[x[:, 0].long()] + 2 * normal(20, seed=4)[other.long()]
    assert found(torch.cat([x, other[:, None]], 1), z) == [2, 0]


def test_rows_of_a_group_are_left_out_together() -> None:
    """A copy of a row, or another row of the same patient, would tell what a new row's code cannot."""
    x, z = table(1, 150, 70)
    copied, of = torch.cat([x, x]), torch.arange(150).repeat(2)
    assert found(copied, torch.cat([z, z])) == [0]
    assert found(copied, torch.cat([z, z]), group=of) == []
    effect = normal(30, seed=3)
    x, z = table(2)
    z = z + effect[x[:, 0].long()]
    assert found(x, z, group=x[:, 0].long()) == []
    assert found(x, z, group=torch.arange(300) // 2) == [0]


def test_gaps_and_unknown_targets_are_no_matter() -> None:
    x, z = table(3, 500)
    z = z + normal(30, seed=3)[x[:, 0].long()]
    x[::7, 0], x[3::5, 1], z[::11] = math.nan, math.nan, math.nan
    empty = torch.full((500, 1), math.nan, dtype=torch.float64)
    assert found(torch.cat([x, empty, empty], 1), z, (0, 0, 0, 4)) == [0]


def test_units_and_the_numbers_of_the_codes_are_no_matter() -> None:
    x, z = table(4)
    several = torch.stack([z + normal(30, seed=3)[x[:, 0].long()], z], 1)
    assert found(x, several) == [0]
    assert found(
        x * torch.tensor([1e6, 1e-90], dtype=torch.float64),
        several * torch.tensor([1e100, 1e-100], dtype=torch.float64),
    ) == [0]
    assert found(x + torch.tensor([1e9, 0]), several) == [0]
    assert codes(x.float(), several.float(), (0, 0)) == codes(x, several, (0, 0))


def test_a_table_of_few_rows_or_a_constant_target_has_none() -> None:
    x, z = table(5)
    assert found(x[:15], z[:15]) == []
    assert found(x, torch.ones(300)) == []
    assert found(x, torch.full((300,), math.nan)) == []
    assert found(x[:, 1:], z) == []


def test_candidates_are_whole_numbers_with_few_values_beside_the_rows() -> None:
    rows = torch.arange(1200).double()
    columns = {
        "two values": rows % 2,
        "three values": rows % 3,
        "halves": rows % 30 / 2,
        "as many as half of the rows": rows // 2,
        "many": rows // 3,
        "some": rows // 12,
        "words": rows % 30,
        "gaps": torch.where(rows % 5 == 0, math.nan, rows % 9),
        "empty": torch.full_like(rows, math.nan),
    }
    words = [30 if name == "words" else 0 for name in columns]
    places = candidates(torch.stack(list(columns.values()), 1), words)
    assert [list(columns)[place] for place in places] == ["many", "some", "gaps"]
    assert candidates(torch.arange(40).double()[:, None] // 2, [0]) == (0,)
    assert candidates(torch.arange(40).double()[:, None] // 1.9 // 1, [0]) == ()


def test_the_values_of_a_large_table_are_counted_in_a_sample() -> None:
    rows = torch.arange(100_000).double()
    table = torch.stack([rows % 71, rows.clone() % 71], 1)
    table[99_999, 1] += 0.5
    assert candidates(table, (0, 0)) == (0,)
