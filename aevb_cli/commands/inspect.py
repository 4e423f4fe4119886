"""`aevb inspect`: the header of a model file, without its tensors."""

from aevb_cli.commands import arguments, options


def inspect(
    model: options.Model = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Show a model's columns, settings, training and calibration.

    Example: aevb inspect vae.safetensors
    """
    from aevb_cli import console
    from aevb_cli.modelfile import reading

    screen = console.Screen(quiet=quiet)
    path = arguments.choose_model(model, screen.say)
    console.print_header(reading.read_header(path), as_json=as_json)
