"""Reads relations from the text that `show_rel` writes; docs/ir.md tells the form."""

from typing import Literal as OneOf
from typing import TypeAlias, cast, get_args

from oftra.ir.expr import Column, Duration, Expr
from oftra.ir.notation import Kind, Scope
from oftra.ir.read_expr import ExprReader
from oftra.ir.read_tokens import TextError, Tokens
from oftra.ir.read_types import TYPE_WORDS
from oftra.ir.rel import (
    Aggregate,
    Checked,
    Distinct,
    Filter,
    Item,
    Join,
    JoinKind,
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
from oftra.ir.show import with_columns

WindowKind: TypeAlias = OneOf["tumble", "hop", "cumulate", "session"]

__all__ = ["RelReader", "TextError", "read_expr", "read_rel"]


def read_rel(text: str) -> Rel:
    """The relation that `text` shows."""
    reader = RelReader(Tokens(text))
    rel = reader.relation({})
    reader.end()
    return rel


def read_expr(text: str, columns: tuple[Column, ...] = ()) -> Expr:
    """The expression that `text` shows, over rows of `columns`."""
    reader = RelReader(Tokens(text))
    expr = reader.expr({column.id: column for column in columns})
    reader.end()
    return expr


class RelReader(ExprReader):
    """Reads relations."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens, self.relation)

    def end(self) -> None:
        """Nothing may follow."""
        if self.tokens.next.kind != "end":
            raise self.tokens.fail("the end")

    def relation(self, outer: Scope) -> Rel:
        """A source and the operators that its rows go through."""
        rel = self._source(outer)
        while self.tokens.accept("|"):
            rel = self._operator(rel, outer)
        return rel

    def _source(self, outer: Scope) -> Rel:
        tokens = self.tokens
        word = tokens.one_of("scan", "read", "values", "union", "intersect", "except", "opaque", "recursion", "round")
        match word:
            case "scan":
                return Scan(tokens.path(), self.columns())
            case "read":
                return Read(tokens.path(), self.columns())
            case "values":
                columns = self.columns()
                rows = list[tuple[Expr, ...]]()
                while tokens.sees("("):
                    rows.append(self.exprs(outer))
                return Values(tuple(rows), columns)
            case "opaque":
                engine = tokens.name()
                name = tokens.path() if tokens.accept("as") else "raw"
                text, columns = tokens.string(), self.columns()
                scans = list[Scan]()
                while tokens.accept("scan"):
                    scans.append(Scan(tokens.path(), self.columns()))
                return Opaque(engine, text, tuple(scans), columns, name)
            case "recursion":
                name, all_ = tokens.name(), tokens.accept("all")
                columns = self.columns()
                return Recursion(name, all_, (self.query(outer), self.query(outer)), columns)
            case "round":
                return Round(tokens.name(), self.columns())
            case _:
                all_ = tokens.accept("all")
                columns = self.columns()
                inputs = list[Rel]()
                while tokens.sees("("):
                    inputs.append(self.query(outer))
                return SetOperation(cast(OneOf["union", "intersect", "except"], word), all_, tuple(inputs), columns)

    def _operator(self, source: Rel, outer: Scope) -> Rel:
        tokens = self.tokens
        scope = with_columns(outer, source.columns)
        word = tokens.name()
        match word:
            case "filter":
                return Filter(source, self.expr(scope))
            case "project":
                return Project(source, self._items(scope))
            case "aggregate":
                return self._aggregate(source, scope)
            case "window":
                return Window(source, self._items(scope, "window"))
            case "sort":
                return Sort(source, self.sort_keys(scope))
            case "limit":
                count = None if tokens.accept("all") else tokens.integer()
                return Limit(source, count, tokens.integer() if tokens.accept("skip") else 0)
            case "distinct":
                return Distinct(source)
            case "unnest":
                return self._unnest(source, scope)
            case "sample":
                amount = float(tokens.take().text)
                unit = cast(OneOf["percent", "rows"], tokens.one_of("percent", "rows"))
                return Sample(source, amount, unit, tokens.integer() if tokens.accept("repeatable") else None)
            case "tumble" | "hop" | "cumulate" | "session":
                return self._time_window(word, source, scope)
            case "checked":
                columns = self.columns()
                rules = list[Rule]()
                while tokens.accept("rule"):
                    rules.append(self._rule(scope))
                return Checked(source, tuple(rules), columns)
            case "step" | "shared":
                if shared := word == "shared":
                    tokens.expect("step")
                name = tokens.name()
                return Step(source, name, tokens.string() if tokens.next.kind == "string" else None, shared)
        if word in get_args(JoinKind):
            return self._join(cast(JoinKind, word), source, outer)
        tokens.at -= 1
        raise tokens.fail("an operator")

    def _items(self, scope: Scope, calls: OneOf["scalar", "aggregate", "window"] = "scalar") -> tuple[Item, ...]:
        """Items up to where no other can begin."""
        items = list[Item]()
        while self.tokens.sees("#", 1):
            items.append(self._item(scope, calls))
            if not self.tokens.accept(","):
                break
        return tuple(items)

    def _item(self, scope: Scope, calls: str) -> Item:
        after = self.tokens.peek(3)
        if after.kind != "word" or after.text not in TYPE_WORDS:
            column = self.column_of(scope)
            return Item(column, column)
        column = self.column()
        self.tokens.expect("=")
        kind = Kind(column.type, column.nullable)
        if calls == "aggregate":
            return Item(column, self.aggregate_call(scope, kind))
        if calls == "window":
            return Item(column, self.window_call(scope, kind))
        return Item(column, self.expr(scope, kind))

    def _join(self, kind: JoinKind, left: Rel, outer: Scope) -> Join:
        self.tokens.expect("join")
        lateral = self.tokens.accept("lateral")
        right = self.query(with_columns(outer, left.columns) if lateral else outer)
        condition = None
        if self.tokens.accept("on"):
            condition = self.expr(with_columns(outer, left.columns + right.columns))
        ttl = cast(Duration, self.constant().value) if self.tokens.accept("ttl") else None
        return Join(kind, left, right, condition, lateral, ttl)

    def _aggregate(self, source: Rel, scope: Scope) -> Aggregate:
        aggregates = self._items(scope, "aggregate")
        keys = self._items(scope) if self.tokens.accept("by") else ()
        sets = None
        if self.tokens.accept("sets"):
            self.tokens.expect("(")
            sets = self.until(")", self._positions)
        return Aggregate(source, keys, aggregates, sets)

    def _positions(self) -> tuple[int, ...]:
        self.tokens.expect("(")
        return self.until(")", self.tokens.integer)

    def _unnest(self, source: Rel, scope: Scope) -> Unnest:
        outer = self.tokens.sees("outer") and not self.tokens.sees("#", 1)
        self.tokens.at += outer
        element = self.column()
        offset = self.column() if self.tokens.accept(",") else None
        self.tokens.expect("=")
        return Unnest(source, self.expr(scope), element, offset, outer)

    def _time_window(
        self, kind: OneOf["tumble", "hop", "cumulate", "session"], source: Rel, scope: Scope
    ) -> TimeWindow:
        start = self.column()
        self.tokens.expect(",")
        end = self.column()
        self.tokens.expect("=")
        time, *sizes = self.exprs(scope)
        by = self.some(lambda: self.expr(scope)) if self.tokens.accept("partition", "by") else ()
        return TimeWindow(kind, source, time, tuple(sizes), start, end, by)

    def _rule(self, scope: Scope) -> Rule:
        tokens = self.tokens
        name = tokens.string()
        kind = cast(
            OneOf["check", "unique", "references", "readable"],
            tokens.one_of("check", "unique", "references", "readable"),
        )
        action = tokens.one_of("fail", "drop", "warn", "quarantine")
        into = tokens.path() if tokens.accept("into") else None
        columns = self.until(")", lambda: self.column_of(scope)) if tokens.accept("(") else ()
        target, target_columns = None, tuple[str, ...]()
        if tokens.accept("in"):
            target = tokens.path()
            tokens.expect("(")
            target_columns = self.until(")", tokens.name)
        condition = self.expr(scope) if tokens.accept(":") else None
        return Rule(
            name,
            kind,
            cast(OneOf["fail", "drop", "warn", "quarantine"], action),
            condition,
            columns,
            target,
            target_columns,
            into,
        )
