"""Where a window of each block is run: in threads of this process, or in other processes as a pure function.

What is sent to those is arrays: multiprocessing would send a tensor as a file that both processes share.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Generator

from aevb_cli.core.data.rows import Rows
from aevb_cli.core.parallel import Map, Workers, mapper
from aevb_cli.core.training.block import Block, Means, Window
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.objective import GradientOf, Trainable
from aevb_cli.core.training.state import Part
from aevb_cli.settings import TrainingSettings

Run = Callable[[Window, Callable[[], bool]], Means | None]
"""Runs a window of every block, unless it is to stop; the first block's means then, else None."""


@dataclass(frozen=True)
class Ground:
    """What does not change during a training, which other processes are sent once.

    members: of each block; blocks: those that were made in such a process, with buffers that further windows use.
    """

    model: Trainable
    gradient: GradientOf
    rows: Rows
    left_out: LeftOut
    settings: TrainingSettings
    members: Sequence[slice]
    blocks: dict[int, Block] = field(default_factory=dict)

    def block(self, number: int, part: Part) -> Block:
        """A block that updates a part of the state; on the CPU the model's parameters are that part's."""
        members = self.members[number]
        return Block(self.model, self.gradient, self.rows, self.left_out[members], self.settings, members, part)

    def kept(self, number: int) -> Block:
        """A block with memory of its own.

        The model's parameters are copied as a whole: those of the block lie in memory as they do in the state, since
        the last bits of a product may depend on that.
        """
        if number not in self.blocks:
            parameters = self.model.parameters.clone()
            ground = replace(self, model=replace(cast(Any, self.model), parameters=parameters))
            own = parameters[self.members[number]]
            rest = torch.zeros_like(own), torch.zeros_like(own), torch.zeros_like(own)
            self.blocks[number] = ground.block(number, Part((own, *rest), Generator()))
        return self.blocks[number]


class Sent(NamedTuple):
    """All that a block's window depends on, beside the ground: its number, its part of the state, the iterations.

    planned: those of the window, which lacks them.
    """

    number: int
    part: list[np.ndarray]
    window: Window
    planned: np.ndarray | None

    def whole(self) -> Window:
        """The window."""
        return self.window if self.planned is None else replace(self.window, planned=torch.from_numpy(self.planned))


class Ran(NamedTuple):
    """A block's part of the state after a window, and the means over it."""

    part: list[np.ndarray]
    means: Means


def ran(ground: Ground, sent: Sent) -> Ran:
    """Run a block's window: a pure function, which may be called again where its process was lost."""
    block = ground.kept(sent.number)
    block.part.put(sent.part)
    means = block.run(sent.whole())
    return Ran(block.part.numbers(), means)


def here(blocks: Sequence[Block], threads: int) -> Run:
    """Run blocks in threads of this process. A window that is stopped leaves them somewhere within it."""
    mapped: Map[Block, Means] = mapper(min(threads, len(blocks)))

    def run(window: Window, stop: Callable[[], bool]) -> Means | None:
        found = mapped(partial(Block.run, window=window, stop=stop), blocks)
        return None if any(block.stopped for block in blocks) else found[0]

    return run


def elsewhere(ground: Ground, parts: Sequence[Part], workers: Workers) -> Run:
    """Run blocks in other processes. A window that is stopped, or that no process could run, changes nothing."""
    torch.set_num_threads(1)  # as `here`, whose bits what is computed between two windows would not have otherwise
    shared = workers.share(ground)

    def run(window: Window, stop: Callable[[], bool]) -> Means | None:
        planned = None if window.planned is None else window.planned.numpy()
        unplanned = replace(window, planned=None)
        sent = [Sent(number, part.numbers(), unplanned, planned) for number, part in enumerate(parts)]
        found = workers.map(ran, shared, sent, stop)
        if found is None:
            return None
        for part, each in zip(parts, found, strict=True):
            part.put(each.part)
        return found[0].means

    return run
