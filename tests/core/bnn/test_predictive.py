"""Networks where cells are unknown, against each network seen by itself."""

from dataclasses import replace

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn import predictive
from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.data.layout import STAND_INS, UNSEEN
from aevb_cli.core.data.unknown import Filling, UnknownCells
from aevb_cli.core.mixture import Mixture, Predictor, in_batches
from aevb_cli.model_settings import BnnSettings

DRAWS, NAN = 60, float("nan")


def model(**options: object) -> Bnn:
    """Three members in two groups, with a number and two columns of words."""
    settings = replace(BnnSettings(hidden=(5,), members=3, kl_weights=(1.0, 0.1), frequencies=(1, 1)), **options)  # type: ignore[arg-type]
    generator = Generator().manual_seed(0)
    x = torch.stack([torch.linspace(-1, 1, 30), torch.arange(30) % 3, torch.arange(30) % 2], 1).double()
    found = Bnn.initial(settings, x, 3 * x[:, :1] - x[:, 1:2], 6, generator, categories=(0, 3, 2))
    found.parameters[:, : found.network.size] *= 3
    return found


def drawn(bnn: Bnn) -> Predictor:
    return bnn.drawn(DRAWS, Generator().manual_seed(1))


def rows(*cells: tuple[float, float, float]) -> Tensor:
    return torch.tensor(cells, dtype=torch.float64)


def test_each_network_sees_its_word_and_the_effects_are_widened() -> None:
    bnn = model()
    predictor = drawn(bnn)
    words = UnknownCells(bnn.inputs).drawn(DRAWS).words[:, 1]
    each = torch.stack([predictor(rows((0.3, word, 1))).draws.mean[:, 0, 0] for word in range(3)])
    own = each[words, torch.arange(DRAWS)]
    effect = torch.stack([own[words == word].mean() for word in range(3)]) - own.mean()
    expected = own + ((4 / 2) ** 0.5 - 1) * effect[words]
    found = predictor.marginal(rows((0.3, UNSEEN, 1))).draws.mean[:, 0, 0]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)  # single precision inside


def test_what_stacking_scales_is_not_what_words_differ_by() -> None:
    """With all spreads but the words' taken away, each draw is its word's location, widened."""
    bnn = model()
    stacking = bnn.calibration
    none = replace(stacking, epistemic_factor=0 * stacking.epistemic_factor, member_factor=0 * stacking.member_factor)
    found = drawn(replace(bnn, calibration=none)).marginal(rows((0.3, UNSEEN, 1))).draws.mean[:, 0, 0]
    words = UnknownCells(bnn.inputs).drawn(DRAWS).words[:, 1]
    levels = torch.stack([found[words == word].mean() for word in range(3)])
    torch.testing.assert_close(found, levels[words], rtol=0, atol=1e-5)
    assert float(levels.std()) > 0.1


@pytest.mark.parametrize("at_once", [1, 1 << 23])
def test_a_row_s_bits_depend_on_no_neighbour(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictive, "_AT_ONCE", at_once)
    predictor = drawn(model(frequencies=()))
    x = rows((0.3, UNSEEN, 1), (0.3, 2, 1), (NAN, 1, UNSEEN), (0.9, UNSEEN, UNSEEN), (0.3, 0, 0), (NAN, NAN, 0))

    def summary(p: Mixture) -> dict[str, Tensor]:
        lower, upper = p.interval(0.9)
        return {"mean": p.mean, "lower": lower, "upper": upper}

    together = in_batches(predictor, summary, x)
    for number, row in enumerate(x):
        alone = in_batches(predictor, summary, row[None])
        for name, values in alone.items():
            assert torch.equal(values[0], together[name][number]), (number, name)
    plain = in_batches(predictor.known, summary, x)
    assert torch.equal(plain["mean"][[1, 4]], together["mean"][[1, 4]])
    assert not torch.equal(plain["mean"][0], together["mean"][0])
    assert not torch.equal(plain["mean"][5], together["mean"][5])


def seen_by_itself(bnn: Bnn, filling: Filling, *gaps: int) -> Tensor:
    """The mean of each draw for (0.3, 2, 1) with its stand-ins in these columns. (DRAWS,)."""
    x = bnn.features.restore(filling.cells)
    kept = [place for place in range(3) if place not in gaps]
    x[:, kept] = rows((0.3, 2, 1))[:, kept]
    every = drawn(bnn)(x.double()).draws.mean[:, :, 0]
    return every.diagonal()


@pytest.mark.parametrize("gaps", [(0,), (1,), (0, 2)])
def test_each_network_sees_its_stand_ins_as_if_the_table_held_them(gaps: tuple[int, ...]) -> None:
    bnn = model()
    filling = UnknownCells(bnn.inputs).drawn(DRAWS)
    x = rows((0.3, 2, 1))
    x[:, list(gaps)] = NAN
    found = drawn(bnn).marginal(x).draws.mean[:, 0, 0]
    torch.testing.assert_close(found, seen_by_itself(bnn, filling, *gaps), rtol=0, atol=1e-5)


def test_what_stacking_scales_is_not_what_stand_ins_differ_by() -> None:
    """With all spreads but the gap's taken away, draws with one stand-in are alike, as wide apart as they were."""
    bnn, draws = model(), 20 * STAND_INS
    stacking = bnn.calibration
    none = replace(stacking, epistemic_factor=0 * stacking.epistemic_factor, member_factor=0 * stacking.member_factor)
    x, number = rows((NAN, 2, 1)), UnknownCells(bnn.inputs).drawn(draws).number
    own, found = (
        each.drawn(draws, Generator().manual_seed(1)).marginal(x).draws.mean[:, 0, 0]
        for each in (bnn, replace(bnn, calibration=none))
    )
    levels = torch.stack([found[number == each].mean() for each in range(STAND_INS)])
    torch.testing.assert_close(found, levels[number], rtol=0, atol=1e-5)
    means = torch.stack([own[number == each].mean() for each in range(STAND_INS)])
    assert float(torch.corrcoef(torch.stack([levels, means]))[0, 1]) > 0.999


def test_an_interval_of_an_unknown_cell_is_no_narrower_than_its_mixture_s() -> None:
    """Held-out rows that found mixtures far too wide narrow the intervals of rows that have all cells alone."""
    bnn = model().recalibrated(torch.full((1000, 1), 0.5) + 0.01 * torch.randn(1000, 1))
    known, gap = drawn(bnn)(rows((0.3, 2, 1))), drawn(bnn).marginal(rows((NAN, 2, 1)))
    for p, narrower in ((known, True), (gap, False)):
        own, calibrated = (float(upper - lower) for lower, upper in (p.equal_tailed(0.9), p.interval(0.9)))
        assert (calibrated < 0.6 * own) == narrower
        assert calibrated <= own + 1e-9


def test_draws_of_one_member_share_a_trunk_in_turn_and_each_second_set_mirrors_the_one_before() -> None:
    member = torch.tensor([0] * 12 + [2] * 10 + [3] + [4] * 25)
    leader, mirrors = predictive.leaders(member, 10)
    assert leader.tolist() == [0] * 10 + [10] * 2 + [12] * 10 + [22] + [23] * 10 + [33] * 10 + [43] * 5
    assert mirrors.tolist() == [10, 11, *range(33, 43)]


def test_every_draw_is_a_draw_from_q_and_trunks_alone_are_shared() -> None:
    settings = BnnSettings(hidden=(4, 4, 4), members=2, kl_weights=(1.0, 0.1), sharing=10)
    x = torch.randn(30, 2, generator=Generator().manual_seed(0), dtype=torch.float64)
    model = Bnn.initial(settings, x, x[:, :1], 4, Generator().manual_seed(1))
    networks = model.drawn(4000, Generator().manual_seed(2)).known.__self__  # type: ignore[attr-defined]
    q, trunk = model.q()[0], (2 + 1) * 4 + (4 + 1) * 4
    for number, own in enumerate(networks.weights.split(1000)):
        standard = (own - q.location[number]) / q.scale[number]
        # Fifty independent draws of the trunk, 500 of the rest; deviations of so many weights: four standard errors.
        for part, draws in ((standard[:, :trunk], 50), (standard[:, trunk:], 500)):
            assert float(part.std()) == pytest.approx(1, abs=4 / (2 * draws * part.shape[1]) ** 0.5)
            assert float(part.mean(0).abs().max()) < 1e-5  # each draw and its mirror
            square, fourth = (float(part.pow(power).mean()) for power in (2, 4))
            assert fourth / square**2 == pytest.approx(3, abs=4 * (24 / (draws * part.shape[1])) ** 0.5)
        assert [len(part.unique(dim=0)) for part in (own[:, :trunk], own[:, trunk:])] == [100, 1000]


def test_mirrored_draws_with_trunks_in_common_tell_the_mean_better_than_independent_ones() -> None:
    """Of a network that is nearly linear in its weights: what is linear in their noise cancels."""
    settings = BnnSettings(hidden=(8, 8, 8), members=2, activation="gelu")
    x = torch.randn(30, 2, generator=Generator().manual_seed(0), dtype=torch.float64)
    model = Bnn.initial(settings, x, x[:, :1], 2, Generator().manual_seed(1))
    shared = replace(model, settings=replace(settings, sharing=10))

    def mean(model: Bnn, draws: int, seed: int) -> torch.Tensor:
        return model.drawn(draws, Generator().manual_seed(seed)).known(x).mean

    exact = mean(model, 50_000, 10)
    independent, mirrored = (
        torch.stack([mean(each, 400, seed) - exact for seed in range(10)]).square().mean() for each in (model, shared)
    )
    assert mirrored < 0.5 * independent
