"""The rows that members of an ensemble leave out, and what these members say of them."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.diverged import diverged, lost
from aevb_cli.core.calibration.held_out import HeldOut
from aevb_cli.core.calibration.stacking import Stacking, cross_fitted, mixed, stack
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.training import folds
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.model_settings import BnnSettings

HELD_OUT_DRAWS, FEW_DRAWS = 20, 10
"""Draws for each held-out row and group, shared out among the members that have not seen it; those that do where
scores are compared, and no stacking is kept."""


def leave_out(settings: BnnSettings, rows: int, generator: Generator, group: Tensor | None = None) -> LeftOut:
    """In an ensemble each member of a group leaves out a fold; a single network gets further members that do."""
    groups = len(settings.kl_weights)
    if settings.members == 1:
        return folds.leave_out(rows, generator, group).repeat(groups)
    # Every group must leave out the same rows, and the theorem on CV+ is about one partition.
    partitions = 1 if settings.guarantee else settings.members
    return folds.in_turn(rows, generator, settings.members, partitions, group).repeat(groups)


def judged(p: Distribution, z: Tensor, left_out: Tensor, groups: int, *, single: bool) -> tuple[Tensor, Tensor]:
    """Which groups may predict, (C,) of bool, and the members that judge them by rows that they have not seen, (K, M).

    A group with a member that has diverged may not. p: predictions of rows by the means of all members' weights,
    (K, M, J); z: (M, J); left_out: (K, M); single: the first member of each group predicts, and the others judge it.
    What they say of a network that has lost what they have learned is not true of it.

    Where no group is left, all are, and what is said of them is no better than they are: of single networks it is by
    the rows that they are trained on.
    """
    members, row = len(left_out) // groups, torch.arange(len(z))
    first = torch.arange(groups) * members
    wrong = diverged(p, z).view(groups, members).any(1)
    if single and members > 1 and len(z):
        judge = first[:, None] + left_out[:members].float().argmax(0)
        wrong |= lost(p.map(lambda each: each[first]), p.map(lambda each: each[judge, row]), z)
    if not wrong.all():
        return ~wrong, left_out
    alone = (torch.arange(len(left_out)) % members == 0)[:, None].expand_as(left_out)
    return ~torch.zeros_like(wrong), alone if single else left_out


def stacked(draws: Distribution, z: Tensor, otherwise: Stacking, size: int) -> tuple[Stacking, HeldOut]:
    """The stacking that held-out rows ask for, `otherwise` without any, and predictions of these rows.

    draws: (C, S, m, M, J); z: (M, J); size: the members of each group.
    """
    used = max(1, size // draws.coordinates.shape[2])
    blind = cross_fitted(draws, z) if len(z) else mixed(draws, otherwise)
    stacking = stack(draws, z, used)[0] if len(z) else otherwise
    return stacking, HeldOut.of(draws, blind, stacking, used)


def blind_draws(
    drawn: Callable[[Tensor], Distribution], left_out: Tensor, groups: int, most: int = HELD_OUT_DRAWS
) -> Distribution:
    """Draws of the members that have not seen a row.

    drawn: predictions of all members, (K, R, J), by new draws of their weights, for R rows each, whose indices (K, R)
    it is given; left_out: (members of a group, M), the same in every group; most: draws for each row and group.
    Returns (C, S, m, M, J): of each group m members, as many as have not seen any one of the rows.
    """
    members, rows = left_out.shape
    first = torch.arange(groups)[:, None, None] * members
    blind = (~left_out).long().argsort(dim=0, stable=True)  # members that left the row out come first
    count = max(1, int(left_out.sum(0).min())) if rows else 1
    own, place = _dealt(blind[:count], members)
    own, member = own.repeat(groups, 1), first + blind[:count]  # (K, R), (C, m, M)
    draws = [drawn(own).map(lambda each: each[member, place]) for _ in range(max(2, most // count))]
    return draws[0].combined(draws[1:], lambda each: torch.stack(each, 1))


def rows_of(speaks: Tensor) -> tuple[Tensor, Tensor]:
    """The rows of which each member speaks, (K, R), filled up with the first row; and which of them it does, (K, R).

    speaks: (K, M) of bool.
    """
    number = speaks.long().cumsum(1) - 1
    rows = torch.zeros(len(speaks), int(speaks.sum(1).max()), dtype=torch.int64)
    who, row = speaks.nonzero(as_tuple=True)
    rows[who, number[who, row]] = row
    return rows, torch.arange(rows.shape[1]) < speaks.sum(1, keepdim=True)


def _dealt(member: Tensor, members: int) -> tuple[Tensor, Tensor]:
    """Each member's rows, as of `rows_of`, and the place of each row among its member's.

    member: (m, M), which members speak of each row. Returns the places as (m, M), too.
    """
    speaks = torch.zeros(members, member.shape[1], dtype=torch.bool).scatter_(0, member, value=True)
    return rows_of(speaks)[0], (speaks.long().cumsum(1) - 1).gather(0, member)
