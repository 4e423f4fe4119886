"""What the lines of `targets.py` say, in Markdown."""

from typing import Any

import pandas as pd

RELATIVE, NATS = 0.02, 0.02
"""Within reach of the best peer: of a log-loss relative, of a density's log-likelihood in nats per row."""

OURS = "aevb"


def summary(lines: pd.DataFrame, tables: set[str], splits: int) -> str:
    """A comparison of the methods for each kind of target, every table's best peer, and how families were chosen."""
    lines = alike(lines[lines["table"].isin(tables) & (lines["split"] < splits)])
    parts = []
    for kind in ("classes", "counts", "positive"):
        if len(some := lines[lines["kind"] == kind]):
            parts += [f"### {kind}", methods(some, kind), each_table(some, kind), choices(some)]
    return "\n\n".join(filter(None, parts))


def alike(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines of methods that did not fail, and of each table the splits that most of its methods have."""
    lines = lines[lines["log_likelihood"].notna()]
    count = lines.groupby(["table", "split"])["method"].transform("nunique")
    return lines[count == count.groupby(lines["table"]).transform("max")]


def means(lines: pd.DataFrame, score: str) -> pd.DataFrame:
    """A score's mean over the splits: a row for each table, a column for each method."""
    return lines.pivot_table(index="table", columns="method", values=score, aggfunc="mean", dropna=False, sort=False)


def peers(of: pd.DataFrame) -> pd.DataFrame:
    """The columns of methods that are not ours; all where there are no others."""
    names = [name for name in of if not str(name).startswith(OURS)]
    return of[names or list(of)]


def methods(lines: pd.DataFrame, kind: str) -> str:
    """A line for each method: means over its tables of what it has over the best peer of each."""
    likely = means(lines, "log_likelihood")
    best = peers(likely).max(axis=1)
    behind = likely.sub(best, axis=0)
    reach = pd.Series(NATS, best.index) if kind == "positive" else -best * RELATIVE
    columns = [
        ("log-lik - best", behind.mean(), ".3f"),
        ("its median", behind.median(), ".3f"),
        ("within", behind.add(reach, axis=0).ge(0).sum(), ".0f"),
        ("rank", likely.rank(axis=1, ascending=False).mean(), ".2f"),
        *of_kind(lines, kind),
        ("cov90 - 0.9", means(lines, "coverage").mean() - 0.9, "+.3f"),
        ("off by", (means(lines, "coverage") - 0.9).abs().mean(), ".3f"),
        ("cov90 - said", (means(lines, "coverage") - means(lines, "said")).mean(), "+.3f"),
        ("set size", means(lines, "set_size").mean(), ".2f"),
        ("floored", lines.groupby("method")["floored"].sum(), ".0f"),
        ("seconds", means(lines, "seconds").mean(), ".1f"),
        ("CPU s", means(lines, "cpu").mean(), ".1f"),
    ]
    head = ["method", "tables", *(name for name, _, _ in columns)]
    counted = likely.notna().sum()
    rows = [[str(each), str(counted[each]), *(cell(found.get(each), form) for _, found, form in columns)]
            for each in map(str, likely)]  # fmt: skip
    return markdown(head, rows)


def of_kind(lines: pd.DataFrame, kind: str) -> list[tuple[str, Any, str]]:
    """Columns of Brier scores and calibration errors of classes, of CRPS of numbers."""
    loss = means(lines, "brier" if kind == "classes" else "crps")
    least, rank = peers(loss).min(axis=1), loss.rank(axis=1).mean()
    if kind != "classes":
        return [("CRPS / best", loss.div(least, axis=0).mean(), ".3f"), ("CRPS rank", rank, ".2f")]
    return [
        ("Brier - best", loss.sub(least, axis=0).mean(), ".3f"),
        ("Brier rank", rank, ".2f"),
        ("accuracy", means(lines, "accuracy").mean(), ".3f"),
        ("ECE", means(lines, "ece").mean(), ".3f"),
    ]


def each_table(lines: pd.DataFrame, kind: str) -> str:
    """A line for each table: its best peers, and ours."""
    likely, loss = means(lines, "log_likelihood"), means(lines, "brier" if kind == "classes" else "crps")
    score = "Brier" if kind == "classes" else "CRPS"
    mine = [name for name in map(str, likely) if name.startswith(OURS)]
    others, named = peers(likely), peers(likely).idxmax(axis=1)
    least = peers(loss).min(axis=1)
    head = ["table", "rows", "splits", "best peer", "its log-lik", *mine, f"best {score}"]
    rows = []
    for name in map(str, likely.index):
        one = lines[lines["table"] == name]
        row = [name, str(one["rows"].iloc[0]), str(one["split"].nunique()), str(named[name])]
        row += [cell(others.loc[name].max(), ".3f"), *(cell(likely.loc[name, each], ".3f") for each in mine)]
        rows.append([*row, cell(least[name], ".4g"), *(cell(loss.loc[name, each], ".4g") for each in mine)])
    return markdown([*head, *(f"{each}: {score}" for each in mine)], rows)


def choices(lines: pd.DataFrame) -> str:
    """How often the family that was chosen is within NATS of the best that was told, and what it cost where not.

    Only log-likelihoods of one measure are compared.
    """
    own = lines[lines["method"].str.startswith(OURS)]
    measures = own[own["method"] == OURS].set_index(["table", "split"])["measure"]
    same = own["measure"].to_numpy() == measures.reindex(pd.MultiIndex.from_frame(own[["table", "split"]])).to_numpy()
    likely = means(own[same], "log_likelihood")
    if OURS not in likely or likely.shape[1] < 2:
        return ""
    cost = (likely.drop(columns=OURS).max(axis=1) - likely[OURS]).dropna()
    wrong = cost[cost > NATS]
    right = f"{len(cost) - len(wrong)} of {len(cost)} tables"
    told = f"The chosen family is within {NATS} nats of the best that was told on {right}"
    dear = f"; elsewhere it cost {wrong.mean():.3f} nats per row, {wrong.max():.3f} at most" if len(wrong) else ""
    return f"{told}{dear}."


def cell(value: Any, form: str) -> str:
    """A figure, or nothing."""
    return "" if value is None or pd.isna(value) else format(float(value), form)


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """A table."""
    lines = [head, ["---", *(["---:"] * (len(head) - 1))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
