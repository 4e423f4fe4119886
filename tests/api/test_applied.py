"""Options of Python as the requests of tasks."""

import pytest

from aevb_cli.api import applied
from aevb_cli.errors import UsageError


def test_the_defaults_of_requests_are_those_of_tasks() -> None:
    from aevb_cli.settings import DRAWS, IMPORTANCE_SAMPLES, INTERVAL
    from aevb_cli.tasks.evaluation import EvaluateRequest
    from aevb_cli.tasks.prediction import PredictRequest

    assert applied.predict_request((INTERVAL,), DRAWS, 0, "error", None) == PredictRequest([INTERVAL])
    evaluated = applied.evaluate_request(INTERVAL, DRAWS, IMPORTANCE_SAMPLES, 0, "error", None)
    assert evaluated == EvaluateRequest([INTERVAL])


@pytest.mark.parametrize(
    "options", [{"interval": 1.5}, {"draws": 0}, {"seed": -1}, {"unseen": "guess"}, {"threads": 0}]
)
def test_a_request_beyond_its_limits(options: dict[str, object]) -> None:
    given: dict[str, object] = {"interval": 0.9, "draws": 10, "seed": 0, "unseen": "error", "threads": None}
    with pytest.raises(UsageError):
        applied.predict_request(**{**given, **options})  # type: ignore[arg-type]


def test_a_chunk_without_rows() -> None:
    reading = applied.Reading("data.csv", 0, None, "error")
    with pytest.raises(UsageError, match="chunk_rows=0"):
        reading.chunks(None)  # type: ignore[arg-type]
