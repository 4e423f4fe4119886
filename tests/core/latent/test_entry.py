"""What the encoder sees of columns of every kind, and back."""

import torch

from aevb_cli.core.families.columns import Columns
from aevb_cli.core.latent.entry import Entry

LIKELIHOODS = Columns.named(
    ("gaussian", "negative-binomial", "beta-binomial", "bernoulli", "categorical"), (0, 0, 17, 0, 3)
)
ROWS = torch.tensor([[0.3, 0, 16, 1, 2], [-1.2, 900, 3, 0, 0], [0.9, 7, torch.nan, 1, 1], [0.0, 2, 9, 0, 2]])


def test_counts_and_levels_are_about_0_and_of_unit_size() -> None:
    entry = Entry.fit(ROWS, LIKELIHOODS)
    seen = entry(ROWS)
    assert torch.equal(seen[:, [0, 3, 4]], ROWS[:, [0, 3, 4]])
    for place in (1, 2):
        present = seen[:, place][~seen[:, place].isnan()]
        torch.testing.assert_close(present.mean(), torch.tensor(0.0), rtol=0, atol=1e-6)
        torch.testing.assert_close(present.std(correction=0), torch.tensor(1.0))
    assert float(seen[1, 1]) < 2  # the logarithm of a count


def test_undone_is_the_way_back() -> None:
    entry = Entry.fit(ROWS, LIKELIHOODS)
    torch.testing.assert_close(entry.undone(entry(ROWS)), ROWS, equal_nan=True, rtol=1e-5, atol=1e-5)


def test_a_constant_column_is_0() -> None:
    likelihoods = Columns.named(("beta-binomial",), (17,))
    assert Entry.fit(torch.full((5, 1), 4.0), likelihoods)(torch.full((2, 1), 4.0)).tolist() == [[0], [0]]
