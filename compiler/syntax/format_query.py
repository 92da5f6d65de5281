"""Queries as documents: operators one a line, clauses below them."""

from functools import partial
from typing import assert_never

from oftra.source import Span
from oftra.syntax import nodes as n
from oftra.syntax.format_comments import Comments
from oftra.syntax.format_expression import (
    alone,
    called,
    expression,
    item,
    list_of,
    listed,
    name,
    path,
    sort_keys,
    type_,
    window_spec,
)
from oftra.syntax.layout import LINE, SOFT, Doc, Nest, comma_list, group, joined, then

PIPE = 3
"""How far what belongs to an operator is indented: to the word after its `|>`."""


def query(q: n.Query, c: Comments) -> Doc:
    """A query whose operators stand on lines of their own, or on one line if the whole fits there."""
    parts: list[Doc] = []
    if q.common:
        parts += [_with(q, c), LINE]
    parts.append(c.unit(q.start.span, lambda: _start(q.start, c)))
    for number, operator in enumerate(q.operators):
        write = partial(_operator if _is_tail(q, number) else _piped, operator, c)
        parts += [LINE, c.unit(operator.span, write)]
    return tuple(parts)


def _piped(operator: n.Operator, c: Comments) -> Doc:
    return ("|> ", Nest(PIPE, _operator(operator, c)))


def _is_tail(q: n.Query, number: int) -> bool:
    """Whether an operator is the `order by` or `limit` at the end of a standard query, and so has no `|>`."""
    if not isinstance(q.start, n.SelectQuery | n.CompoundQuery):
        return False
    kinds = [type(operator) for operator in q.operators[: number + 1]]
    return kinds in ([n.OrderBy], [n.Limit], [n.OrderBy, n.Limit])


def _with(q: n.Query, c: Comments) -> Doc:
    docs = c.units(q.common, lambda one: _common_table(one, c))
    return ("with recursive " if q.recursive else "with ", group(joined((",", LINE), docs)))


def _common_table(table: n.CommonTable, c: Comments) -> Doc:
    columns = f" ({', '.join(map(name, table.columns))})" if table.columns else ""
    return (f"{name(table.name)}{columns} as ", c.in_parentheses(table.query))


def _start(start: n.From | n.SelectQuery | n.CompoundQuery | n.Query | n.BrokenOperator, c: Comments) -> Doc:
    match start:
        case n.From(refs):
            return ("from ", _refs(refs, c))
        case n.SelectQuery():
            return _select(start, c)
        case n.CompoundQuery():
            return _compound(start, c)
        case n.Query():
            return c.in_parentheses(start)
        case n.BrokenOperator():
            return "..."
        case _:
            assert_never(start)


# --- relations --------------------------------------------------------------------------------------------------------


def _refs(refs: tuple[n.Ref, ...], c: Comments) -> Doc:
    if len(refs) == 1 and isinstance(refs[0], n.Values):
        return _values(refs[0], c)
    return comma_list(c.units(refs, lambda ref: _ref(ref, c)), 5)


def _ref(ref: n.Ref, c: Comments, as_of: n.Expr | None = None) -> Doc:
    match ref:
        case n.TableRef(relation, alias):
            version: Doc = "" if as_of is None else (" for system_time as of ", alone(as_of, 0, c))
            return (path(relation), version, _alias(alias))
        case n.QueryRef(inner, alias, lateral, columns):
            return ("lateral " if lateral else "", c.in_parentheses(inner), _values_alias(alias, columns))
        case n.Values(rows, alias, columns):
            return ("(", _rows(rows, c), ")", _values_alias(alias, columns))
        case n.Unnest(array, alias, offset):
            position = "" if offset is None else " with offset"
            if offset is not None and offset.text != "offset":
                position += f" as {name(offset)}"
            return (group("unnest(", Nest(2, (SOFT, expression(array, c))), SOFT, ")"), _alias(alias), position)
        case n.JoinedRef():
            return _joined(ref, c)
        case _:
            assert_never(ref)


def _joined(ref: n.JoinedRef, c: Comments) -> Doc:
    parts = [c.unit(ref.first.span, lambda: _ref(ref.first, c)), *c.units(ref.joins, lambda one: join(one, c))]
    return group("(", Nest(2, (SOFT, joined(LINE, parts))), SOFT, ")")


def _alias(alias: n.Name | None) -> str:
    return f" as {name(alias)}" if alias else ""


def _values(values: n.Values, c: Comments) -> Doc:
    return (_rows(values.rows, c), _values_alias(values.alias, values.columns))


def _rows(rows: tuple[tuple[n.Expr, ...], ...], c: Comments) -> Doc:
    docs: list[Doc] = []
    for row in rows:
        span = Span(row[0].span.start, row[-1].span.end)
        # A comment before the parenthesis of the next row still belongs to this one.
        docs.append(c.unit(span, partial(listed, "(", row, ")", c)))
    return ("values ", group(Nest(2, joined((",", LINE), docs))))


def _values_alias(alias: n.Name | None, columns: tuple[n.ColumnDef, ...]) -> str:
    return _alias(alias) + (f" ({', '.join(map(column_def, columns))})" if columns else "")


def column_def(column: n.ColumnDef) -> str:
    """A name and perhaps a type."""
    return name(column.name) + (f" {type_(column.type)}" if column.type else "")


# --- standard queries -------------------------------------------------------------------------------------------------


def _select(q: n.SelectQuery, c: Comments) -> Doc:
    head = "select distinct " if q.distinct else "select "
    clauses: list[Doc] = [(head, list_of(q.items, c))]
    if q.source is not None:
        source = q.source
        clauses.append(c.unit(source.span, lambda: _start(source, c)))
    clauses += c.units(q.joins, lambda one: join(one, c))
    if q.where is not None:
        clauses.append(("where ", Nest(2, expression(q.where, c))))
    if q.group_by:
        clauses.append(_group_by("group by ", q.group_by, c))
    if q.having is not None:
        clauses.append(("having ", Nest(2, expression(q.having, c))))
    if q.windows:
        clauses.append(_windows(q.windows, c))
    if q.qualify is not None:
        clauses.append(("qualify ", Nest(2, expression(q.qualify, c))))
    return joined(LINE, clauses)


def _compound(q: n.CompoundQuery, c: Comments) -> Doc:
    words = q.kind + (f" {q.quantifier}" if q.quantifier else "") + (" by name" if q.by_name else "")
    left = c.unit(q.left.span, lambda: _side(q.left, q.kind, True, c))
    right = c.unit(q.right.span, lambda: _side(q.right, q.kind, False, c))
    return (left, LINE, words, LINE, right)


def _side(side: n.Query, kind: str, first: bool, c: Comments) -> Doc:
    """One side of a set operation: in parentheses, unless it is a `select` or an operation that binds so anyway."""
    if not side.operators and not side.common:
        match side.start:
            case n.SelectQuery():
                return _select(side.start, c)
            case n.CompoundQuery(inner) if (first and (inner == kind or kind != "intersect")) or (
                inner == "intersect" and kind != "intersect"
            ):
                return _compound(side.start, c)
    return c.in_parentheses(side)


# --- operators --------------------------------------------------------------------------------------------------------


def _operator(operator: n.Operator, c: Comments) -> Doc:
    match operator:
        case n.Where(condition):
            return ("where ", Nest(2, expression(condition, c)))
        case n.Select():
            return _select_operator(operator, c)
        case n.Extend(items):
            return ("extend ", list_of(items, c))
        case n.Set(assignments):
            return ("set ", group(Nest(2, _assignments(assignments, c))))
        case n.Drop(columns):
            return ("drop ", group(Nest(2, joined((",", LINE), list(map(_dropped, columns))))))
        case n.Rename(pairs):
            renamed: list[Doc] = [f"{name(old)} as {name(new)}" for old, new in pairs]
            return ("rename ", group(Nest(2, joined((",", LINE), renamed))))
        case n.As(alias):
            return f"as {name(alias)}"
        case n.Aggregate():
            return _aggregate(operator, c)
        case n.Join():
            return join(operator, c)
        case n.SetOperation():
            return _set_operation(operator, c)
        case n.OrderBy(keys):
            return ("order by ", Nest(2, sort_keys(keys, c)))
        case n.Limit(count, skip):
            offset: Doc = "" if skip is None else (" offset ", alone(skip, 0, c))
            return ("limit ", alone(count, 0, c), offset)
        case n.Distinct():
            return "distinct"
        case n.TableSample(amount, unit, seed):
            repeatable: Doc = "" if seed is None else (" repeatable (", alone(seed, 0, c), ")")
            return ("tablesample (", alone(amount, 0, c), f" {unit})", repeatable)
        case n.Pivot():
            return _pivot(operator, c)
        case n.Unpivot():
            return _unpivot(operator, c)
        case n.CallOperator():
            return _call(operator, c)
        case n.Assert(condition, label, on):
            return ("assert ", then(expression(condition, c), f" as {name(label)}{on_violation(on)}"))
        case n.WindowClause(windows):
            return _windows(windows, c)
        case n.MatchRecognize(text):
            return f"match_recognize ({text})"
        case n.BrokenOperator():
            return "..."
        case _:
            assert_never(operator)


def on_violation(on: n.OnViolation | None, occasion: str = "violation") -> str:
    """` on violation ...`, or nothing."""
    if on is None:
        return ""
    into = f" into {name(on.into)}" if on.into else ""
    return f" on {occasion} {on.action}{into}" + (f" in {path(on.connection)}" if on.connection else "")


def _dropped(column: n.Name | n.Path) -> str:
    return name(column) if isinstance(column, n.Name) else path(column)


def _select_operator(operator: n.Select, c: Comments) -> Doc:
    clauses: list[Doc] = [("select distinct " if operator.distinct else "select ", list_of(operator.items, c))]
    if operator.group_by:
        clauses.append(_group_by("group by ", operator.group_by, c))
    if operator.windows:
        clauses.append(_windows(operator.windows, c))
    return joined(LINE, clauses)


def _assignments(assignments: tuple[tuple[n.Name, n.Expr], ...], c: Comments) -> Doc:
    docs: list[Doc] = []
    for column, value in assignments:
        span = Span(column.span.start, value.span.end)

        def write(column: n.Name = column, value: n.Expr = value) -> Doc:
            return (f"{name(column)} = ", expression(value, c))

        docs.append(c.unit(span, write))
    return joined((",", LINE), docs)


def _aggregate(operator: n.Aggregate, c: Comments) -> Doc:
    words = "group and order by " if operator.ordered else "group by "
    if not operator.items:
        return ("aggregate ", _group_by(words, operator.keys, c))
    items = list_of(operator.items, c)
    if not operator.keys:
        return ("aggregate ", items)
    return ("aggregate ", items, LINE, _group_by(words, operator.keys, c))


def _group_by(words: str, keys: tuple[n.Item | n.GroupingSets, ...], c: Comments) -> Doc:
    return (words, comma_list(c.units(keys, lambda key: _key(key, c))))


def _key(key: n.Item | n.GroupingSets, c: Comments) -> Doc:
    if isinstance(key, n.Item):
        return item(key, c)
    with c.closed():
        return _grouping_sets(key, c)


def _grouping_sets(key: n.GroupingSets, c: Comments) -> Doc:
    sets: list[Doc] = [
        item(only[0], c)
        if len(only) == 1 and not (key.kind == "grouping sets" and isinstance(only[0].expr, n.Tuple | n.Parenthesised))
        else ("(", joined(", ", [item(part, c) for part in only]), ")")
        for only in key.sets
    ]
    return (key.kind, " (", joined(", ", sets), ")")


def _set_operation(operator: n.SetOperation, c: Comments) -> Doc:
    words = operator.kind + (f" {operator.quantifier}" if operator.quantifier else "")
    words += " by name" if operator.by_name else ""
    return (words, " ", comma_list(c.units(operator.queries, c.in_parentheses)))


def join(one: n.Join, c: Comments) -> Doc:
    """A join, as an operator or in a standard query."""
    head = ("natural " if one.natural else "") + ("join " if one.kind == "inner" else f"{one.kind} join ")
    parts: list[Doc] = [head, _ref(one.ref, c, one.as_of)]
    if one.condition is not None:
        condition = alone(one.condition, 0, c) if one.ttl else expression(one.condition, c)
        parts.append(Nest(2, (" on ", condition)))
    if one.using:
        parts.append(f" using ({', '.join(map(name, one.using))})")
    if one.ttl is not None:
        parts += [" ttl ", expression(one.ttl, c)]
    return tuple(parts)


def _pivot(operator: n.Pivot, c: Comments) -> Doc:
    column = alone(operator.column, 0, c)
    aggregates = list_of(operator.aggregates, c)
    inside = (aggregates, LINE, "for ", column, " in ", listed("(", operator.values, ")", c))
    return ("pivot ", group("(", Nest(2, (SOFT, inside)), SOFT, ")"), _alias(operator.alias))


def _unpivot(operator: n.Unpivot, c: Comments) -> Doc:
    names = ", ".join(map(name, operator.values))
    values = names if len(operator.values) == 1 else f"({names})"
    nulls = "include nulls " if operator.nulls else ""
    head = f"unpivot {nulls}({values} for {name(operator.name)} in "
    return (head, listed("(", operator.columns, ")", c), ")", _alias(operator.alias))


def _call(operator: n.CallOperator, c: Comments) -> Doc:
    arguments: Doc = ""
    if operator.arguments:
        arguments = listed("(", operator.arguments, ")", c)
    keys: Doc = ""
    if operator.partition_by:
        keys = (" partition by ", list_of(operator.partition_by, c))
    return ("call ", called(operator.function), arguments, keys, _alias(operator.alias))


def _windows(windows: tuple[tuple[n.Name, n.Over], ...], c: Comments) -> Doc:
    docs: list[Doc] = [(f"{name(word)} as ", window_spec(window, c)) for word, window in windows]
    return ("window ", group(Nest(2, joined((",", LINE), docs))))
