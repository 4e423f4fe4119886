"""The method of a trained model that scores it on a table."""

from collections.abc import Sequence
from typing import Any

from aevb_cli.api.tablelike import TableLike, listed, read_options
from aevb_cli.api.wording import in_python
from aevb_cli.settings import DRAWS, IMPORTANCE_SAMPLES, INTERVAL, Decimal, Device, Gaps, Unseen


class Scoring:
    """A trained model that can be scored."""

    def __init__(self, trained: Any) -> None:
        """Wrap a `TrainedModel`. Callers use `load`, `train_vae` or `train_bnn` instead."""
        self._trained = trained

    @in_python
    def evaluate(
        self,
        table: TableLike,
        *,
        interval: float | Sequence[float] = INTERVAL,
        require: str | Sequence[str] | None = None,
        by: str | None = None,
        synthetic: TableLike | None = None,
        per_class: bool = False,
        draws: int = DRAWS,
        importance_samples: int = IMPORTANCE_SAMPLES,
        seed: int = 0,
        missing: Gaps = "average",
        unseen: Unseen = "error",
        threads: int | None = None,
        device: Device = "cpu",
        na: str | Sequence[str] | None = None,
        decimal: Decimal | None = None,
        separator: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
        sheet: str | None = None,
    ) -> dict[str, Any]:
        """Score the model on a table whose targets are known, as `aevb evaluate --json` does.

        Parameters
        ----------
        require
            A requirement, such as "coverage@0.9>=0.85" or, of one target, "rmse[z]<2", or several.
        by
            A column of the table, no feature or one: rows with equal cells are scored together, too, under "by",
            and a requirement on a score holds for each of these groups.
        synthetic
            Made-up rows, judged beside the table's: `synthetic_marginals` and `synthetic_pairs`, mean distances of
            columns and pairs of columns from 0 to 1, each with `_real`, that of two halves of the table;
            `synthetic_auc`, by which a classifier tells them apart on rows that it has not seen; where the table's rows
            did not train, `synthetic_copies`, `synthetic_near` and `synthetic_nearest`, how near they are to training
            rows; `synthetic_columns`, the distance of each column.
        per_class
            Sets of classes hold each class as often as the level says, not all classes together.
        importance_samples
            Draws of z for each row, for log p(x) of a VAE.
        table, interval, draws, seed, missing, unseen, threads, device, na, decimal, separator, encoding, header, sheet
            As in `predict`; the targets must be present. A row counts for the targets that it has.

        Returns
        -------
        dict
            `rows`, and how many more were `skipped` for want of a target; `training_rows`, how many are known to have
            been trained on; `rmse`, `crps` and `width` in the target's unit; `log_likelihood`, `elbo`, `log_px` in nats
            per row; `measure`, whether a log-likelihood is that of a "density" or a "probability"; `coverage`, `width`
            and `calibration` keyed by level, such as "0.9". Of classes `accuracy`; `log_loss`, `brier`, `ece` (the
            expected calibration error), and where they are more than two numbers in ascending order `rps` (the ranked
            probability score); `coverage` and `set_size` of the sets, and `coverage_by_class`, keyed by level.
            `aleatoric_share` and `epistemic_share` of the variance, of classes of the entropy. With several targets
            each score is a dict keyed by those that it is of. `by`: the same for each group of rows, by its cell.

        Warns
        -----
        UserWarning
            Rows were trained on, with what to expect of new ones instead; rows were skipped; or as in `predict`.

        Raises
        ------
        RequirementError
            A requirement is not met.
        UsageError
            A requirement cannot be read or names no score, or an option is beyond its limits.
        DataError
            As in `predict`, or no target is known.

        Examples
        --------
        >>> import aevb_cli as aevb
        >>> aevb.load("vae.safetensors").evaluate("data.csv", require="rmse<1")["rows"]
        150
        """
        from aevb_cli.api import applied

        request = applied.evaluate_request(
            interval, draws, importance_samples, seed, unseen, missing, threads, by, per_class=per_class, device=device
        )
        read = read_options(na, decimal, separator, encoding, header, sheet)
        return applied.evaluate(self._trained, table, request, listed(require) or [], read, synthetic)
