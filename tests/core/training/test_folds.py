"""The left-out rows: counts by the rule that folds.py states, and nobody left out twice."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from aevb_cli.core.data import rows as room
from aevb_cli.core.training import folds
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.defaults import LARGE


def mask(left_out: LeftOut) -> Tensor:
    """True where the member must not see the row; (K, N)."""
    return left_out.of(torch.arange(left_out.row.shape[1]))


@settings(deadline=None)
@given(st.integers(2, 30_000), st.integers(0, 2**31))
def test_first_member_sees_all_and_no_row_is_left_out_twice(rows: int, seed: int) -> None:
    left_out = mask(folds.leave_out(rows, Generator().manual_seed(seed)))
    assert left_out.shape[1] == rows
    assert not left_out[0].any()
    assert left_out.sum(0).max() == 1
    assert left_out[1:].any(1).all()
    assert (~left_out).any(1).all()


@pytest.mark.parametrize(
    ("rows", "members", "left_out_each"),
    [
        (2, 3, {1}),  # as many folds as rows
        (3, 4, {1}),
        (150, 6, {30}),  # the report's table: five folds, all judged
        (152, 6, {30, 31}),
        (300, 6, {60}),  # the last size at which every row is judged
        (500, 4, {100}),  # three folds hold the 1,500 / 500 wanted
        (1500, 2, {300}),
        (9_999, 2, {1999, 2000}),
        (10_000, 2, {2000}),
        (20_000, 2, {2000}),  # ten folds: the share left out shrinks as the table grows
    ],
)
def test_members_and_rows_by_rule(rows: int, members: int, left_out_each: set[int]) -> None:
    left_out = mask(folds.leave_out(rows, Generator().manual_seed(0)))
    assert len(left_out) == members
    assert set(left_out[1:].sum(1).tolist()) <= left_out_each


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(0, 100))
def test_up_to_300_rows_each_is_left_out_once(rows: int, seed: int) -> None:
    left_out = mask(folds.leave_out(rows, Generator().manual_seed(seed)))
    assert (left_out.sum(0) == 1).all()


def test_folds_follow_the_generator_and_not_the_order_of_rows() -> None:
    first, again, other = (mask(folds.leave_out(150, Generator().manual_seed(seed))) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    # Sorted tables are common: a fold of neighbours would leave a hole. Two rows in a row in one fold: chance 1/5.
    neighbours = (first[1:, 1:] & first[1:, :-1]).sum() / 149
    assert 0.05 < float(neighbours) < 0.35  # 0.2 with a standard error of 0.033, four of them and a little


@settings(deadline=None)
@given(st.integers(1, LARGE - 1), st.integers(2, 30), st.integers(0, 2**31))
def test_in_turn_leaves_out_equal_folds_and_begins_again(rows: int, members: int, seed: int) -> None:
    left_out = mask(folds.in_turn(rows, Generator().manual_seed(seed), members))
    assert left_out.shape == (members, rows)
    count = next((n for n in range(1, members) if torch.equal(left_out[n], left_out[0])), members)
    assert (left_out[:count].sum(0) <= 1).all()
    for member in range(members):
        assert torch.equal(left_out[member], left_out[member % count])
    sizes = left_out.sum(1)
    assert int(sizes.max() - sizes.min()) <= 1
    assert int(sizes.max()) <= -(-rows // min(rows, folds.ENSEMBLE_FOLDS))
    if members >= folds.ENSEMBLE_FOLDS:
        assert int(left_out[:count].sum()) >= min(rows, folds.ENSEMBLE_HELD_OUT_ROWS - 1)


@pytest.mark.parametrize(
    ("rows", "members", "count"),
    [(5, 20, 5), (277, 20, 10), (500, 20, 10), (900, 20, 6), (2000, 20, 3), (2000, 2, 2), (2999, 20, 2)],
)
def test_no_more_folds_are_left_out_than_make_500_rows(rows: int, members: int, count: int) -> None:
    left_out = folds.in_turn(rows, Generator().manual_seed(0), members)
    assert left_out.member.tolist() == [member % count for member in range(members)]
    assert set(left_out.row.flatten().tolist()) - {-1} == set(range(count))


@pytest.mark.parametrize(
    ("rows", "judged"), [(3000, {500}), (5000, {500}), (8600, {505, 506}), (40_000, {2000}), (100_000, {2000})]
)
def test_of_a_large_table_all_members_leave_out_the_same_rows(rows: int, judged: set[int]) -> None:
    left_out = folds.in_turn(rows, Generator().manual_seed(0), 4, 4)
    assert left_out.member.tolist() == [0, 0, 0, 0]
    assert {len(left_out.held_out_rows)} <= judged
    assert (mask(left_out).sum(1) == len(left_out.held_out_rows)).all()


def test_where_not_all_folds_are_left_out_the_table_is_not_cut_anew() -> None:
    left_out = folds.in_turn(1000, Generator().manual_seed(0), 20, 20)
    assert left_out.row.shape == (1, 1000)
    assert (mask(left_out).sum(0)[left_out.held_out_rows] == 4).all()


@pytest.mark.parametrize(("rows", "members", "cuts"), [(60, 20, 2), (60, 25, 2), (60, 19, 1), (60, 200, 12), (3, 6, 2)])
def test_a_table_is_cut_anew_for_further_members(rows: int, members: int, cuts: int) -> None:
    left_out = mask(folds.in_turn(rows, Generator().manual_seed(2), members, members))
    each = min(rows, 10)
    for cut in range(cuts):
        assert (left_out[cut * each :][:each].sum(0) == 1).all()
    for member in range(cuts * each, members):
        assert torch.equal(left_out[member], left_out[member - cuts * each])
    if rows > each:
        assert len({tuple(member) for member in left_out[: cuts * each].tolist()}) == cuts * each


@pytest.mark.parametrize("members", [1, 4])
def test_of_a_table_too_large_to_be_permuted_the_folds_are_drawn(members: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BUFFER", 1000)
    rows, generator = 30_000, Generator().manual_seed(0)
    left_out = folds.leave_out(rows, generator) if members == 1 else folds.in_turn(rows, generator, members)
    sizes = rows - left_out.seen
    wanted = torch.full_like(sizes, 2000 if members == 1 else 1500)
    if members == 1:
        wanted[0] = 0
    # The standard deviation of a binomial count is 43 at most; four of them.
    assert (sizes - wanted).abs().max() < 175
    assert torch.equal(sizes, mask(left_out).sum(1))
    assert torch.equal(left_out.held_out_rows, mask(left_out).any(0).nonzero()[:, 0])
    early = left_out.held_out_rows < rows / 2
    assert abs(float(early.double().mean()) - 0.5) < 4 * 0.5 / len(early) ** 0.5


def test_nobody_leaves_out_a_row() -> None:
    nobody = LeftOut.nobody(3, 7)
    assert not mask(nobody).any()
    assert nobody.seen.tolist() == [7, 7, 7]
    assert len(nobody.held_out_rows) == 0


def test_judged_rows_are_those_that_a_member_leaves_out() -> None:
    left_out = LeftOut(torch.tensor([[1, -1, 0, 2]], dtype=torch.int8), torch.tensor([-1, 1, 0, 1], dtype=torch.int8))
    assert left_out.held_out_rows.tolist() == [0, 2]
    assert left_out.of(left_out.held_out_rows).tolist() == [[False, False], [True, False], [False, True], [True, False]]
    assert left_out.seen.tolist() == [4, 3, 3, 3]
    assert left_out[1:3].of(torch.tensor([0])).tolist() == [[True], [False]]
    assert len(left_out.repeat(2)) == 8


@settings(deadline=None)
@given(st.lists(st.integers(1, 12), min_size=2, max_size=60), st.integers(0, 2**31), st.booleans())
def test_the_rows_of_a_group_share_a_fold_and_folds_are_nearly_equal(
    sizes: list[int], seed: int, several: bool
) -> None:
    group = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    group = group[torch.randperm(len(group), generator=Generator().manual_seed(seed))]
    generator = Generator().manual_seed(seed)
    if several:
        left_out = folds.in_turn(len(group), generator, 20, 20, group)
    else:
        left_out = folds.leave_out(len(group), generator, group)
    for fold in left_out.row:
        for number in range(len(sizes)):
            assert len(fold[group == number].unique()) == 1
    each = mask(left_out).sum(1)[0 if several else 1 :]
    assert int(each.max() - each.min()) <= max(sizes)  # large groups first, each to the smallest fold
    assert int(each.min()) > 0


def test_groups_of_one_row_are_dealt_like_rows() -> None:
    rows = torch.arange(152)
    sizes = mask(folds.leave_out(152, Generator().manual_seed(0), rows))[1:].sum(1)
    assert set(sizes.tolist()) == {30, 31}


def test_there_are_no_more_folds_than_groups() -> None:
    group = torch.arange(60) % 3
    assert folds.leave_out(60, Generator().manual_seed(0), group).member.tolist() == [-1, 0, 1, 2]
    assert folds.in_turn(60, Generator().manual_seed(0), 7, 1, group).member.tolist() == [0, 1, 2, 0, 1, 2, 0]


@pytest.mark.parametrize("seed", range(5))
def test_of_a_large_table_a_fold_of_an_equal_share_is_left_out_and_not_its_largest_group(seed: int) -> None:
    group = (torch.arange(5000) - 3000).clamp(min=0) // 4  # one group of 3,000 rows, and 500 of four
    left_out = folds.in_turn(5000, Generator().manual_seed(seed), 4, 1, group)
    rows = left_out.held_out_rows
    assert 200 <= len(rows) <= 500
    assert not (group[rows] == 0).any()


def test_groups_too_many_to_be_permuted_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BUFFER", 1000)
    group = torch.arange(30_000) // 2
    left_out = folds.in_turn(30_000, Generator().manual_seed(0), 4, 1, group)
    row = left_out.row[0].view(-1, 2)
    assert torch.equal(row[:, 0], row[:, 1])
    # 20 folds of 15,000 groups: a binomial count of 750 has a standard deviation of 27; two rows each, four of them.
    assert abs(len(left_out.held_out_rows) - 1500) < 2 * 4 * 27
