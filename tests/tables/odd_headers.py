"""What must come of odd headers: row names, titles, comments, separators, and lines that are no records."""

from tests.tables.odd_kinds import Odd, number, out, refused, taken, words

X, Y = number("x", 1.5, 2.5, 4, 5.5), number("y", 10, 20, 30, 25)
K = words("k", "a", "b", "a", "b")

HEADERS: list[Odd] = [
    # row names
    taken("header_index_r.csv", out(""), X, Y, why="R's write.csv"),
    taken("header_index_pandas.csv", out(""), X, Y, why="to_csv of pandas"),
    taken("header_index_of_names.csv", out(""), X, Y),
    taken("header_index_of_dates.csv", out(""), X, Y, why="a series of pandas: its dates are left out, and told"),
    refused(
        "header_index_one_column.csv", "to predict 'x' from", why="its header is no title: the first cell is empty"
    ),
    refused("header_index_one_series.csv", "to predict 'x' from"),
    taken("header_index_short.csv", out(""), X, Y, why="R's write.table: the header is one cell short"),
    taken("header_index_short_blanks.txt", out(""), X, Y, why="R's write.table by default"),
    taken("header_index_short_blanks.txt", out(""), X, Y, separator=" "),
    taken("header_nameless_inside.csv", X, out(""), Y),
    taken("header_nameless_two.csv", out(""), X, out(""), Y),
    taken("header_trailing_separators.csv", X, Y, out("")),
    taken("header_trailing_in_records.csv", X, Y, out(""), why="no row names: the last cells are all empty"),
    # names
    taken("header_twice.csv", out("x"), out("x"), number("z", 1, 3, 2, 5), Y),
    taken("header_case_differs.csv", X, number("X", 9, 8, 7, 6), Y),
    refused("header_from_zero.csv", "'0' and '1'", "--header", "--no-header"),
    taken("header_from_zero.csv", number("0", 1.5, 2.5), number("1", 10, 20), header=True),
    taken("header_index_from_zero.csv", out(""), number("0", 1.5, 2.5), number("1", 10, 20)),
    refused("header_years.csv", "'1990'", "--header", "--no-header"),
    taken("header_years.csv", number("1990", 1.5), number("2000", 2.5, 1.5), number("2010", 10), header=True),
    taken(
        "header_years_beside_words.csv",
        words("country", "Norway", "Chad", "Peru", "Chad"),
        number("1990", 1.5, 2.5),
        number("2000", 10, 20),
    ),
    refused("header_none.csv", "there is no header", "'1.5' and '10'", "--no-header"),
    taken("header_none.csv", number("column1", 1.5, 2.5), number("column2", 10, 20), header=False),
    taken("header_newline_in_a_name.csv", number("length\n(mm)", 1.5, 2.5), Y),
    taken("header_blanks_around_names.csv", X, Y),
    taken("header_nbsp_around_names.csv", X, Y),
    taken("header_wide.csv", *(number(f"g{place}") for place in range(90))),
    # separators
    taken("header_sep_line.csv", X, Y, why="Excel's sep=; with a decimal comma"),
    taken("header_sep_line_tab.csv", X, Y),
    taken("header_sep_line_quoted.csv", X, Y),
    taken("header_tabs.tsv", X, Y),
    taken("header_tab_in_csv_name.csv", X, Y, why="tabs in a file that is called .csv"),
    taken("header_blanks.txt", X, Y),
    taken("header_blanks.txt", X, Y, separator=" "),
    refused("header_blanks_aligned.txt", "blanks", why="as many blanks as the columns need"),
    # above and below
    taken("header_comments_hash.csv", X, Y),
    taken("header_comments_percent.csv", X, Y),
    taken("header_comments_slashes.csv", X, Y),
    taken("header_hash_is_a_name.csv", number("#id", 7, 7, 8), X, Y),
    refused("header_in_a_comment.dat", "no header", "1.5", why="gnuplot: the names stand in a comment"),
    refused("header_comment_below.csv", "record 2", "1 cell"),
    taken("header_title.csv", X, Y),
    taken("header_title_two_lines.csv", X, Y),
    taken("header_title_padded.csv", K, X, Y, why="a spreadsheet fills the title's line with separators"),
    taken("header_title_quoted.csv", X, Y),
    refused("header_units_below.csv", "record 1", "'mm'"),
    refused("header_again_below.csv", "record 3", "'x'", why="two files joined by cat"),
    refused("header_total_below.csv", "record 5", "'Total'"),
    refused("header_footnote_below.csv", "record 5", "1 cell"),
    refused("header_sql_dump.csv", "record 3", "1 cell"),
    # what is no table
    refused("header_words_only.csv", "'m'", "words", why="there is nothing to predict"),
    refused("header_web_page.csv", "web page"),
    refused("header_pipe_frame.md", "record 1", "'---'", why="a table of Markdown"),
]
