"""Trees of the IR with every node and every field in use: well formed, though they may mean nothing."""

import string
from datetime import UTC
from decimal import Decimal as Number
from math import inf, nan

from hypothesis import strategies as st

from oftra.datatypes import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DATE,
    DATETIME,
    DAYS,
    DOUBLE,
    FLOAT,
    INT,
    JSON,
    MONTHS,
    NULL,
    SIMPLE,
    STRING,
    TIME,
    TIMESTAMP,
    TINYINT,
    UNKNOWN,
    Array,
    Decimal,
    Field,
    Map,
    Struct,
)
from oftra.ir.expr import (
    AggregateCall,
    Call,
    Case,
    Cast,
    Column,
    Duration,
    ExistsQuery,
    Expr,
    FieldOf,
    Foreign,
    Frame,
    FrameBound,
    InQuery,
    Lambda,
    Literal,
    MakeStruct,
    Runtime,
    ScalarQuery,
    SortKey,
    WindowCall,
)
from oftra.ir.rel import (
    Aggregate,
    Checked,
    Distinct,
    Filter,
    Item,
    Join,
    Limit,
    Opaque,
    Project,
    Read,
    Recursion,
    Rel,
    Round,
    Rule,
    Sample,
    Scan,
    SetOperation,
    Sort,
    Step,
    TimeWindow,
    Unnest,
    Values,
    Window,
)

words = st.sampled_from(["a", "total", "by", "sets", "select", "distinct", "case", "cast", "order", "exists", "x", "e"])
names = st.one_of(words, st.text(string.ascii_letters + " `'\\\n#.é{", min_size=1, max_size=6))
texts = st.text(max_size=8)
ids = st.integers(1, 12)
paths = st.lists(words, min_size=1, max_size=3).map(".".join)

decimals = st.integers(1, 38).flatmap(lambda p: st.integers(0, p).map(lambda s: Decimal(p, s)))
types = st.recursive(
    st.sampled_from([*SIMPLE.values(), MONTHS, DAYS, TIME, NULL, UNKNOWN]) | decimals,
    lambda inner: st.one_of(
        inner.map(Array),
        st.builds(Map, inner, inner),
        st.lists(st.builds(Field, names, inner), max_size=2).map(lambda fields: Struct(tuple(fields))),
    ),
    max_leaves=3,
)


def tuples(items: st.SearchStrategy, least: int = 0, most: int = 2) -> st.SearchStrategy:
    return st.lists(items, min_size=least, max_size=most).map(tuple)


columns = st.builds(Column, ids, names, types, st.booleans())

constants = st.one_of(
    types.map(lambda type_: Literal(None, type_)),
    st.builds(Literal, st.booleans(), st.just(BOOLEAN)),
    st.builds(Literal, st.integers(-(2**63), 2**63 - 1), st.sampled_from([TINYINT, INT, BIGINT])),
    st.builds(Literal, st.floats(allow_nan=False) | st.sampled_from([nan, inf]), st.sampled_from([FLOAT, DOUBLE])),
    st.builds(Literal, st.decimals(allow_nan=False, allow_infinity=False, places=3).map(Number), decimals),
    st.builds(Literal, texts, st.sampled_from([STRING, JSON])),
    st.builds(Literal, st.binary(max_size=4), st.just(BINARY)),
    st.builds(Literal, st.dates(), st.just(DATE)),
    st.builds(Literal, st.datetimes(timezones=st.just(UTC)), st.just(TIMESTAMP)),
    st.builds(Literal, st.datetimes(), st.just(DATETIME)),
    st.builds(Literal, st.builds(Duration, st.integers(-99, 99), st.just(0)), st.just(MONTHS)),
    st.builds(Literal, st.builds(Duration, st.just(0), st.integers(-(10**12), 10**12)), st.sampled_from([DAYS, TIME])),
)

Exprs = st.SearchStrategy[Expr]
Rels = st.SearchStrategy[Rel]

leaves = st.one_of(constants, columns)


def structs(fields: list[tuple[str, Expr]], given_types: bool) -> MakeStruct:
    described = [Field(name, value.type if given_types else STRING) for name, value in fields]
    return MakeStruct(tuple([value for _, value in fields]), Struct(tuple(described)))


def composed(exprs: Exprs) -> Exprs:
    """Expressions of `exprs`."""
    maybe = st.none() | exprs
    asking = st.sampled_from(["and", "equal", "is_null", "date", "in", "struct"])
    return st.one_of(
        st.builds(Runtime, st.sampled_from(["param", "env", "secret", "run"]), names, types, maybe, st.booleans()),
        st.builds(Call, names, tuples(exprs), types, st.booleans()),
        st.builds(Call, asking, tuples(exprs, 1), st.just(BOOLEAN), st.booleans()),
        st.builds(Cast, exprs, types, st.booleans(), st.booleans(), st.booleans()),
        st.builds(Case, tuples(st.tuples(exprs, exprs)), exprs, types, st.booleans()),
        st.builds(structs, st.lists(st.tuples(names, exprs), max_size=2), st.booleans()),
        st.builds(FieldOf, exprs.filter(lambda expr: not isinstance(expr, Lambda)), names, types, st.booleans()),
        st.builds(Lambda, tuples(columns), exprs),
        st.builds(Foreign, names, tuples(st.tuples(names, texts)), tuples(exprs), types, st.booleans()),
    )


def with_query(rels: Rels, exprs: Exprs) -> Exprs:
    """Expressions in which a query stands."""
    return st.one_of(
        st.builds(ScalarQuery, rels, types),
        st.builds(ExistsQuery, rels),
        st.builds(InQuery, tuples(exprs, 1), rels, st.booleans()),
    )


def aggregates(exprs: Exprs) -> st.SearchStrategy[AggregateCall]:
    keys = tuples(st.builds(SortKey, exprs, st.booleans(), st.booleans()))
    return st.builds(AggregateCall, names, tuples(exprs), types, st.booleans(), st.booleans(), st.none() | exprs, keys)


def window_calls(exprs: Exprs) -> st.SearchStrategy[WindowCall]:
    maybe = st.none() | exprs
    bounds = st.one_of(
        st.just(FrameBound("current row")), st.builds(FrameBound, st.sampled_from(["preceding", "following"]), maybe)
    )
    units, excluded = (
        st.sampled_from(["rows", "range", "groups"]),
        st.sampled_from([None, "current row", "group", "ties"]),
    )
    frames = st.none() | st.builds(Frame, units, bounds, bounds, excluded)
    keys = tuples(st.builds(SortKey, exprs, st.booleans(), st.booleans()))
    yes = st.booleans()
    return st.builds(WindowCall, names, tuples(exprs), types, yes, tuples(exprs), keys, frames, maybe, yes, yes)


def passed(source: Rel, more: tuple[Item, ...]) -> Project:
    return Project(source, (*[Item(column, column) for column in source.columns], *more))


scans = st.builds(Scan, paths, tuples(columns))


def sources(exprs: Exprs) -> Rels:
    return st.one_of(
        scans,
        st.builds(Read, paths, tuples(columns)),
        st.builds(Values, tuples(tuples(exprs)), tuples(columns)),
        st.builds(Opaque, words, texts, tuples(scans), tuples(columns), words),
        st.builds(Round, names, tuples(columns)),
    )


def rules(exprs: Exprs) -> st.SearchStrategy[Rule]:
    kinds = st.sampled_from(["check", "unique", "references"])
    actions = st.sampled_from(["fail", "drop", "warn", "quarantine"])
    own = st.builds(
        Rule, texts, kinds, actions, st.none() | exprs, tuples(columns), st.none(), st.just(()), st.none() | paths
    )
    return own | st.builds(
        Rule, texts, st.just("references"), st.just("drop"), st.none(), tuples(columns), paths, tuples(names)
    )


def operators(rels: Rels, exprs: Exprs) -> Rels:
    """Operators over `rels`, in whose expressions `exprs` stand."""
    items = tuples(st.builds(Item, columns, exprs))
    kinds = st.sampled_from(["inner", "left", "right", "full", "cross", "semi", "anti"])
    sets = st.none() | tuples(tuples(st.integers(0, 3)))
    keys = tuples(st.builds(SortKey, exprs, st.booleans(), st.booleans()), 1)
    windows = st.sampled_from(["tumble", "hop", "cumulate", "session"])
    units, seeds = st.sampled_from(["percent", "rows"]), st.none() | st.integers(0, 9)
    combining = st.sampled_from(["union", "intersect", "except"])
    return st.one_of(
        st.builds(Filter, rels, exprs),
        st.builds(Project, rels, items),
        st.builds(passed, rels, items),
        st.builds(Join, kinds, rels, rels, st.none() | exprs, st.booleans()),
        st.builds(Aggregate, rels, items, tuples(st.builds(Item, columns, aggregates(exprs))), sets),
        st.builds(Window, rels, tuples(st.builds(Item, columns, window_calls(exprs)))),
        st.builds(SetOperation, combining, st.booleans(), tuples(rels), tuples(columns)),
        st.builds(Recursion, names, st.booleans(), st.tuples(rels, rels), tuples(columns)),
        st.builds(Sort, rels, keys),
        st.builds(Limit, rels, st.none() | st.integers(0, 99), st.integers(0, 9)),
        st.builds(Distinct, rels),
        st.builds(Unnest, rels, exprs, columns, st.none() | columns, st.booleans()),
        st.builds(Sample, rels, st.floats(0, 100), units, seeds),
        st.builds(TimeWindow, windows, rels, exprs, tuples(exprs), columns, columns, tuples(exprs)),
        st.builds(Checked, rels, tuples(rules(exprs)), tuples(columns)),
        st.builds(Step, rels, names, st.none() | texts, st.booleans()),
    )


# Strategies of a name of their own: Hypothesis would else write out all that they are made of, which is much.


@st.composite
def plain_exprs(draw: st.DrawFn) -> Expr:
    return draw(_PLAIN)


@st.composite
def small_rels(draw: st.DrawFn) -> Rel:
    return draw(_SMALL)


@st.composite
def exprs(draw: st.DrawFn) -> Expr:
    """Any expression."""
    return draw(_EXPRS)


@st.composite
def rels(draw: st.DrawFn) -> Rel:
    """Any relation."""
    return draw(_RELS)


_PLAIN = st.recursive(leaves, composed, max_leaves=4)
_SMALL = st.recursive(sources(plain_exprs()), lambda inner: operators(inner, plain_exprs()), max_leaves=2)
_QUERIES = with_query(small_rels(), plain_exprs())
_EXPRS = st.one_of(plain_exprs(), _QUERIES, composed(_QUERIES))
_RELS = st.recursive(sources(plain_exprs()), lambda inner: operators(inner, exprs()), max_leaves=3)
