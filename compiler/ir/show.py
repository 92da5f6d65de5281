"""Relations as text, one operator a line, as in the language; see docs/ir.md for the form. `read_rel` reads it back."""

from collections.abc import Sequence
from typing import assert_never

from oftra.ir.expr import Column, Expr
from oftra.ir.notation import Kind, Scope, show_column, show_constant, show_name, show_path, show_string
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
from oftra.ir.show_expr import ExprWriter

WIDTH = 110
"""Where a row of columns or items is broken into lines."""


def show_rel(rel: Rel, indent: int = 0, scope: Scope = {}) -> str:  # noqa: B006 (never changed)
    """`rel` as text, every line `indent` deep. `scope` are the columns of the rows around it."""
    margin = " " * indent
    lines = []
    while not isinstance(rel, Scan | Read | Values | SetOperation | Opaque | Recursion | Round):
        lines.append(f"{margin}| {_operator(rel, indent, scope)}")
        rel = rel.left if isinstance(rel, Join) else rel.source
    lines.append(margin + _source(rel, indent, scope))
    return "\n".join(reversed(lines))


def show_expr(expr: Expr, scope: Scope = {}) -> str:  # noqa: B006 (never changed)
    """`expr` as text. Columns that are not of `scope` carry their type."""
    return WRITER.expr(expr, scope)


WRITER = ExprWriter(show_rel)


def with_columns(scope: Scope, columns: tuple[Column, ...]) -> Scope:
    """`scope`, and inside it these columns."""
    return {**scope, **{column.id: column for column in columns}}


def _listing(head: str, parts: Sequence[str], indent: int, tail: str = "") -> str:
    """`head` and the parts behind it: in its line if they fit, else a line each."""
    row = ", ".join(parts)
    if indent + len(head) + len(row) + len(tail) < WIDTH or len(parts) < 2:
        return f"{head}{row}{tail}"
    margin = "\n" + " " * (indent + 4)
    rows = [part.replace("\n", "\n    ") for part in parts]
    return f"{head.rstrip()}{margin}{(',' + margin).join(rows)}{tail}"


def _columns(head: str, columns: tuple[Column, ...], indent: int) -> str:
    return _listing(f"{head} (", [show_column(column) for column in columns], indent, ")")


def _source(rel: Scan | Read | Values | SetOperation | Opaque | Recursion | Round, indent: int, scope: Scope) -> str:
    margin = "\n" + " " * (indent + 2)
    match rel:
        case Scan():
            return _columns(f"scan {show_path(rel.relation)}", rel.columns, indent)
        case Read():
            return _columns(f"read {show_path(rel.source)}", rel.columns, indent)
        case Values():
            rows = [f"{margin}({WRITER.exprs(row, scope, indent + 2)})" for row in rel.rows]
            return _columns("values", rel.columns, indent) + "".join(rows)
        case SetOperation():
            blocks = [f"{margin}(\n{show_rel(source, indent + 4, scope)}{margin})" for source in rel.inputs]
            head = f"{rel.kind} all" if rel.all else rel.kind
            return _columns(head, rel.columns, indent) + "".join(blocks)
        case Recursion():
            blocks = [f"{margin}(\n{show_rel(source, indent + 4, scope)}{margin})" for source in rel.inputs]
            head = f"recursion {show_name(rel.name)}" + (" all" if rel.all else "")
            return _columns(head, rel.columns, indent) + "".join(blocks)
        case Round():
            return _columns(f"round {show_name(rel.name)}", rel.columns, indent)
        case Opaque():
            called = "" if rel.name == "raw" else f" as {show_path(rel.name)}"
            head = f"opaque {show_name(rel.engine)}{called} {show_string(rel.text)}"
            scans = [f"{margin}{_source(scan, indent + 2, scope)}" for scan in rel.inputs]
            return _columns(head, rel.columns, indent) + "".join(scans)
        case _:
            assert_never(rel)


def _operator(
    rel: Filter
    | Project
    | Join
    | Aggregate
    | Window
    | Sort
    | Limit
    | Distinct
    | Unnest
    | Sample
    | TimeWindow
    | Checked
    | Step,
    indent: int,
    outer: Scope,
) -> str:
    if isinstance(rel, Join):
        return _join(rel, indent, outer)
    scope = with_columns(outer, rel.source.columns)
    match rel:
        case Filter():
            return "filter " + WRITER.expr(rel.condition, scope, indent)
        case Project():
            return _listing("project ", _items(rel.items, scope, indent), indent)
        case Aggregate():
            return _aggregate(rel, scope, indent)
        case Window():
            return _listing("window ", _items(rel.items, scope, indent), indent)
        case Sort():
            return "sort " + WRITER.sort_keys(rel.keys, scope, indent)
        case Limit():
            return f"limit {'all' if rel.count is None else rel.count}" + (f" skip {rel.skip}" if rel.skip else "")
        case Distinct():
            return "distinct"
        case Unnest():
            made = show_column(rel.element) + ("" if rel.offset is None else f", {show_column(rel.offset)}")
            return f"unnest {'outer ' if rel.outer else ''}{made} = {WRITER.expr(rel.array, scope, indent)}"
        case Sample():
            seed = "" if rel.seed is None else f" repeatable {rel.seed}"
            return f"sample {rel.amount!r} {rel.unit}{seed}"
        case TimeWindow():
            sizes = WRITER.exprs((rel.time, *rel.sizes), scope, indent)
            by = f" partition by {WRITER.exprs(rel.partition_by, scope, indent)}" if rel.partition_by else ""
            return f"{rel.kind} {show_column(rel.start)}, {show_column(rel.end)} = ({sizes}){by}"
        case Checked():
            rules = [f"\n{' ' * (indent + 4)}{_rule(rule, scope, indent)}" for rule in rel.rules]
            return _columns("checked", rel.columns, indent) + "".join(rules)
        case Step():
            said = "" if rel.description is None else " " + show_string(rel.description)
            return f"{'shared ' if rel.shared else ''}step {show_name(rel.name)}{said}"
        case _:
            assert_never(rel)


def _items(items: tuple[Item, ...], scope: Scope, indent: int) -> list[str]:
    return [_item(item, scope, indent) for item in items]


def _item(item: Item, scope: Scope, indent: int) -> str:
    column = item.column
    if item.value == column and scope.get(column.id) == column:
        return f"{show_name(column.name)}#{column.id}"
    return f"{show_column(column)} = {WRITER.expr(item.value, scope, indent, Kind(column.type, column.nullable))}"


def _join(rel: Join, indent: int, outer: Scope) -> str:
    left = rel.left.columns
    around = with_columns(outer, left) if rel.lateral else outer
    on = ""
    if rel.condition is not None:
        on = " on " + WRITER.expr(rel.condition, with_columns(outer, left + rel.right.columns), indent)
    head = f"{rel.kind} join{' lateral' if rel.lateral else ''} "
    ttl = "" if rel.ttl is None else f" ttl {show_constant(rel.ttl)}"
    return head + WRITER.query(rel.right, around, indent) + on + ttl


def _aggregate(rel: Aggregate, scope: Scope, indent: int) -> str:
    items = _items(rel.aggregates, scope, indent)
    text = _listing("aggregate ", items, indent) if items else "aggregate"
    if rel.keys:
        text += _listing(f"\n{' ' * (indent + 2)}by ", _items(rel.keys, scope, indent), indent)
    if rel.sets is not None:
        sets = ["(" + ", ".join([str(position) for position in positions]) + ")" for positions in rel.sets]
        text += f" sets ({', '.join(sets)})"
    return text


def _rule(rule: Rule, scope: Scope, indent: int) -> str:
    text = f"rule {show_string(rule.name)} {rule.kind} {rule.action}"
    if rule.into is not None:
        text += f" into {show_path(rule.into)}"
    if rule.columns:
        text += f" ({WRITER.exprs(rule.columns, scope, indent)})"
    if rule.target is not None:
        text += f" in {show_path(rule.target)} ({', '.join([show_name(name) for name in rule.target_columns])})"
    if rule.condition is not None:
        text += f": {WRITER.expr(rule.condition, scope, indent + 4)}"
    return text
