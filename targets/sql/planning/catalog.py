"""What planning has to know of a program: the names of its relations, and how its sources are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from oftra.datatypes import DataType
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.block import Border


class Reading(NamedTuple):
    """How a source's records are read: what stands in FROM with its columns, and each column's value from a record.

    `ctes` are the queries that come before; the last of them may be what stands in FROM.
    """

    item: q.FromItem
    alias: str
    columns: tuple[str, ...]
    values: Mapping[str, sql.Expr]
    ctes: tuple[q.Cte, ...] = ()


@dataclass
class Catalog:
    """What the relations of a program are called in the script, and all columns of each; how sources are read.

    `borders` collects what is planned in the engine's own words. `types` are those of columns, by relation, that have
    another in the script than their own.
    """

    names: Mapping[str, sql.Name]
    columns: Mapping[str, tuple[str, ...]]
    reads: dict[str, Reading] = field(default_factory=dict)
    borders: list[Border] = field(default_factory=list)
    types: Mapping[str, Mapping[str, DataType]] = field(default_factory=dict)

    @cached_property
    def bare(self) -> frozenset[str]:
        """The relations that are called by one word: a query's own names must not hide them."""
        return frozenset([name.parts[0] for name in self.names.values() if len(name.parts) == 1])
