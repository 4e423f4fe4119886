"""Windows in other processes: what is sent there and back is enough, and the same bits come of it."""

import itertools
import pickle  # noqa: TID251 - what an engine may do between its processes
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import Rows
from aevb_cli.core.models import MODELS, Settings
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.state import State
from aevb_cli.errors import DivergedError
from aevb_cli.model_settings import BnnSettings, LatentSettings, VaeSettings
from aevb_cli.settings import ColumnFamilies, TrainingSettings
from aevb_cli.tasks.process import threads_restored

KINDS: list[Settings] = [
    BnnSettings(members=17, hidden=(4,)),  # two blocks
    VaeSettings(hidden=(4,), decoder_hidden=(4,)),
    LatentSettings(latent=1, hidden=(4,), decoder_hidden=(4,)),
]


def copied(value: Any) -> Any:
    """What another process would make of it; arrays cannot be written to there."""
    return pickle.loads(pickle.dumps(value))


class Copies:
    """Workers that are given copies, and may fail: each item is computed so many times, the last result counts."""

    def __init__(self, times: int = 1, leave: Callable[[], bool] = lambda: False) -> None:
        self.times, self.leave, self.asked = times, leave, 0

    def share(self, value: object) -> object:
        return copied(value)

    def map(
        self, do: Callable[[Any, Any], Any], shared: object, items: Iterable[Any], stop: Callable[[], bool]
    ) -> list[Any] | None:
        self.asked += 1
        if stop() or self.leave():
            return None
        return [[copied(do(shared, copied(item))) for _ in range(self.times)][-1] for item in items]

    def each(
        self, do: Callable[[Any, Any], Any], shared: object, items: Iterable[Any], stop: Callable[[], bool]
    ) -> Iterator[tuple[int, Any]]:
        yield from enumerate(self.map(do, shared, items, stop) or ())


def trained(
    settings: Settings, workers: Copies | None, rate: float = 0.01, **options: Any
) -> tuple[dict[str, Tensor], list[Any]]:
    """The state after 120 iterations, and the records."""
    training = TrainingSettings(0, 120, 0, 32, rate)
    generator = Generator().manual_seed(1)
    x = torch.randn(70, 2, generator=generator, dtype=torch.float64)
    z = None if isinstance(settings, LatentSettings) else x.sum(1, keepdim=True).sin()
    kind = MODELS[settings.kind]
    left_out = kind.leave_out(settings, len(x), generator, None)
    families = ColumnFamilies() if z is not None else ColumnFamilies(features={0: "gaussian", 1: "gaussian"})
    model = kind.initial(settings, x, z, len(left_out), generator, categories=[0, 0], families=families)
    state = State.initial(model.parameters, len(x), training, generator)
    rows = Rows(model.batch, x, z)
    records = train(model, kind.gradient, rows, left_out, training, state, workers=workers, **options)
    shown = [replace(record, seconds=0.0) for record in records]
    return state.named(), shown


@pytest.mark.parametrize("settings", KINDS, ids=lambda each: each.kind)
@pytest.mark.parametrize("times", [1, 3])
def test_another_process_computes_the_same_bits_as_often_as_it_is_asked(settings: Settings, times: int) -> None:
    (here, records), (there, sent_back) = trained(settings, None), trained(settings, Copies(times))
    assert records == sent_back
    assert here.keys() == there.keys()
    assert all(torch.equal(here[name], there[name]) for name in here)


def test_this_process_keeps_to_one_thread_of_torch() -> None:
    with threads_restored():
        torch.set_num_threads(2)
        trained(KINDS[1], Copies())
        assert torch.get_num_threads() == 1


def test_a_window_that_is_stopped_elsewhere_changes_nothing() -> None:
    workers = Copies()
    workers.leave = lambda: workers.asked == 2
    stopped, records = trained(KINDS[0], workers)
    assert len(records) == 1
    calls = itertools.count()
    once, _ = trained(KINDS[0], None, stop=lambda: next(calls) > 2 * 99 + 5)
    assert all(torch.equal(stopped[name], once[name]) for name in once)


def test_divergence_elsewhere_is_found_here() -> None:
    with pytest.raises(DivergedError) as here:
        trained(KINDS[0], None, 1e30)
    with pytest.raises(DivergedError) as there:
        trained(KINDS[0], Copies(), 1e30)
    assert str(here.value) == str(there.value)
    assert here.value.rows == there.value.rows
