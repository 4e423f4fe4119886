"""The whole numbers of a training table that are codes, and are known to the model as words as well."""

import torch

from aevb_cli.core.data.codes import codes
from aevb_cli.core.data.groups import RowGroups
from aevb_cli.tables import Table, code


def with_codes(table: Table, features: int, groups: RowGroups) -> tuple[Table, dict[str, int]]:
    """The table with a column of words for each code, after the features; how many words each has, by its name.

    features: how many columns of the table are features, the first ones.
    """
    x, z = torch.from_numpy(table.values).tensor_split([features], 1)
    if not z.shape[1]:
        return table, {}
    found_at = codes(x, z, [len(column.categories) for column in table.columns[:features]], groups.group)
    places = [place for place in found_at if table.columns[place].reading is None]
    found = [code(table.names[place], table.values[:, place], beside=True) for place in places]
    columns = [column for each, _ in found for column in each.columns]
    values = [piece for _, parts in found for (piece,) in parts]
    sizes = {column.column: len(column.categories) for column in columns}
    return (table.inserted(features, columns, values) if found else table), sizes
