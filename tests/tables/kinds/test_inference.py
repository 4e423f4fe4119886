"""What a column is taken for, what of that is told, and that every later reading of its cells is the same."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import AS_FOUND, Column, Reading, ReadOptions, Told
from aevb_cli.tables.kinds import inference
from aevb_cli.tables.kinds.inference import Found, Inference
from tests.tables.ask import save, words


def taken(*cells: str | None, told: Told | None = None, options: ReadOptions = AS_FOUND) -> Found:
    return read(*cells, told=told, options=options)[0]


def read(
    *cells: str | None, told: Told | None = None, options: ReadOptions = AS_FOUND, predicted: bool = False
) -> tuple[Found, list[list[float]]]:
    """What a column of these cells is taken for, and the values of each of its model columns."""
    found, values = Inference("t.csv", "t.csv, record {}".format, options).of_words(
        "v", words(*cells), told, predicted=predicted
    )
    return found, [[cell for piece in pieces for cell in piece.tolist()] for pieces in values]


@pytest.mark.parametrize(
    ("cells", "reading", "kind", "guess"),
    [
        (["1", "2.5", None], None, "number", ""),
        (["1", "?", "2"], None, "number", ""),
        (["1,234.5", "7"], Reading("number", ".", ","), "number (thousands by comma)", "numbers thousands by comma"),
        (["1,5", "2,25"], Reading("number", ","), "number (decimal comma)", "numbers decimal comma"),
        (["5 kg", "12 kg"], Reading("number", after="kg"), "number (in kg)", "numbers in kg"),
        (["\u22125", "12"], Reading("number"), "number", "numbers with other signs"),
        (["True", "FALSE"], Reading("boolean"), "true or false", "'FALSE' and 'True' as 1 and 0"),
        (["yes", "no", "NA"], Reading("boolean"), "true or false", "'no' and 'yes' as 1 and 0"),
        (["True", "0"], Reading("boolean"), "true or false", "'0' and 'True' as 1 and 0"),
        (["14:30", "9:15"], Reading("time"), "time of day", "times of day, in hours"),
        (["2024-01-31", "2024-02-29"], Reading("date", order="ymd"), "date", "dates, such as 2024-01-31"),
        (["31/01/2024"], Reading("date", order="dmy"), "date", "dates, such as 31/01/2024, the day first"),
        (["a", "b", "a"], None, "2 categories", ""),
        (["f", "4", "r"], None, "3 categories, '4' among them", "3 categories, '4' among them"),
        (["yes", "no", "maybe"], None, "3 categories", ""),
        (["01234", "90210", "01234"], None, "2 categories, such as '01234'", "2 categories, such as '01234'"),
    ],
)
def test_a_column_is_taken_for(cells: list[str | None], reading: Reading | None, kind: str, guess: str) -> None:
    found = taken(*cells)
    assert (found.columns[0].reading, found.kind, found.guess, found.left_out) == (reading, kind, guess, "")


@pytest.mark.parametrize(
    ("cells", "reason"),
    [([None, "NA", "?"], "empty"), ([], "empty"), (list("abcdef"), "another word in every row")],
)
def test_a_column_is_left_out(cells: list[str | None], reason: str) -> None:
    assert read(*cells) == (Found("v", left_out=reason, guess=reason), [])


@pytest.mark.parametrize(
    ("told", "cells", "reading", "values"),
    [
        ("category", ["3", "1.0", None, "3"], Reading("code"), [1, 0, np.nan, 1]),
        ("category", ["yes", "no", "NA"], None, [2, 1, 0]),
        ("category", ["1", "2", "oops"], None, [0, 1, 2]),
        ("number", ["1", "0", "?"], None, [1, 0, np.nan]),
        ("number", ["01234", "90210", "01234"], None, [1234, 90210, 1234]),
        ("boolean", ["1", "0", "NA"], Reading("boolean"), [1, 0, np.nan]),
        ("time", ["1:30"], Reading("time"), [1.5]),
        ("dmy", ["03/04/2024"], Reading("date", order="dmy"), [19816]),
        ("mdy", ["03/04/2024"], Reading("date", order="mdy"), [19786]),
        ("date", ["2024-04-03"], Reading("date", order="ymd"), [19816]),
    ],
)
def test_a_column_is_what_it_is_told_to_be(
    told: Told, cells: list[str | None], reading: Reading | None, values: list[float]
) -> None:
    found, columns = read(*cells, told=told)
    assert found.columns[0].reading == reading
    np.testing.assert_array_equal(columns[0], values)


@pytest.mark.parametrize("told", ["number", "boolean", "time", "date", "dmy"])
def test_a_column_that_is_not_what_it_is_told_to_be(told: Told) -> None:
    with pytest.raises(DataError, match=rf"^t\.csv, column 'v': 'a' and others are not what --types says: {told}\.$"):
        taken("a", "b", told=told)


@pytest.mark.parametrize(
    ("cells", "sentences"),
    [
        (["1,004", "2,118"], ["'1,004' is 1004 or 1.004", "--decimal . or --decimal ,"]),
        (["03/04/2024"], ["is 3 Apr 2024 (dmy) or 4 Mar 2024 (mdy)", "--types v=dmy or v=mdy"]),
        (["01/01/2024", "03/04/2024"], ["'03/04/2024' is 3 Apr 2024 (dmy) or 4 Mar 2024 (mdy)"]),
        (["5 kg", "12 g"], ["its numbers are in 'g' and 'kg'", "--drop"]),
        (["5", "7", "oops"], ["record 3", "'oops' is not a plain finite number", "--types v=category", "--na oops"]),
        (["2024-01-31", "2024-02-28", "soon"], ["record 3", "'soon' is no date like the others (2024-01-31)"]),
        (["31/01/2024", "01/31/2024", "30/01/2024"], ["record 2", "'01/31/2024' is no date like the others"]),
        (["14:30", "9:15", "noon"], ["record 3", "'noon' is no time of day"]),
        (["5 kg", "12 kg", "7"], ["its numbers are in 'kg' and 'no unit'"]),
        (["5 kg", "12 kg", "heavy"], ["record 3", "'heavy' is not a number like the others (in kg)"]),
        (["5", "inf"], ["record 2", "'inf'"]),
    ],
)
def test_what_does_not_go_together_is_an_error_with_the_ways_out(cells: list[str], sentences: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        taken(*cells)
    assert [sentence for sentence in sentences if sentence not in str(caught.value)] == [], str(caught.value)


def test_a_decimal_mark_is_found_in_the_other_columns(tmp_path: Path) -> None:
    """Where two notations would do, the mark is that of the columns that have but one."""
    text = "a;b\n{};1,004\n{};2,118\n"
    comma = tables.read(save(tmp_path, text.format("1,5", "22,25"))).typed()
    assert comma.table.values[:, 1].tolist() == [1.004, 2.118]
    point = tables.read(save(tmp_path, text.format("1,234.5", "22.25"))).typed()
    assert point.table.values[:, 1].tolist() == [1004, 2118]
    assert inference.decimal_mark([words("1,5", "2,25"), words("1,234.5", "2.5")]) is None
    assert inference.decimal_mark([words("1,004"), words("a")]) is None


def test_eight_digits_are_days_where_all_of_them_may_be() -> None:
    asked = Inference("t.csv", str, AS_FOUND)
    found, values = asked.of_numbers("v", [np.array([20240131.0, np.nan]), np.array([20240229.0])])
    assert (found.kind, found.missing, found.columns[0].reading) == ("date", 1, Reading("date", order="ymd"))
    np.testing.assert_array_equal(values[0][0], [19753, np.nan, 19782])
    for other in (20240230.0, 5.0):
        pieces = [np.array([20240131.0, other])]
        assert asked.of_numbers("v", pieces) == (Found("v", (Column("v"),), "number"), [pieces])


def test_dates_have_the_columns_that_tell_more() -> None:
    cells = [f"20{year:02}-01-{day:02} {hour:02}:00" for year in (20, 24) for day in range(1, 15) for hour in (6, 18)]
    found, values = read(*cells)
    assert [column.name for column in found.columns] == [
        "v",
        *(f"v ({part})" for part in ("season, sine", "season, cosine", "weekday", "hour, sine", "hour, cosine")),
    ]
    assert found.columns[3].categories[:2] == ("Monday", "Tuesday")
    assert {column.column for column in found.columns} == {"v"}
    assert values[3][:4] == [2, 2, 3, 3]


@pytest.mark.parametrize("beside", [False, True])
def test_numbers_are_taken_for_words(beside: bool) -> None:
    found, ((codes,),) = inference.code("v", np.array([7.0, np.nan, 2.5, 7.0]), beside=beside)
    name = "v (code)" if beside else "v"
    assert found.columns == (Column(name, ("2.5", "7"), "v" if beside else "", Reading("code")),)
    np.testing.assert_array_equal(codes, [1, np.nan, 0, 1])


KINDS: dict[str, st.SearchStrategy[str]] = {
    "numbers": st.integers(-999, 999).map(str) | st.sampled_from(["1.5", "?", "NA", ""]),
    "money": st.integers(0, 10**7).map(lambda number: f"${number:,}.50"),
    "decimal commas": st.integers(0, 10**5).map(lambda number: f"{number // 10},{number % 10}"),
    "percent": st.integers(0, 100).map("{}%".format) | st.sampled_from(["-", ""]),
    "truth": st.sampled_from(["yes", "no", "NA", ""]),
    "times": st.times().map(lambda time: f"{time:%H:%M}"),
    "dates": st.dates().map(str) | st.just("n/a"),
    "moments": st.datetimes().map(lambda moment: f"{moment:%d.%m.}{moment.year:04}{moment: %H:%M}"),
    "few words": st.sampled_from(["a", "b", "NA", " c", "?", ""]),
    "many words": st.integers(0, 200).map("w{}".format),
    "labels": st.sampled_from(["01234", "90210", "00501"]),
}


@given(st.data(), st.sampled_from(sorted(KINDS)), st.integers(1, 7))
@example(None, "many words", 5)
def test_chunks_of_any_column_are_read_as_the_whole_was_inferred(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject | None, kind: str, rows: int
) -> None:
    some = [f"w{place % 130}" for place in range(230)]
    cells: Sequence[str] = some if data is None else data.draw(st.lists(KINDS[kind], min_size=1, max_size=20))
    path = save(
        tmp_path_factory.getbasetemp(), "row;v\n" + "".join(f"{row};{each}\n" for row, each in enumerate(cells))
    )
    try:
        whole = tables.read(path).typed(["v"])
    except DataError:
        return  # cells that could be read in two ways
    columns = whole.table.columns
    assert data is not None or columns[0].reading == Reading("words", rest="other")
    parts = [chunk.table.values for chunk in tables.stream(path, columns, chunk_rows=rows)]
    np.testing.assert_array_equal(np.concatenate(parts), whole.table.values)
    np.testing.assert_array_equal(tables.read(path).conforming(columns).values, whole.table.values)
    if whole.found[0].columns:
        assert whole.found[0].missing == np.isnan(whole.table.values[:, 0]).sum()


def predicted(*cells: str | None, told: Told | None = None, options: ReadOptions = AS_FOUND) -> Found:
    """What a target of these cells is taken for."""
    inference = Inference("t.csv", "t.csv, record {}".format, options)
    return inference.of_words("v", words(*cells), told, predicted=True)[0]


@pytest.mark.parametrize(
    ("cells", "told", "categories", "missing"),
    [
        (["b", "a", "b"], None, ("a", "b"), 0),
        (["yes", "no", "NA", "-"], None, ("no", "yes"), 2),
        (["a", "b", "None", "NA", "?"], None, ("None", "a", "b"), 2),
        (["a", "b", "NA"], "category", ("NA", "a", "b"), 0),
        (["3", "1", None], "category", ("1", "3"), 1),
        (["1", "0"], "boolean", ("0", "1"), 0),
        (["007", "001", "007"], None, ("001", "007"), 0),
        (["2024-01-31", "2024-02-01"], "category", ("2024-01-31", "2024-02-01"), 0),
        (["1", "2"], None, (), 0),
        ([word for word in map(str, range(-300, 0)) for _ in "ab"], "category", None, 0),
    ],
)
def test_a_target_keeps_its_words(
    cells: list[str | None], told: Told | None, categories: tuple[str, ...] | None, missing: int
) -> None:
    found = predicted(*cells, told=told)
    if categories is None:  # none stands for rare ones
        assert len(found.columns[0].categories) == len(set(cells))
    else:
        assert (found.columns[0].categories, found.missing) == (categories, missing)


@pytest.mark.parametrize("told", [None, "category"])
def test_a_target_with_another_word_in_every_row(told: Told | None) -> None:
    assert predicted(*(f"w{n}" for n in range(9)), told=told).left_out == "another word in every row"


def test_yes_and_no_of_a_target_are_no_guess() -> None:
    assert predicted("yes", "no").guess == ""
    assert predicted("yes", "no", "NA", options=ReadOptions(strict=True)).missing == 1
