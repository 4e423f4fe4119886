"""How the training of a model went."""

from aevb_cli import figures
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.pages import Fact, Facts, Part, Picture, Section, Text
from aevb_cli.tasks import plotting
from aevb_cli.tasks.plot_request import PlotRequest
from aevb_cli.tasks.reporting.numbers import number


def section(model: TrainedModel) -> Section:
    """The trace, and where it ended."""
    facts = model.facts
    elbo = "none" if facts["elbo"] is None else f"{number(facts['elbo'])} nats per row"
    ended = "converged" if facts["converged"] else "not converged"
    shown = Facts(
        (
            Fact("Iterations", f"{facts['iterations']:,}", ended),
            Fact("ELBO at the end", elbo, "of the weights that are kept, whatever the optimiser weighed"),
            Fact("Seed", str(model.request.training.seed)),
        )
    )
    return Section("training", "How the training went", (shown, _trace(model)))


def _trace(model: TrainedModel) -> Part:
    if len(model.trace["iteration"]) < 2:
        return Text("Too few iterations were recorded to draw how it went.")
    caption = (
        "The ELBO is to rise and then to level out. The score of held-out rows tells whether the weights still learn "
        "what holds for new rows."
    )
    svg = figures.as_svg(plotting.draw(model, PlotRequest("elbo")))
    return Picture(svg, "The ELBO and its terms over the iterations", caption)
