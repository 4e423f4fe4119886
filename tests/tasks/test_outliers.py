"""What becomes of gross outliers in a training table, and what is said of them."""

import numpy as np

from aevb_cli.settings import Column, Reading
from aevb_cli.tables import Table
from aevb_cli.tasks.outliers import set_aside


def table(**columns: np.ndarray) -> Table:
    values = np.asfortranarray(np.stack(list(columns.values()), 1))
    return Table(tuple(Column(name, ("a", "b") if name == "word" else ()) for name in columns), values)


def numbers(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=100)


def test_a_feature_s_cell_counts_as_the_nearest_of_the_others_and_a_target_s_as_unknown() -> None:
    x, z = numbers(1), numbers(2)
    x[4], z[7] = -1e9, 60.0
    found = table(x=x.copy(), z=z.copy())
    notes = set_aside("t.csv", found, ["z"])
    assert found.values[4, 0] == np.delete(x, 4).min()
    assert np.isnan(found.values[7, 1])
    rest = np.ones((100, 2), bool)
    rest[4, 0] = rest[7, 1] = False
    assert np.array_equal(found.values[rest], np.stack([x, z], 1)[rest])
    assert len(notes) == 2
    assert "'x': -1e+09 in record 5" in notes[0]
    assert "'z': 60 in record 8" in notes[1]
    assert "not known" in notes[1]


def test_a_date_is_named_as_a_date() -> None:
    days = np.arange(18262, 18362).astype(float)  # from 2020-01-01 on
    days[3] = 2932896
    found = table(x=days)
    dated = Table((Column("x", reading=Reading("date")),), found.values)
    (note,) = set_aside("t.csv", dated, [])
    assert "'x': 9999-12-31 in record 4" in note
    assert "the nearest of the others, 2020-01-01 to 2020-04-09" in note


def test_of_many_the_first_are_named_and_the_rest_counted() -> None:
    x = numbers()
    x[::10] = -999
    (note,) = set_aside("t.csv", table(x=x, z=numbers(2)), ["z"])
    assert "-999 in record 1, -999 in record 11, -999 in record 21 and 7 more" in note


def test_a_number_that_means_nothing_is_named_with_the_way_out_however_often_it_stands() -> None:
    x, kids = numbers(), np.arange(100.0) % 4
    x[::10], kids[::2], kids[1::10] = -999, 99, 98
    before = kids.copy()
    found = table(x=x, kids=kids)
    few, many = set_aside("t.csv", found, ["z"])
    assert few.endswith("If it means that nothing is known, say --na '-999', which holds in every column.")
    assert many == (
        "t.csv, column 'kids': 98 in 10, 99 in 50 of 100 rows, apart from all others (1 to 3), are taken for numbers. "
        "If they mean that nothing is known, say --na 98 --na 99, which holds in every column."
    )
    assert np.array_equal(found.values[:, 1], before)


def test_a_lone_cell_far_away_is_no_word_for_nothing() -> None:
    x = numbers()
    x[4] = -9e5
    (note,) = set_aside("t.csv", table(x=x), [])
    assert note.endswith("Mend what is wrong, or empty it.")


def test_an_ordinary_table_stays_as_it_is_and_words_are_not_looked_at() -> None:
    word = (np.arange(100) % 2).astype(float)
    found = table(x=numbers(), word=word)
    before = found.values.copy()
    assert set_aside("t.csv", found, ["x"]) == ()
    assert np.array_equal(found.values, before)
