"""What the lines of `imputation.py` say, in Markdown."""

import pandas as pd
from latent_runs import MEAN, OURS, means
from target_summary import cell, markdown


def summary(lines: pd.DataFrame, tables: list[str], ways: list[str]) -> str:
    """For each way of emptying a line for each table, and one for each method."""
    parts = []
    for way in ways:
        some = lines[lines["table"].isin(tables) & (lines["way"] == way)]
        if len(some):
            parts += [f"### Emptied: {way}", each_table(some, tables), each_method(some, tables)]
    return "\n\n".join(parts)


def each_table(lines: pd.DataFrame, tables: list[str]) -> str:
    """A line for each table: errors of every method, and the coverage of ours."""
    methods = list(dict.fromkeys(lines["method"]))
    mine = [each for each in methods if each.startswith(OURS)]
    parts = [means(lines, "rmse", tables)[methods], means(lines, "wrong", tables).reindex(columns=methods)]
    parts.append(means(lines, "coverage", tables).reindex(columns=mine))
    head = ["table", "rows", *methods, *(f"wrong: {each}" for each in methods), *(f"cov90: {each}" for each in mine)]
    counts = lines.groupby("table")["rows"].first()
    rows = [
        [str(name), f"{counts[name]:.0f}", *(cell(each, ".3f") for part in parts for each in part.loc[name])]
        for name in parts[0].index
    ]
    mean = [cell(each, ".3f") for part in parts for each in part.dropna().mean()]
    return markdown(head, [*rows, [MEAN, "", *mean]])


def each_method(lines: pd.DataFrame, tables: list[str]) -> str:
    """A line for each method: ranks, on how many tables it is the best, and what its bands hold."""
    scores = ("rmse", "wrong", "coverage", "said", "width")
    rmse, wrong, cover, said, width = (means(lines, each, tables) for each in scores)
    columns = []
    for score in (rmse, wrong):
        ranks = score.dropna().rank(axis=1)
        columns += [(ranks.mean(), ".2f"), ((ranks == 1).sum(), ".0f")]
    columns += [
        ((cover - 0.9).mean(), "+.3f"),
        ((cover - 0.9).abs().max(), ".3f"),
        (((cover - 0.9).abs() <= 0.03).sum().where(cover.notna().any()), ".0f"),
        ((cover - said).mean(), "+.3f"),
        (width.mean(), ".2f"),
        (lines.groupby("method")["left_empty"].sum(), ".0f"),
        *((lines.groupby("method")[each].mean(), ".1f") for each in ("seconds", "cpu")),
    ]
    head = ["method", "rank by rmse", "best", "rank by wrong", "best", "cov90 - 0.9", "off at most", "within 0.03"]
    head += ["cov90 - said", "width", "left empty", "seconds", "CPU s"]
    return markdown(
        head, [[each, *(cell(found.get(each), form) for found, form in columns)] for each in map(str, rmse)]
    )
