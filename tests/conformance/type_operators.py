"""What operators do with values of a type, told by nothing but how these values are ordered.

The rows of a type are `(id, place)`, where the place says which of its values stands there. An operator is text, and
what has to come out is found in Python.
"""

import re
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from typed_values import VALUES

from oftra.datatypes import DataType, Interval, show
from oftra.functions import comparable

Place: TypeAlias = int | None
Row: TypeAlias = tuple[int, Place]
Rows: TypeAlias = list[Row]

PLACES = (1, 0, None, 2, 1, None, 0, 2, 1)
TYPES = tuple(VALUES)


def rows_of(type_: DataType) -> Rows:
    """The rows, of a type that may have less than three values."""
    most = len(VALUES[type_]) - 1
    return [(id, None if place is None else min(place, most)) for id, place in enumerate(PLACES, 1)]


def literal(type_: DataType, place: Place, id: int = 0) -> str:
    """A value as text, in another spelling from row to row."""
    return "null" if place is None else VALUES[type_][place][id // 4 % len(VALUES[type_][place])]


def _all_rows() -> str:
    by_type = [[literal(type_, place, id) for id, place in rows_of(type_)] for type_ in TYPES]
    rows = ", ".join([f"({id}, {', '.join(cells)})" for id, cells in enumerate(zip(*by_type), 1)])
    return f"(from values {rows} as t (id, {', '.join([f'v{at}' for at in range(len(TYPES))])}))"


DATA = _all_rows()
"""The rows of all types, side by side: the column `id`, and one for each type."""


def takes(type_: DataType, compares: bool, casts: bool = False) -> bool:
    """Whether values of a type can be compared, if that is needed, and be cast, if that is."""
    return (comparable(type_) or not compares) and not (casts and isinstance(type_, Interval))


class Item(NamedTuple):
    """An expression over a column `v`, and what it gives by row, or for all rows: a number, or the place of a value.

    `DATA` are the rows, `LOW` and `MIDDLE` two values, `TYPE` is the type.
    """

    text: str
    expected: Callable[[Rows], list[int | None]]
    compares: bool = False
    casts: bool = False
    gives: Literal["a value", "a number"] = "a value"

    def is_asked(self, type_: DataType) -> bool:
        """Whether it has a meaning for values of a type. Spark tells apart what holds intervals of other units."""
        return takes(type_, self.compares, self.casts) and not ("array" in self.text and isinstance(type_, Interval))


class Whole(NamedTuple):
    """A query over the rows of all types that compare, by all of them at once; its column `out`.

    `EACH` are the columns, `LOWS` and `MIDDLES` two values of each, `SAME` says that they are equal in `a` and in `b`.
    Rows agree in all of them or in none.
    """

    query: str
    expected: Callable[[Rows], list[int | None]]


def low(place: Place) -> int:
    """Where a place stands in an order: null is lowest."""
    return -1 if place is None else place


def _with(rows: Rows, place: Place) -> Rows:
    return [row for row in rows if row[1] == place]


def _there(rows: Rows) -> Rows:
    return [row for row in rows if row[1] is not None]


def _ids(rows: Rows) -> list[int | None]:
    return [id for id, _ in rows]


def _mask(rows: Rows) -> int:
    """A number with a digit for each of the rows."""
    return sum([1 << id for id, _ in rows])


def _groups(rows: Rows) -> list[int | None]:
    return [_mask(_with(rows, place)) for place in dict.fromkeys([place for _, place in rows])]


def _down(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: (-low(row[1]), row[0]))


def _few(rows: Rows) -> Rows:
    return [row for row in rows if 4 < row[0] < 8]


def _alone(rows: Rows, others: Rows) -> Rows:
    return [row for row in rows if row[1] is None or all(row[1] != place for _, place in others)]


def _pairs(rows: Rows, others: Rows) -> list[int | None]:
    return [100 * id + other for id, place in _there(rows) for other, same in others if place == same]


_MASK = "sum(shift_left(1, id)) as out"
_FEW = "(from DATA |> where id > 4 and id < 8)"

WHOLE: dict[str, Whole] = {
    "group by": Whole(f"from DATA |> aggregate {_MASK} group by EACH", _groups),
    "rollup": Whole(
        f"from DATA |> aggregate {_MASK} group by grouping sets ((EACH), ())",
        lambda rows: [*_groups(rows), _mask(rows)],
    ),
    "distinct": Whole(
        "from DATA |> select distinct EACH |> aggregate count(*) as out", lambda rows: [len(_groups(rows))]
    ),
    "join": Whole(
        f"from DATA as a |> join {_FEW} as b on SAME |> select 100 * a.id + b.id as out",
        lambda rows: _pairs(rows, _few(rows)),
    ),
    "full join": Whole(
        f"from DATA |> rename id as i |> full join {_FEW} using (EACH)"
        " |> select coalesce(100 * i, 0) + coalesce(id, 0) as out",
        lambda rows: [
            *_pairs(rows, _few(rows)),
            *[100 * id for id, _ in _alone(rows, _few(rows))],
            *[id for id, _ in _alone(_few(rows), rows)],
        ],
    ),
    "semi join": Whole(
        f"from DATA |> semi join {_FEW} using (EACH) |> select id as out",
        lambda rows: [id for id, place in _there(rows) if _with(_few(rows), place)],
    ),
    "anti join": Whole(
        f"from DATA |> anti join {_FEW} using (EACH) |> select id as out",
        lambda rows: _ids(_alone(rows, _few(rows))),
    ),
    "intersect": Whole(
        "from DATA |> select EACH |> intersect (from DATA |> where id > 2 and id < 6 |> select EACH)"
        " |> aggregate count(*) as out",
        lambda rows: [len({place for id, place in rows if 2 < id < 6})],
    ),
    "except": Whole(
        "from DATA |> select EACH |> except all (from DATA |> where id > 2 |> select EACH)"
        " |> aggregate count(*) as out",
        lambda rows: [2],
    ),
    "union": Whole(
        "from DATA |> select EACH |> union by name (from DATA |> select EACH) |> aggregate count(*) as out",
        lambda rows: [len(_groups(rows))],
    ),
    "order by": Whole(
        "from DATA |> order by EACH, id |> limit 4 offset 1 |> select id as out",
        lambda rows: _ids(sorted(rows, key=lambda row: (low(row[1]), row[0]))[1:5]),
    ),
    "in a query": Whole(
        "from DATA |> extend (EACH) in (from DATA |> where id in (1, 4) |> select EACH) as found"
        " |> where found or id = 7 |> select 100 * id + cast(found as int) as out",
        lambda rows: [100 * id + (place in (1, 2)) for id, place in rows if place in (1, 2) or id == 7],
    ),
    "a query of its own": Whole(
        "from DATA as a |> where exists (from DATA as b |> where SAME and b.id > 7) |> select id as out",
        lambda rows: [id for id, place in _there(rows) if place in (rows[7][1], rows[8][1])],
    ),
    "in tuples": Whole(
        "from DATA |> where (EACH) in ((MIDDLES), (LOWS)) |> select id as out",
        lambda rows: [id for id, place in _there(rows) if place in (0, 1)],
    ),
    "pivot": Whole(
        "from DATA |> select id, EACH |> pivot (count(*) for (EACH) in ((MIDDLES) as a, (LOWS) as b))"
        " |> where a is not null or b is not null |> select 100 * coalesce(a, 0) + coalesce(b, 0) as out",
        lambda rows: [{0: 1, 1: 100}[place] for _, place in rows if place in (0, 1)],
    ),
    "session": Whole(
        "from DATA |> extend timestamp '2026-01-01 00:00:00Z' as at"
        f" |> call session(at, interval 1 hour) partition by EACH |> aggregate {_MASK} group by window_start, EACH",
        _groups,
    ),
}
"""What compares rows with rows."""


def _number(text: str, found: Callable[[Rows], list[int | None]]) -> Item:
    return Item(text, found, compares=True, gives="a number")


def _is(text: str, found: Callable[[int], bool]) -> Item:
    """A condition that is null of null."""
    return _number(f"cast({text} as int)", lambda rows: [None if p is None else int(found(p)) for _, p in rows])


COMPARISONS: dict[str, Item] = {
    "=": _is("v = MIDDLE", lambda place: place == 1),
    "<>": _is("v <> LOW", lambda place: place != 0),
    "<": _is("v < MIDDLE", lambda place: place < 1),
    ">=": _is("v >= MIDDLE", lambda place: place >= 1),
    "between": _is("v between LOW and MIDDLE", lambda place: place <= 1),
    "in": _is("v in (MIDDLE, LOW)", lambda place: place < 2),
    "not in": _is("v not in (MIDDLE, LOW)", lambda place: place > 1),
    "is distinct": _number("cast(v is distinct from LOW as int)", lambda rows: [int(p != 0) for _, p in rows]),
    "array_contains": _is("array_contains([MIDDLE, LOW], v)", lambda place: place < 2),
    "array_position": _number(
        "array_position([LOW, MIDDLE], v)",
        lambda rows: [None if p is None else (1, 2, 0)[p] for _, p in rows],
    ),
    "arrays_overlap": _number(
        "cast(arrays_overlap([v], [MIDDLE]) as int)", lambda rows: [int(p == 1) for _, p in rows]
    ),
    "array_distinct": _number(
        "size(array_distinct([v, LOW, null]))", lambda rows: [3 if p not in (None, 0) else 2 for _, p in rows]
    ),
    "array_except": _number("size(array_except([v], [LOW]))", lambda rows: [int(p != 0) for _, p in rows]),
    "array_union": _number("size(array_union([v], [LOW]))", lambda rows: [1 + (p != 0) for _, p in rows]),
}
"""What compares the values of a row."""

OF_GROUPS: dict[str, Item] = {
    "count distinct": _number("count(distinct v)", lambda rows: [len(_groups(_there(rows)))]),
    "arg_min by it": _number("arg_min(id, v) filter (where id in (1, 4, 6, 7))", lambda rows: [7]),
    "array_agg of distinct": _number("size(array_agg(distinct v))", lambda rows: [len(_groups(_there(rows)))]),
}
"""What compares the values of a group."""


def _places(rows: Rows) -> list[int | None]:
    return [1 + len({p for _, p in rows if low(p) < low(place)}) for _, place in rows]


OF_WINDOWS: dict[str, Item] = {
    "row_number": _number(
        "row_number() over (order by v desc nulls first, id desc)",
        lambda rows: [
            1 + sorted(rows, key=lambda r: (r[1] is None, low(r[1]), r[0]), reverse=True).index(row) for row in rows
        ],
    ),
    "dense_rank": _number("dense_rank() over (order by v)", _places),
    "peers": _number(
        "count(*) over (order by v)",
        lambda rows: [len([1 for _, p in rows if low(p) <= low(place)]) for _, place in rows],
    ),
    "partition": _number("count(*) over (partition by v)", lambda rows: [len(_with(rows, p)) for _, p in rows]),
}
"""What compares the values of a window."""


def _each(found: Callable[[Row], Place]) -> Callable[[Rows], list[Place]]:
    return lambda rows: [found(row) for row in rows]


def _same(rows: Rows) -> list[Place]:
    return [place for _, place in rows]


def _or(place: Place, other: int) -> int:
    return other if place is None else place


def _around(first: int, last: int, pick: Callable[[Rows], Row | None]) -> Callable[[Rows], list[Place]]:
    """By row what is picked of the rows from `first` to `last` of it."""

    def found(rows: Rows) -> list[Place]:
        frames = [rows[max(0, at + first) : max(0, at + last + 1)] for at in range(len(rows))]
        return [None if (row := pick(frame)) is None else row[1] for frame in frames]

    return found


def _highest(rows: Rows) -> Row | None:
    return max(_there(rows), key=lambda row: low(row[1]), default=None)


def _lowest(rows: Rows) -> Row | None:
    return min(_there(rows), key=lambda row: low(row[1]), default=None)


ROW: dict[str, Item] = {
    "itself": Item("v", _same),
    "coalesce": Item("coalesce(v, LOW)", _each(lambda row: _or(row[1], 0))),
    "coalesce with null": Item("coalesce(null, v)", _same),
    "case": Item(
        "case when id > 4 then v when id = 1 then MIDDLE end",
        _each(lambda row: row[1] if row[0] > 4 else 1 if row[0] == 1 else None),
    ),
    "case else": Item("case when id > 4 then v else LOW end", _each(lambda row: row[1] if row[0] > 4 else 0)),
    "case of": Item(
        "case v when LOW then v when MIDDLE then LOW end", _each(lambda row: {0: 0, 1: 0}.get(low(row[1]))), True
    ),
    "nullif": Item("nullif(v, LOW)", _each(lambda row: row[1] or None), True),
    "cast": Item("cast(v as TYPE)", _same, False, True),
    "try_cast": Item("try_cast(v as TYPE)", _same, False, True),
    "cast of null": Item("cast(null as TYPE)", _each(lambda row: None), False, True),
    "element": Item("[LOW, v][2]", _same),
    "field": Item("struct(v as f).f", _same),
    "field of a struct that may be null": Item(
        "case when id > 4 then struct(v as f) end.f", _each(lambda r: r[1] if r[0] > 4 else None)
    ),
    "value of a map": Item("map(id, v)[id]", _same),
    "greatest": Item("greatest(v, MIDDLE)", _each(lambda row: max(1, low(row[1]))), True),
    "least": Item("least(v, MIDDLE)", _each(lambda row: min(1, _or(row[1], 1))), True),
    "transform": Item("transform([v, LOW], e -> coalesce(e, MIDDLE))[1]", _each(lambda row: _or(row[1], 1))),
    "filter": Item("filter([v, LOW], e -> e is not null)[1]", _each(lambda row: _or(row[1], 0))),
    "array_sort": Item("array_sort([v, MIDDLE])[2]", _each(lambda row: max(1, low(row[1]))), True),
    "array_max": Item("array_max([v, MIDDLE])", _each(lambda row: max(1, low(row[1]))), True),
    "array_min": Item("array_min([v, MIDDLE])", _each(lambda row: min(1, _or(row[1], 1))), True),
    "a query": Item("(from DATA as o |> where o.id = 4 |> select o.v)", lambda rows: [rows[3][1]] * len(rows)),
}
"""What gives one of the values for each row."""

GROUP: dict[str, Item] = {
    "min": Item("min(v)", lambda rows: [0], True),
    "max": Item("max(v)", lambda rows: [max([low(place) for _, place in rows])], True),
    "max of some": Item("max(v) filter (where id in (2, 3))", lambda rows: [0], True),
    "max of none": Item("max(v) filter (where id > 100)", lambda rows: [None], True),
    "arg_max": Item("arg_max(v, id)", lambda rows: [rows[-1][1]]),
    "arg_min": Item("arg_min(v, id) filter (where id > 1)", lambda rows: [0]),
    "array_agg": Item("array_agg(v order by id)[3]", lambda rows: [_there(rows)[2][1]]),
    "array_agg in order": Item("array_agg(v order by v desc, id)[2]", lambda rows: [_down(rows)[1][1]], True),
    "array_agg distinct": Item("array_agg(distinct v order by v)[1]", lambda rows: [0], True),
    "any_value": Item("any_value(v) filter (where id in (2, 3))", lambda rows: [0]),
}
"""What gives one of the values for all rows."""

OVER: dict[str, Item] = {
    "lag": Item("lag(v) over (order by id)", _around(-1, -1, lambda rows: rows[0] if rows else None)),
    "lead with a default": Item(
        "lead(v, 1, LOW) over (order by id)", lambda rows: [*[place for _, place in rows[1:]], 0]
    ),
    "first_value": Item(
        "first_value(v) over (order by id rows between 1 following and 2 following)",
        _around(1, 2, lambda rows: rows[0] if rows else None),
    ),
    "last_value ignore nulls": Item(
        "last_value(v) ignore nulls over (order by id)",
        _around(-9, 0, lambda rows: _there(rows)[-1] if _there(rows) else None),
    ),
    "nth_value": Item(
        "nth_value(v, 2) over (order by id)", _around(-9, 0, lambda rows: rows[1] if len(rows) > 1 else None)
    ),
    "max": Item("max(v) over (order by id)", _around(-9, 0, _highest), True),
    "min of a frame": Item(
        "min(v) over (order by id rows between 1 preceding and 1 following)", _around(-1, 1, _lowest), True
    ),
}
"""What gives one of the values for each row from those around it."""


def filled(text: str, type_: DataType, column: str) -> str:
    """The text of an operator for the values of a type in a column."""
    stands = {"DATA": DATA, "LOW": literal(type_, 0), "MIDDLE": literal(type_, 1), "TYPE": show(type_), "v": column}
    return re.sub(r"\b(?:DATA|LOW|MIDDLE|TYPE|v)\b", lambda word: stands[word[0]], text)


def filled_whole(text: str, types: dict[str, DataType]) -> str:
    """The text of a query over all rows, for columns of these types."""
    stands = {
        "DATA": DATA,
        "EACH": ", ".join(types),
        "LOWS": ", ".join([literal(type_, 0) for type_ in types.values()]),
        "MIDDLES": ", ".join([literal(type_, 1) for type_ in types.values()]),
        "SAME": " and ".join([f"a.{column} = b.{column}" for column in types]),
    }
    return re.sub(r"\b(?:DATA|EACH|LOWS|MIDDLES|SAME)\b", lambda word: stands[word[0]], text)
