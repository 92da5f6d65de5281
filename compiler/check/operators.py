"""Operators that keep rows or columns but for some: where, set, drop, rename, order by, limit, call and the like."""

from decimal import Decimal as Number

from oftra.check.context import Context, is_broken
from oftra.check.convert import convert
from oftra.check.frame import Frame, settle
from oftra.check.over_relation import call_over_relation
from oftra.check.over_rows import sort_keys
from oftra.check.scope import Collected, Scope
from oftra.check.select import ordinal
from oftra.datatypes import DATETIME, TIMESTAMP, Date, Datetime, Integer, Timestamp, Unknown, show
from oftra.diagnostics.model import nearest
from oftra.diagnostics.names import UnknownColumn, UnknownFunction
from oftra.diagnostics.typecheck import Mismatch, MisplacedExpression, NoColumnLeft, NotConstant, NotYet, WrongArity
from oftra.ir.columns import free_columns
from oftra.ir.expr import Column, Duration, ExistsQuery, Expr, Literal, SortKey
from oftra.ir.rel import Checked, Filter, Item, Limit, Rule, Sample, Sort, TimeWindow, Window
from oftra.syntax import nodes


def where(operator: nodes.Where, frame: Frame, scope: Scope) -> Frame:
    """Keep the rows of which the condition is true."""
    scope.place = "`where`"
    condition = scope.condition_of(operator.condition)
    frame.rel = Filter(frame.rel, condition, span=operator.span)
    return frame


def set_columns(operator: nodes.Set, frame: Frame, scope: Scope) -> Frame:
    """Give columns new values; each assignment sees those before it."""
    context = scope.context
    scope.place = "`set`"
    for name, written in operator.assignments:
        scope.windows = Collected(context)
        value = scope.type_of(written)
        if scope.windows.items:
            frame.rel = Window(frame.rel, scope.windows.taken())
        positions = _positions(name, frame, context)
        column = context.column(name.text, value.type, value.nullable, written.span)
        frame.extend([Item(column, value)])
        for position in positions:
            frame.entries[position] = (name.text, column)
        frame.changed()
    return frame


def _positions(name: nodes.Name, frame: Frame, context: Context) -> list[int]:
    """Where the column of that name is; nowhere if there is none (reported)."""
    positions = [position for position, (entry, _) in enumerate(frame.entries) if entry == name.text]
    if not positions and not frame.is_broken:
        context.report.add(UnknownColumn(name.text, frame.names, span=name.span))
    return positions


def drop(operator: nodes.Drop, frame: Frame, scope: Scope) -> Frame:
    """Leave columns out."""
    scope.place, context = "`drop`", scope.context
    for name in operator.columns:
        if isinstance(name, nodes.Name):
            positions = _positions(name, frame, context)
        else:
            positions = _behind_alias(name, frame, scope)
        frame.entries = [entry for position, entry in enumerate(frame.entries) if position not in positions]
        frame.changed()
    if not frame.entries and not frame.is_broken:
        context.report.add(NoColumnLeft(span=operator.span))
    return frame


def _behind_alias(path: nodes.Path, frame: Frame, scope: Scope) -> list[int]:
    """Where the column `alias.name` is; nowhere if there is none (reported)."""
    first, *rest = path.parts
    expr: nodes.Expr = nodes.Column(first, span=first.span)
    for part in rest:
        expr = nodes.Member(expr, part, span=first.span.to(part.span))
    column = scope.type_of(expr)
    if type(column) is Column:
        return [position for position, (_, entry) in enumerate(frame.entries) if entry.id == column.id]
    if not is_broken(column):
        advice = "make a struct without it: `set s = struct(…)`"
        scope.context.report.add(MisplacedExpression("a field of a struct", advice, span=path.span))
    return []


def rename(operator: nodes.Rename, frame: Frame, context: Context) -> Frame:
    """Give columns other names."""
    for old, new in operator.pairs:
        for position in _positions(old, frame, context):
            frame.entries[position] = (new.text, frame.entries[position][1])
        frame.changed()
    return frame


def order_by(operator: nodes.OrderBy, frame: Frame, scope: Scope) -> Frame:
    """Put the rows in order. A number is the position of a column."""
    scope.place = "`order by`"
    keys: list[SortKey] = []
    for written in operator.keys:
        (key,) = sort_keys((written,), scope)
        column = ordinal(written.expr, frame, scope.context)
        keys.append(SortKey(column, key.descending, key.nulls_first) if column is not None else key)
    frame.rel = Sort(frame.rel, tuple(keys), span=operator.span)
    return frame


def limit(operator: nodes.Limit, frame: Frame, scope: Scope) -> Frame:
    """At most so many rows."""
    match operator.count:
        case nodes.Column(nodes.Name(word, False)) if word.lower() == "all":
            count = None
        case written:
            count = _whole_number(written, "`limit`", scope)
    skip = _whole_number(operator.skip, "`offset`", scope) if operator.skip is not None else 0
    if count is not None or skip:
        frame.rel = Limit(frame.rel, count, skip or 0, span=operator.span)
    return frame


def _whole_number(node: nodes.Expr, place: str, scope: Scope) -> int | None:
    value = Scope(scope.context, None, place).type_of(node)
    if isinstance(value.type, Unknown):
        return None
    if (
        isinstance(value, Literal)
        and isinstance(value.type, Integer)
        and isinstance(value.value, int)
        and value.value >= 0
    ):
        return value.value
    scope.context.report.add(NotConstant(place, "a whole number that is not negative", span=node.span))
    return None


def sample(operator: nodes.TableSample, frame: Frame, scope: Scope) -> Frame:
    """A random part of the rows."""
    place, context = "`tablesample`", scope.context
    seed = _whole_number(operator.seed, "`repeatable`", scope) if operator.seed is not None else None
    if operator.unit == "rows":
        rows = _whole_number(operator.amount, place, scope)
        frame.rel = Sample(frame.rel, float(rows or 0), operator.unit, seed, span=operator.span)
        return frame
    match Scope(context, None, place).type_of(operator.amount):
        case Literal(int() | float() | Number() as percent) if not isinstance(percent, bool) and 0 <= percent <= 100:
            frame.rel = Sample(frame.rel, float(percent), operator.unit, seed, span=operator.span)
        case amount if not isinstance(amount.type, Unknown):
            context.report.add(NotConstant(place, "a number from 0 to 100", span=operator.amount.span))
        case _:
            pass
    return frame


WINDOWS = {"tumble": (1, 2), "hop": (2, 2), "cumulate": (2, 2), "session": (1, 1)}
"""The window calls, and how few and many intervals each takes after the time."""


def call(operator: nodes.CallOperator, frame: Frame, scope: Scope) -> Frame:
    """`call tumble(...)` and its like, or a function over relations."""
    context = scope.context
    name = operator.function.text
    declared = context.names.find("function", name, context.namespace)
    if declared is None and name.lower() in WINDOWS:
        return _time_window(operator, frame, scope)
    if declared is None:
        known = (*WINDOWS, *context.names.visible("function", context.namespace))
        context.report.add(UnknownFunction(name, nearest(name, known), span=operator.function.span))
        return frame
    return call_over_relation(operator, declared, frame, scope)


def _time_window(operator: nodes.CallOperator, frame: Frame, scope: Scope) -> Frame:
    context = scope.context
    kind = operator.function.text.lower()
    scope.place = f"`{kind}`"
    least, most = WINDOWS[kind]
    arguments = [scope.type_of(argument) for argument in operator.arguments]
    if not least + 1 <= len(arguments) <= most + 1:
        context.report.add(WrongArity(kind, least + 1, len(arguments), span=operator.span))
        return frame
    time = _time_of(arguments[0], kind, context)
    for size in arguments[1:]:
        if not _is_length(size):
            context.report.add(NotConstant(f"`{kind}`", "a constant interval of days or less", span=size.span))
    keys = tuple([scope.type_of(key) for key in operator.partition_by])
    if keys and kind != "session":
        context.report.add(
            MisplacedExpression(
                "`partition by`", f"only `session` has it; group by the keys after `{kind}`", span=operator.span
            )
        )
    start = context.column("window_start", time.type, False, operator.span)
    end = context.column("window_end", time.type, False, operator.span)
    assert kind in ("tumble", "hop", "cumulate", "session")
    frame.rel = TimeWindow(kind, frame.rel, time, tuple(arguments[1:]), start, end, keys, span=operator.span)  # type: ignore[arg-type]
    frame.entries = [*frame.entries, ("window_start", start), ("window_end", end)]
    frame.changed()
    return frame


def _time_of(time: Expr, kind: str, context: Context) -> Expr:
    match time.type:
        case Timestamp() | Datetime() | Unknown():
            return time
        case Date():
            return convert(time, DATETIME, context.report)
        case other:
            context.report.add(Mismatch(f"`{kind}`", show(TIMESTAMP), show(other), span=time.span))
            return time


def _is_length(size: Expr) -> bool:
    if isinstance(size, Literal) and isinstance(size.value, Duration):
        return size.value.months == 0
    return isinstance(size.type, Unknown)


def assertion(operator: nodes.Assert, frame: Frame, scope: Scope) -> Frame:
    """A rule in the middle of a query: judged on every row that is there."""
    scope.place = "`assert`"
    condition = scope.condition_of(operator.condition)
    action = operator.on_violation.action if operator.on_violation is not None else "fail"
    if operator.on_violation is not None and operator.on_violation.action == "quarantine":
        scope.context.report.add(NotYet("a quarantine of rows in the middle of a query", span=operator.span))
    rule = Rule(operator.name.text, "check", action, condition, span=operator.span)
    rel = settle(frame, scope.context)
    if free_columns(ExistsQuery(Filter(rel, condition))):
        scope.context.report.add(NotYet("`assert` in a query that uses the rows around it", span=operator.span))
    frame.rel = Checked(rel, (rule,), rel.columns, span=operator.span)
    # The settled columns are those of the entries, in their order: only renamed ones have other ids.
    renamed = {old.id: new for (_, old), new in zip(frame.entries, rel.columns)}
    frame.entries = [(name, renamed[column.id]) for name, column in frame.entries]
    frame.aliases = {
        alias: {name: renamed[c.id] for name, c in columns.items() if c.id in renamed}
        for alias, columns in frame.aliases.items()
    }
    frame.changed()
    return frame
