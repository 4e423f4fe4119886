"""Which rows are left out together, against pandas' duplicates and a plain search of a graph."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from aevb_cli.core.data import groups

NAN = float("nan")


def doubles(values: object) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def distinct(rows: int, columns: int = 1, seed: int = 0) -> Tensor:
    return torch.from_numpy(chance(seed).standard_normal((rows, columns)))


@given(st.lists(st.tuples(*[st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e-300, NAN])] * 3), min_size=1, max_size=30))
def test_rows_have_one_key_where_they_are_equal(rows: list[tuple[float, ...]]) -> None:
    keys = groups.row_keys(doubles(rows))
    words = [" ".join(str(cell + 0.0) for cell in row) for row in rows]  # no -0, and NaN as a word
    assert torch.equal(groups.numbered(keys), torch.from_numpy(pd.factorize(np.array(words))[0]))


def test_a_cell_in_another_column_makes_another_row() -> None:
    keys = groups.row_keys(doubles([[1, 2], [2, 1], [1, 1], [2, 2], [3, 0], [0, 3]]))
    assert len(set(keys.tolist())) == 6


def test_keys_of_neighbouring_tables_add_up_and_parts_change_none(monkeypatch: pytest.MonkeyPatch) -> None:
    table = distinct(500, 4)
    whole = groups.row_keys(table)
    assert torch.equal(whole, groups.row_keys(table[:, :3]) + groups.row_keys(table[:, 3:], 3))
    monkeypatch.setattr("aevb_cli.core.data.rows._PART", 7)
    assert torch.equal(whole, groups.row_keys(torch.from_numpy(np.asfortranarray(table.numpy()))))


def test_keys_of_whole_numbers_do_not_collide() -> None:
    table = torch.cartesian_prod(torch.arange(300.0), torch.arange(300.0)).double()
    assert len(set(groups.row_keys(table).tolist())) == 90_000


def test_a_table_of_different_rows_has_no_groups() -> None:
    assert groups.equal_rows(distinct(50), distinct(50, seed=1)) == groups.RowGroups()


def test_rows_with_equal_features_are_a_group_and_copies_are_known() -> None:
    x, z = distinct(30), distinct(30, seed=1)
    found = groups.equal_rows(torch.cat([x, x[:5], x[:2]]), torch.cat([z, z[:3], z[:4] + 1]))
    assert found.group is not None
    assert found.copy is not None
    assert found.group.tolist() == [*range(30), 0, 1, 2, 3, 4, 0, 1]
    assert found.copy.nonzero()[:, 0].tolist() == [30, 31, 32]
    assert (found.repeated, found.size) == (7, 30)
    assert found.count(torch.tensor([0, 30, 35, 7])) == 2
    assert found.without_copies(torch.tensor([0, 30, 33, 7])).tolist() == [0, 33, 7]


def words(rows: int, levels: tuple[int, ...]) -> Tensor:
    return torch.from_numpy(np.stack([chance(3).integers(0, count, rows) for count in levels], 1).astype(float))


@pytest.mark.parametrize("levels", [(2,), (5, 4), (6, 6)])
def test_features_that_repeat_by_nature_are_no_groups(levels: tuple[int, ...]) -> None:
    """400 rows of few words: new rows will have the same ones."""
    assert groups.equal_rows(words(400, levels), distinct(400)) == groups.RowGroups()
    assert groups.equal_rows(words(400, levels), None) == groups.RowGroups()


def test_of_such_features_the_copies_alone_are_groups() -> None:
    x, z = words(400, (5, 4)), distinct(400)
    found = groups.equal_rows(torch.cat([x, x[:40]]), torch.cat([z, z[:40]]))
    assert found.group is not None
    assert found.group.tolist() == [*range(400), *range(40)]
    assert found.repeated == 40


def test_where_the_target_repeats_by_nature_too_nothing_tells_a_copy() -> None:
    assert groups.equal_rows(words(400, (5, 4)), words(400, (2,))) == groups.RowGroups()
    x = torch.cat([distinct(30), distinct(30)])
    found = groups.equal_rows(x, (torch.arange(60) % 2).double()[:, None])
    assert found.size == 30  # measured twice, perhaps
    assert found.copy is None


@pytest.mark.parametrize(("rows", "times"), [(8, 2), (8, 4), (60, 2), (60, 3), (60, 10)])
def test_a_table_that_stands_there_several_times_is_recognised(rows: int, times: int) -> None:
    found = groups.equal_rows(distinct(rows).repeat(times, 1), distinct(rows, seed=1).repeat(times, 1))
    assert found.size == rows
    assert found.copy is not None
    assert int(found.copy.sum()) == found.repeated == rows * (times - 1)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=40))
def test_joined_groups_are_the_connected_components(pairs: list[tuple[int, int]]) -> None:
    first, second = (groups.numbered(torch.tensor(each)) for each in zip(*pairs, strict=True))
    found = groups.joined(first, second)
    label = list(range(len(pairs)))
    for _ in pairs:  # a plain flood
        for row, pair in enumerate(pairs):
            near = [n for n, other in enumerate(pairs) if other[0] == pair[0] or other[1] == pair[1]]
            label[row] = min(label[n] for n in near)
    assert found.tolist() == list(pd.factorize(np.array(label))[0])


def test_a_long_chain_is_one_group() -> None:
    rows = torch.arange(20_001)
    assert not groups.joined((rows + 1) // 2, rows // 2).any()


@pytest.mark.parametrize(
    ("different", "rows", "by_nature"), [(19, 25, True), (20, 199, False), (20, 200, True), (500, 4999, False)]
)
def test_rows_repeat_by_nature_where_there_are_few_different_ones(different: int, rows: int, by_nature: bool) -> None:
    assert groups.repeat_by_nature(different, rows) == by_nature
