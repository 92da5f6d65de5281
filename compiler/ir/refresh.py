"""Tables of which a run makes a part: which rows it covers, and what is stored after it, as queries.

They are queries over what was stored before and the rows of the run's slice, so that they mean one thing for all
engines. An engine that can do the same in place need not ask them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Literal, NamedTuple, TypeAlias

from oftra.datatypes import BIGINT, BOOLEAN, INT, TIMESTAMP
from oftra.ir.columns import max_id, substitute
from oftra.ir.expr import Call, Column, Expr, Runtime, SortKey, WindowCall
from oftra.ir.expr import Literal as Constant
from oftra.ir.judge import free_name
from oftra.ir.options import word
from oftra.ir.program import Program, Relation
from oftra.ir.rel import Filter, Item, Project, Rel, Scan, SetOperation, Values, Window

START = Runtime("run", "start", TIMESTAMP)
"""Where the run's window begins; without one, before all times."""

END = Runtime("run", "end", TIMESTAMP)
"""Where it ends; without one, when the run began."""

UNTIL = Runtime("run", "until", TIMESTAMP)
"""Where the slice ends: at `run.end`; of a run without a window, after all times."""

BEGAN = "run.began"
"""Among the values that are given to a run, when it began: `run.end` unless another one is given."""


Kind: TypeAlias = Literal["append", "partitions", "merge"]


@dataclass(frozen=True)
class Refresh:
    """How a run refreshes a table that has these `columns`, which are those of its rows in the run's slice.

    `covered` tells of a stored row whether the run covers it; it is never null. None: any row may be met. A row for
    which `gone` is true is not stored.

    `newest` is, of a row, the moment that is known to have come by its `window` column; None: nothing is known.

    It `is_open` where a row may grow in a later run that doesn't cover it: sessions have any length.
    """

    kind: Kind
    columns: tuple[Column, ...]
    covered: Expr | None = None
    key: tuple[str, ...] = ()
    order_by: tuple[str, ...] = ()
    gone: Expr | None = None
    is_open: bool = False
    newest: Expr | None = None

    def has_one_row(self, keys: Iterable[Sequence[str]]) -> bool:
        """Whether there is one row of each `key` at most, in rows that these other `keys` tell apart."""
        return any(set(known) <= set(self.key) for known in keys)

    @property
    def remembers(self) -> bool:
        """Whether what is gone is remembered beside the table: an older row that comes later must not bring it back."""
        return self.gone is not None and bool(self.order_by)

    @property
    def remembered(self) -> tuple[Column, ...]:
        """What is remembered of rows that are gone: their keys and orders."""
        names = (*self.key, *[name for name in self.order_by if name not in self.key])
        by_name = {column.name: column for column in self.columns}
        return tuple([by_name[name] for name in names])


@dataclass(frozen=True)
class Refreshed(Relation):
    """A table that isn't made whole: its `rel` are the rows of the run's slice."""

    refresh: Refresh = field(kw_only=True)

    @property
    def keeps_mark(self) -> bool:
        """Whether it keeps until when it is made (see `until`)."""
        return bool(self.made_of) and self.refresh.covered is not None and self.refresh.newest is not None

    @property
    def is_certain(self) -> bool:
        """Whether the same rows are stored whichever way a run goes: of rows with one key something tells the last."""
        refresh = self.refresh
        return refresh.kind != "merge" or bool(refresh.order_by) or refresh.has_one_row(self.interface.keys)


class Beside(NamedTuple):
    """The relations that stand beside a table while a run refreshes it, by their names in a catalog.

    `new` are the rows of the slice, `stored` those that are there, `gone` what is remembered of deleted ones.
    """

    new: str
    stored: str
    gone: str


def beside(relation: Refreshed) -> Beside:
    """What stands beside a table: no relation of a program has such a name."""
    return Beside(f"{relation.name} new", f"{relation.name} stored", f"{relation.name} gone")


def left_alone(refresh: Refresh, stored: str) -> Rel:
    """The rows of the relation `stored` that the run doesn't cover."""
    if refresh.covered is None:
        return Values((), refresh.columns)
    return Filter(Scan(stored, refresh.columns), Call("not", (refresh.covered,), BOOLEAN, False))


def after(refresh: Refresh, stored: str, new: str) -> Rel:
    """What is stored after a run that appends: the rows of `stored` that it doesn't cover, and those of `new`."""
    fresh = _fresh(refresh)
    return SetOperation(
        "union",
        True,
        (left_alone(refresh, stored), Scan(new, _copies(refresh.columns, fresh))),
        _copies(refresh.columns, fresh),
    )


def merged(refresh: Refresh, stored: str, new: str, gone: str | None = None) -> Rel:
    """Of the rows of `stored` and `new` the last of each key, but for those that are `gone`, by this run or before."""
    fresh = _fresh(refresh)
    marks = _marks(refresh.columns, fresh)
    known = {column.id for column in (refresh.columns if gone is None else refresh.remembered)}
    columns = tuple([one if one.id in known else replace(one, nullable=True) for one in refresh.columns])
    parts = [_part(stored, refresh, refresh.columns, (0, False), marks, fresh)]
    parts.append(_part(new, refresh, refresh.columns, (1, False), marks, fresh))
    if gone is not None:
        parts.append(_part(gone, refresh, refresh.remembered, (0, True), marks, fresh))
    rel = _last(SetOperation("union", True, tuple(parts), (*columns, *marks)), refresh, (marks[0],), fresh)
    if gone is not None:
        rel = Filter(rel, Call("not", (marks[1],), BOOLEAN, False))
    if refresh.gone is not None:
        rel = Filter(rel, Call("is_distinct", (refresh.gone, Constant(True, BOOLEAN)), BOOLEAN, False))
    # What was gone before has nothing but its key and order, and none of it is left.
    made = [Column(fresh(), one.name, one.type, one.nullable) for one in refresh.columns]
    return Project(rel, tuple([Item(new_, old) for new_, old in zip(made, columns)]))


def is_partial(relation: Relation, program: Program) -> bool:
    """Whether a run makes a part of a table, in batch."""
    if relation.kind != "table" or isinstance(relation, Refreshed) or relation.name in program.streams:
        return False
    return word(relation.options.get("refresh")) in ("append", "partitions", "merge")


def settled(refresh: Refresh, rel: Rel, has_one_a_key: bool) -> Rel:
    """What one run leaves that merges all rows of `rel` where nothing was stored before, under the same columns."""
    if not has_one_a_key:
        rel = _last(rel, refresh, (), count(max_id(rel) + 1).__next__)
    if refresh.gone is not None:
        rel = Filter(rel, Call("is_distinct", (refresh.gone, Constant(True, BOOLEAN)), BOOLEAN, False))
    return Project(rel, tuple([Item(one, one) for one in refresh.columns]))


def all_gone(refresh: Refresh, gone: str, new: str) -> Rel:
    """What is remembered after a run: of each key that is `gone`, by this run or before, the last order."""
    assert refresh.gone is not None
    fresh = _fresh(refresh)
    marks = _marks(refresh.columns, fresh)
    parts = [_part(gone, refresh, refresh.remembered, (0, True), marks, fresh)]
    parts.append(_part(new, refresh, refresh.columns, (1, True), marks, fresh, refresh.gone))
    columns = (*refresh.columns, *marks)
    rel = _last(SetOperation("union", True, tuple(parts), columns), refresh, (marks[0],), fresh)
    return Project(rel, tuple([Item(one, one) for one in refresh.remembered]))


Fresh: TypeAlias = Callable[[], int]


def _fresh(refresh: Refresh) -> Fresh:
    return count(max([column.id for column in refresh.columns]) + 1).__next__


def _copies(columns: Sequence[Column], fresh: Fresh) -> tuple[Column, ...]:
    return tuple([Column(fresh(), one.name, one.type, one.nullable) for one in columns])


def _marks(columns: Sequence[Column], fresh: Fresh) -> tuple[Column, Column]:
    """Whether a row is of this run (1, else 0), and whether it is known to be gone."""
    is_new = Column(fresh(), free_name("is_new", columns), INT, False)
    return is_new, Column(fresh(), free_name("is_gone", columns), BOOLEAN, False)


def _part(
    name: str,
    refresh: Refresh,
    stored: Sequence[Column],
    marked: tuple[int, bool],
    marks: tuple[Column, Column],
    fresh: Fresh,
    condition: Expr | None = None,
) -> Rel:
    """The rows of the relation `name`, which has the columns `stored`, with null for what it lacks, and marks."""
    own = {old.id: Column(fresh(), old.name, old.type, old.nullable) for old in stored}
    rel: Rel = Scan(name, tuple(own.values()))
    if condition is not None:
        rel = Filter(rel, substitute(condition, own))
    items: list[Item] = []
    for one in refresh.columns:
        value: Expr = own.get(one.id) or Constant(None, one.type)
        items.append(Item(Column(fresh(), one.name, one.type, value.nullable), value))
    for mark, told in zip(marks, marked):
        items.append(Item(Column(fresh(), mark.name, mark.type, False), Constant(told, mark.type)))
    return Project(rel, tuple(items))


def _last(rel: Rel, refresh: Refresh, also: Sequence[Column], fresh: Fresh) -> Rel:
    """The last row of each key by its order, then by the columns `also`: of what is alike the row of this run."""
    by_name = {column.name: column for column in rel.columns}
    ordered = (*[by_name[name] for name in refresh.order_by], *also)
    order = tuple([SortKey(one, descending=True, nulls_first=False) for one in ordered])
    keys = tuple([by_name[name] for name in refresh.key])
    number = Column(fresh(), free_name("nth_last", rel.columns), BIGINT, False)
    call = WindowCall("row_number", (), BIGINT, False, keys, order)
    rel = Window(rel, (Item(number, call),))
    return Filter(rel, Call("equal", (number, Constant(1, BIGINT)), BOOLEAN, False))
