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
    from aevb_cli.tasks import summary

    screen = console.Screen(quiet=quiet)
    path = arguments.choose_model(model, screen.say)
    header = reading.read_header(path)
    targets = [column["name"] for column in header["columns"]["targets"]]
    lines = {"new rows": "\n".join(summary.lines(header["result"], targets)) or "nothing is known of them"}
    console.print_header(header if as_json else header | lines, as_json=as_json)
