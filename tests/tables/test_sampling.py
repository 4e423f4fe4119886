"""Which rows are a random sample: each row as likely as any other, whatever the order of what is offered."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from aevb_cli.tables import sampling
from aevb_cli.tables.sampling import Chosen, Group, Sample, cutoff, group_ranks, row_ranks, taken


def groups(lengths: Sequence[int], seed: int = 0, file: int = 0) -> list[Group]:
    ranks = group_ranks(seed, file, len(lengths)).tolist()
    return [Group(rank, file, place, rows) for place, (rank, rows) in enumerate(zip(ranks, lengths, strict=True))]


def drawn(offered: Sequence[Group], wanted: int) -> tuple[list[Group], list[tuple[int, int]]]:
    """The groups that are chosen, and the rows that are taken of them."""
    chosen = Chosen(Sample(wanted))
    for group in offered:
        if chosen.takes(group.rank):
            chosen.add(group)
    highest = cutoff(chosen.groups, wanted)
    return chosen.groups, [(group.number, row) for group in chosen.groups for row in taken(group, highest).tolist()]


def test_ranks_are_those_of_splitmix64() -> None:
    """The outputs of its author's program for the state 0."""
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert sampling._series(0, 3, 0).tolist() == expected
    assert sampling._series(0, 2, 1).tolist() == expected[1:]


def test_ranks_depend_on_the_seed_the_file_and_the_place_alone() -> None:
    ranks = group_ranks(0, 0, 5)
    assert group_ranks(0, 0, 3, 2).tolist() == ranks[2:].tolist()
    others = [group_ranks(1, 0, 5), group_ranks(0, 1, 5), row_ranks(groups([5])[0]), ranks]
    assert len({rank for each in others for rank in each.tolist()}) == 20


def test_every_row_has_the_same_chance() -> None:
    """Counts over 400 seeds of a row of each group, and of each place in a group, against the known truth.

    A row is in a sample with probability N / T = 0.1; rows of different groups hardly depend on one another.
    """
    rows, seeds, lengths = np.zeros((150, 40)), 400, [40] * 150
    for seed in range(seeds):
        for place, row in drawn(groups(lengths, seed), 600)[1]:
            rows[place, row] += 1
    assert rows.sum() == seeds * 600
    for counts, chance in ((rows[:, 7], 0.1), (rows[:, 31], 0.1)):
        square = float(((counts - seeds * chance) ** 2 / (seeds * chance * (1 - chance))).sum())
        assert 0.001 < stats.chi2.sf(square, len(counts)) < 0.999
    of_places = stats.chisquare(rows.sum(0))
    assert of_places.pvalue > 0.001
    assert rows[0].sum() / rows.sum() == pytest.approx(1 / 150, rel=0.2)


def test_rows_of_longer_groups_are_as_likely() -> None:
    lengths, found = [10] * 100 + [70] * 100, np.zeros(200)
    for seed in range(200):
        for place, _ in drawn(groups(lengths, seed), 800)[1]:
            found[place] += 1
    share = found / np.array(lengths) / 200
    assert share[:100].mean() == pytest.approx(share[100:].mean(), rel=0.05)
    assert share.mean() == pytest.approx(0.1, rel=0.05)


def test_rows_come_from_many_groups() -> None:
    chosen, rows = drawn(groups([1000] * 500), 200)
    assert (len(chosen), len(rows)) == (sampling.GROUPS, 200)
    assert len({place for place, _ in rows}) > 0.7 * sampling.GROUPS  # 86.5 to expect of 100
    chosen, rows = drawn(groups([10] * 5000), 2000)
    assert (len(chosen), len(rows)) == (400, 2000)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_in_which_groups_are_offered_changes_nothing(seed: int) -> None:
    chance = np.random.default_rng(seed)
    offered = groups(chance.integers(0, 30, 400).tolist(), seed)
    expected = drawn(offered, 300)
    ranked = sorted(group for group in offered if group.rows)
    few = next(n for n in range(sampling.GROUPS, 401) if sum(group.rows for group in ranked[:n]) >= 600)
    assert expected[0] == sorted(ranked[:few], key=lambda group: group.number)
    for _ in range(3):
        shuffled = [offered[place] for place in chance.permutation(400)]
        assert drawn(shuffled, 300) == expected
    assert drawn(sorted(offered), 300) == expected


def test_as_many_rows_as_wanted_with_the_lowest_ranks() -> None:
    given = groups([7, 0, 900, 33])
    ranks = np.sort(np.concatenate([row_ranks(group) for group in given]))
    for wanted in (1, 5, 900, 940):
        assert cutoff(given, wanted) == int(ranks[wanted - 1])
        assert sum(len(taken(group, cutoff(given, wanted))) for group in given) == wanted


def test_whether_groups_were_missed() -> None:
    given = groups([10] * 300)
    chosen = Chosen(Sample(100))
    for group in given[: sampling.GROUPS]:
        assert chosen.takes(group.rank)
        chosen.add(group)
    assert not chosen.missed
    assert chosen.rows == 10 * sampling.GROUPS
    assert not chosen.takes((1 << 64) - 1)
    assert chosen.missed


def test_what_is_taken_whole() -> None:
    assert (Sample(10).whole, Sample(10, beyond=20).whole) == (10, 20)
