"""Debezium's changes in the words of Flink: the row as it is after one, or was before it if that deletes it."""

from oftra.targets.engines.flink import decoding
from oftra.targets.flink_sql.once import once
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call, column


def rows_of(message: sql.Expr, table: sql.Name, change: str, row: str) -> q.Select:
    """The messages, each with the `change` that it is without its schema, and the `row` that it is of.

    Behind a row that is deleted comes a message without a value, for the topic's own cleaning: that is none.
    """
    opened = call("coalesce", _inside(message, "payload"), message)
    told = column(change)
    of = sql.Case(
        ((_deletes(call("json_value", told, sql.Text("$.op"))), _inside(told, "before")),), _inside(told, "after")
    )
    there = q.Condition(sql.Postfix(message, "is not null"))
    return q.Select(
        (q.SelectItem(sql.STAR),), q.Table(table), joins=(once(opened, change), once(of, row)), where=(there,)
    )


def value_of(message: sql.Expr, path: tuple[str, ...], is_around: bool) -> sql.Expr:
    """What a message says as text at a path in its row, or (`is_around`) in all of it."""
    if is_around:
        return _either(message, path)
    deletes = _deletes(_either(message, ("op",)))
    return sql.Case(((deletes, _either(message, ("before", *path))),), _either(message, ("after", *path)))


def _either(message: sql.Expr, path: tuple[str, ...]) -> sql.Expr:
    """With the schema beside it or without."""
    places = [sql.Text(decoding.path_of(one)) for one in (("payload", *path), path)]
    return call("coalesce", *[call("json_value", message, place) for place in places])


def _inside(document: sql.Expr, name: str) -> sql.Expr:
    """The object under a name, as text; null if there is none."""
    return call("json_query", document, sql.Text(decoding.path_of((name,))))


def _deletes(op: sql.Expr) -> sql.Expr:
    return sql.Binary("=", op, sql.Text("d"))
