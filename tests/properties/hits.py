"""What stood in programs that had rows: functions, operators, and the forms of operators."""

from collections import Counter
from collections.abc import Iterator

from typed_programs import Made

from oftra import functions
from oftra.ir.expr import (
    AggregateCall,
    Call,
    Cast,
    Column,
    ExistsQuery,
    Expr,
    InQuery,
    Literal,
    ScalarQuery,
    WindowCall,
)
from oftra.ir.rel import Aggregate, Join, Limit, Opaque, Rel, Scan, SetOperation, TimeWindow, Unnest, Values, Window
from oftra.ir.walk import children, every_rel, expressions

FORMS = (
    "project", "filter", "sort", "distinct", "step", "limit", "skip", "values", "view", "shared view", "stored table",
    *[f"{kind} join" for kind in ("inner", "left", "right", "full", "cross", "semi", "anti", "lateral", "as-of")],
    *[f"{kind}{way}" for kind in ("union", "intersect", "except") for way in (" all", " distinct")],
    "aggregate", "aggregate without keys", "grouping sets", "aggregate of distinct", "aggregate with filter",
    "aggregate with order", "window", "window with partition", "window with order", "window with filter",
    "window of distinct", "window ignoring nulls", "frame of rows", "frame of range", "frame of groups",
    "frame with exclude", "unnest", "unnest with offset", "outer unnest", "tumble", "hop", "cumulate", "session",
    "exists", "in query", "scalar query", "cast", "try_cast", "pivot", "unpivot",
)  # fmt: skip
"""Operators, in all the forms that they have."""


class Hits:
    """How often each function and each form of an operator stood in a program whose rows were the same."""

    def __init__(self, left_out: frozenset[str]) -> None:
        self.known = [name for name in functions.names() if name not in left_out]
        self.functions: Counter[str] = Counter()
        self.forms: Counter[str] = Counter(dict.fromkeys(FORMS, 0))
        self.alone: Counter[str] = Counter()

    def count_alone(self, case: Made) -> None:
        """Count what stands in a program that one engine alone had rows of: the others refused it."""
        inside = Hits(frozenset())
        inside.count(case)
        self.alone.update(inside.functions | inside.forms)

    def count(self, case: Made) -> None:
        """Count what stands in a program."""
        self.forms.update(case.forms)
        names = {one.name for one in case.program.relations if not isinstance(one.rel, Values)}
        stored = {one.name for one in case.program.relations if one.kind == "table"}
        views = Counter([part.relation for part in every_rel(case.query) if isinstance(part, Scan)])
        self.forms["stored table"] += len(stored & set(views))
        for name in (names - stored) & set(views):
            self.forms["shared view" if views[name] > 1 else "view"] += 1
        for rel in (case.query, *[one.rel for one in case.program.relations if one.name in names]):
            for part in every_rel(rel):
                self.forms.update(forms_of(part))
                for expr in expressions(part):
                    self.functions.update(called_in(expr))
                    self.forms.update(queries_in(expr))

    def __str__(self) -> str:
        missed = [name for name in self.known if not self.functions[name]]
        unmet = [form for form in FORMS if not self.forms[form]]
        return "\n".join([
            "operators, and how many there were: " + _counts(self.forms),
            "functions, and how many there were: " + _counts(self.functions),
            f"functions: {_part(len(self.known) - len(missed), len(self.known))}; never: {', '.join(missed) or 'none'}",
            f"operators: {_part(len(FORMS) - len(unmet), len(FORMS))}; never: {', '.join(unmet) or 'none'}",
            f"on one engine alone, refused by the other: {_counts(self.only_alone(missed + unmet)) or 'none'}",
        ])  # fmt: skip

    def only_alone(self, missed: list[str]) -> Counter[str]:
        """What stood in no program whose rows were the same, but in one that one engine had rows of."""
        return Counter({what: self.alone[what] for what in missed if self.alone[what]})


def _counts(found: Counter[str]) -> str:
    return ", ".join([f"{what} {times}" for what, times in found.most_common() if times])


def _part(some: int, all_: int) -> str:
    return f"{some} of {all_} hit ({100 * some // all_} %)"


def forms_of(rel: Rel) -> Iterator[str]:
    """The forms of operators that a relation's outermost node is."""
    match rel:
        case Join():
            yield f"{rel.kind} join"
            if rel.lateral:
                yield "lateral join"
        case SetOperation():
            yield f"{rel.kind} {'all' if rel.all else 'distinct'}"
        case Aggregate():
            yield "aggregate"
            if not rel.keys:
                yield "aggregate without keys"
            if rel.sets is not None:
                yield "grouping sets"
            for item in rel.aggregates:
                if isinstance(item.value, AggregateCall):
                    yield from _aggregate_forms(item.value)
        case Window():
            yield "window"
            for item in rel.items:
                if isinstance(item.value, WindowCall):
                    yield from _window_forms(item.value)
        case Unnest():
            yield "outer unnest" if rel.outer else "unnest"
            if rel.offset is not None:
                yield "unnest with offset"
        case Limit():
            yield "limit"
            if rel.skip:
                yield "skip"
        case TimeWindow():
            yield rel.kind
        case Scan() | Opaque():
            pass
        case _:
            yield type(rel).__name__.lower()


def _aggregate_forms(call: AggregateCall) -> Iterator[str]:
    if call.distinct:
        yield "aggregate of distinct"
    if call.filter is not None:
        yield "aggregate with filter"
    if call.order_by:
        yield "aggregate with order"


def _window_forms(call: WindowCall) -> Iterator[str]:
    if call.partition_by:
        yield "window with partition"
    if call.order_by:
        yield "window with order"
    if call.filter is not None:
        yield "window with filter"
    if call.distinct:
        yield "window of distinct"
    if call.ignore_nulls:
        yield "window ignoring nulls"
    if call.frame is not None:
        yield f"frame of {call.frame.unit}"
        if call.frame.exclude is not None:
            yield "frame with exclude"


def parts_of(expr: Expr) -> Iterator[Expr]:
    """An expression and all that stands in it, but for what stands in its queries."""
    waiting = [expr]
    while waiting:
        part = waiting.pop()
        yield part
        if not isinstance(part, Column | Literal):
            waiting.extend(children(part))


def called_in(expr: Expr) -> Iterator[str]:
    """The functions that an expression calls."""
    for part in parts_of(expr):
        if isinstance(part, Call | AggregateCall | WindowCall):
            yield part.function


def queries_in(expr: Expr) -> Iterator[str]:
    """Casts and queries in an expression."""
    for part in parts_of(expr):
        match part:
            case ExistsQuery():
                yield "exists"
            case InQuery():
                yield "in query"
            case ScalarQuery():
                yield "scalar query"
            case Cast(implicit=False):
                yield "try_cast" if part.safe else "cast"
