"""Options of Python as the requests of tasks."""

from typing import Any

import pytest

from aevb_cli.api import applied
from aevb_cli.errors import UsageError
from aevb_cli.settings import AS_FOUND


def test_the_defaults_of_requests_are_those_of_tasks() -> None:
    from aevb_cli.settings import DRAWS, IMPORTANCE_SAMPLES, INTERVAL
    from aevb_cli.tasks.appended import Appended
    from aevb_cli.tasks.evaluation import EvaluateRequest
    from aevb_cli.tasks.prediction import PredictRequest

    assert applied.predict_request((INTERVAL,), DRAWS, 0, "average", None) == PredictRequest(Appended([INTERVAL]))
    evaluated = applied.evaluate_request(INTERVAL, DRAWS, IMPORTANCE_SAMPLES, 0, "error", "average", None)
    assert evaluated == EvaluateRequest([INTERVAL])


@pytest.mark.parametrize(
    "options", [{"interval": 1.5}, {"draws": 0}, {"seed": -1}, {"missing": "learn"}, {"threads": 0}]
)
def test_a_request_beyond_its_limits(options: dict[str, object]) -> None:
    given: dict[str, object] = {"interval": 0.9, "draws": 10, "seed": 0, "missing": "skip", "threads": None}
    with pytest.raises(UsageError):
        applied.predict_request(**{**given, **options})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("unseen", "missing", "sentence"), [("guess", "skip", "unseen='guess'"), ("error", "drop", "missing='drop'")]
)
def test_a_rule_that_evaluate_has_not(unseen: Any, missing: Any, sentence: str) -> None:
    with pytest.raises(UsageError, match=f"{sentence}: it is one of"):
        applied.evaluate_request(0.9, 10, 10, 0, unseen, missing, None)


def test_a_word_s_rule_is_checked_before_the_table_is_read() -> None:
    given = applied.Input("nope.csv", 5, None, "guess")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="unseen='guess': it is one of 'error', 'missing'"):
        given.chunks(None)  # type: ignore[arg-type]


def test_a_chunk_without_rows() -> None:
    given = applied.Input("data.csv", 0, AS_FOUND, "error")
    with pytest.raises(UsageError, match="chunk_rows=0"):
        given.chunks(None)  # type: ignore[arg-type]
