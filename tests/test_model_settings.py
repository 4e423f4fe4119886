"""The settings of the kinds of model: what a kind is called, and how many networks it has."""

import subprocess
import sys

from aevb_cli.model_settings import BnnSettings, LatentSettings, VaeSettings


def test_each_kind_has_a_name_of_its_own_and_a_command() -> None:
    kinds = (VaeSettings, LatentSettings, BnnSettings)
    assert {kind.kind for kind in kinds} == {"vae", "latent", "bnn"}
    names = {kind.command.replace("-", "_") for kind in kinds}
    assert names == {"train_vae", "train_bnn"}


def test_an_ensemble_has_as_many_networks_as_members_of_all_kl_weights() -> None:
    assert BnnSettings().networks == VaeSettings.networks == LatentSettings.networks == 1
    assert BnnSettings(members=3, kl_weights=(0.1, 1.0)).networks == 6


def test_the_report_s_networks_are_the_defaults_of_both_kinds_that_it_knows() -> None:
    assert (VaeSettings().hidden, VaeSettings().decoder_hidden, VaeSettings().dropout) == ((25, 25), (25,), 0.25)
    assert BnnSettings().hidden == (25, 25)


def test_a_hidden_z_has_one_draw_and_the_standard_prior_unless_more_is_asked_for() -> None:
    plain = LatentSettings()
    assert (plain.importance, plain.prior, plain.pseudo_inputs) == (1, "standard", 0)
    assert 0 <= plain.hide <= 1


def test_settings_need_the_standard_library_alone() -> None:
    """Every command's help reads them."""
    code = "import sys; before = {*sys.modules}; import aevb_cli.model_settings; print(*({*sys.modules} - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()} - {"aevb_cli"}
    assert loaded <= sys.stdlib_module_names
