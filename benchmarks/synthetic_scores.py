"""How synthetic rows are judged in `synthetic.py`, by real rows that no method saw."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from latent_tables import numbers
from scipy import stats
from target_features import encoded

Array = npt.NDArray[np.float64]
SCORES = ("detection", "linear", "marginals", "pairs", "distance", "near", "copies")


def scores(new: pd.DataFrame, train: pd.DataFrame, left_out: pd.DataFrame) -> dict[str, float]:
    """All of SCORES of synthetic rows."""
    return {
        **detection(new, left_out),
        "marginals": marginals(new, left_out),
        "pairs": pairs(new, left_out),
        **distances(new, train, left_out),
    }


def detection(new: pd.DataFrame, left_out: pd.DataFrame) -> dict[str, float]:
    """The AUC of telling synthetic rows from real ones, on rows that the classifier did not see; 0.5 is best."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    both = pd.concat([left_out, new], ignore_index=True)
    x = encoded(both, both)[0]
    truth = np.repeat([0, 1], [len(left_out), len(new)])
    found = {}
    for name, make in (
        ("detection", HistGradientBoostingClassifier(random_state=0)),
        ("linear", LogisticRegression(max_iter=1000)),
    ):
        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        said = cross_val_predict(make, x, truth, cv=folds, method="predict_proba")[:, 1]
        found[name] = float(roc_auc_score(truth, said))
    return found


def marginals(new: pd.DataFrame, left_out: pd.DataFrame) -> float:
    """Of numbers the Kolmogorov-Smirnov distance, of words the total variation; the mean over the columns."""
    found = []
    for name in left_out:
        if name in numbers(left_out):
            found.append(float(stats.ks_2samp(new[name], left_out[name]).statistic))
        else:
            shares = [each[name].value_counts(normalize=True) for each in (new, left_out)]
            found.append(float(shares[0].sub(shares[1], fill_value=0).abs().sum() / 2))
    return float(np.mean(found))


def pairs(new: pd.DataFrame, left_out: pd.DataFrame) -> float:
    """By how much correlations differ: ranks of numbers, a column for each word; the mean over pairs of columns."""
    parts, of = [], []
    for place, name in enumerate(left_out):
        both = pd.concat([left_out[name], new[name]], ignore_index=True)
        if name in numbers(left_out):
            parts.append(both.rank().to_numpy(float)[:, None])
        else:
            parts.append(pd.get_dummies(both).to_numpy(float))
        of += [place] * parts[-1].shape[1]
    x, columns = np.hstack(parts), np.array(of)
    with np.errstate(invalid="ignore", divide="ignore"):
        one, other = (np.nan_to_num(np.corrcoef(each.T)) for each in np.split(x, [len(left_out)]))
    apart = columns[:, None] < columns
    return float(np.abs(one - other)[apart].mean())


def distances(new: pd.DataFrame, train: pd.DataFrame, left_out: pd.DataFrame) -> dict[str, float]:
    """Whether training rows are copied: distances of synthetic rows to the nearest one, beside those of left-out rows.

    distance: the ratio of the medians. near: the share of synthetic rows that lie nearer than a twentieth of the
    left-out rows do; 0.05 is as it should be. copies: the share that is a training row, less that of left-out rows.
    """
    from sklearn.neighbors import NearestNeighbors

    known = NearestNeighbors(n_neighbors=1).fit(encoded(train, train)[0])
    mine, theirs = (known.kneighbors(encoded(train, each)[1])[0][:, 0] for each in (new, left_out))
    # Where left-out rows lie on training rows, ties are shared out, so that rows like these have 0.05.
    border = np.quantile(theirs, 0.05)
    below, at = ((theirs < border).mean(), (theirs == border).mean())
    near = (mine < border).mean() + (mine == border).mean() * (0.05 - below) / at if at else (mine < border).mean()
    copies = (mine < 1e-9).mean() - (theirs < 1e-9).mean()
    return {"distance": float(np.median(mine) / np.median(theirs)), "near": float(near), "copies": float(copies)}
