"""`aevb inspect`: the header of a model file, without its tensors."""

from aevb_cli.commands import arguments, options


def inspect(
    model: options.Model = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Show what a model is, what it was trained on and how, and what to expect of it; all of its header with --json.

    Example: aevb inspect vae.safetensors
    """
    from aevb_cli import console
    from aevb_cli.modelfile import reading
    from aevb_cli.tasks import portrait

    screen = console.Screen(quiet=quiet)
    path = arguments.choose_model(model, screen.say)
    header = reading.read_header(path)
    console.print_header(header if as_json else portrait.lines(header), as_json=as_json)
