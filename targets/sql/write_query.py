"""Queries and statements as documents: a clause a line, a long clause with an item a line."""

from typing import assert_never

from oftra.source import NOWHERE, Span
from oftra.targets.document import HARD, LINE, Doc, Mark, cat, group, nest, separated
from oftra.targets.sql import precedence as level
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.write import COMMA_LINE, ExpressionWriter, brackets, comment


def mark(span: Span, doc: Doc) -> Doc:
    """`doc`, which comes from `span` unless that is nowhere."""
    return doc if span is NOWHERE or span == NOWHERE else Mark(span, doc)


def block(query: Doc) -> Doc:
    """A query in parentheses, on lines of its own."""
    return cat("(", nest(HARD, query), HARD, ")")


class Writer(ExpressionWriter):
    """Writes all of SQL in one dialect."""

    def query(self, query: q.Query) -> Doc:
        """A query that stands in an expression: on one line if it is short."""
        return group(self._query(query, LINE))

    def rows(self, query: q.Query) -> Doc:
        """A query that is a statement or stands in one, a clause a line."""
        return self._query(query, HARD)

    def _query(self, query: q.Query, line: Doc) -> Doc:
        """`query` with `line` between its clauses."""
        match query:
            case q.Select():
                return separated(self._clauses(query, line), line)
            case q.Compound(operator, inputs, order_by, limit, offset):
                parts = [self._compound_input(part, line) for part in inputs]
                whole = separated(parts, cat(line, operator, line))
                return separated([whole, *self._ending(order_by, limit, offset)], line)
            case q.RowsOf(rows):
                return group("values", nest(LINE, self._rows(rows)))
            case q.RawQuery(pieces, shifts):
                parts = [self._raw(one, shifts) if isinstance(one, str) else self.expr(one) for one in pieces]
                return cat(*parts)
            case q.With(ctes, inner, recursive):
                named = separated([self._cte(cte) for cte in ctes], cat(",", HARD))
                word: Doc = "with recursive" if recursive else "with"
                word = cat(word, HARD if ctes[0].description else " ")
                return cat(word, named, HARD, self._query(inner, HARD))
            case _:
                assert_never(query)

    @staticmethod
    def _raw(piece: str, shifts: bool) -> Doc:
        return separated(piece.split("\n"), HARD) if shifts else piece

    def _cte(self, cte: q.Cte) -> Doc:
        head = self.dialect.identifier(cte.name) + " as "
        return mark(cte.span, cat(comment(cte.description), head, block(self._query(cte.query, HARD))))

    def _compound_input(self, query: q.Query, line: Doc) -> Doc:
        doc = self._query(query, line)
        match query:
            case q.Select(order_by=(), limit=None, offset=0):
                return doc
            case _:
                return cat("(", nest(line, doc), line, ")")

    def _clauses(self, select: q.Select, line: Doc) -> list[Doc]:
        around = self.implicit, self.clashing
        # FROM itself names relations; columns of its only one can't stand there.
        self.implicit, self.clashing = None, frozenset()
        source = self._from(select)
        self.implicit = select.implicit
        items = separated([self._item(item) for item in select.items], COMMA_LINE)
        clauses: list[Doc] = [group(self._select_words(select), nest(LINE, items)), *source]
        clauses += self._conditions("where", select.where, line)
        if select.group_by is not None:
            clauses.append(mark(select.group_by.span, self._grouping(select.group_by)))
        self.clashing = select.clashing
        clauses += self._conditions("having", select.having, line)
        self.clashing = frozenset()
        if select.windows:
            named = [
                cat(self.dialect.identifier(name), " as (", nest(self.window_spec(spec)), ")")
                for name, spec in select.windows
            ]
            clauses.append(group("window", nest(LINE, separated(named, COMMA_LINE))))
        clauses += self._conditions("qualify", select.qualify, line)
        self.clashing = select.clashing
        clauses += self._ending(select.order_by, select.limit, select.offset)
        self.implicit, self.clashing = around
        return clauses

    def _select_words(self, select: q.Select) -> str:
        words = "select distinct" if select.distinct else "select"
        if not select.hint:
            return words
        listed = ", ".join([f"{self.dialect.string(one)} = {self.dialect.string(time)}" for one, time in select.hint])
        return f"{words} /*+ state_ttl({listed}) */"

    def _from(self, select: q.Select) -> list[Doc]:
        if select.source is None:
            return []
        sample = "" if select.sample is None else f" tablesample {select.sample}"
        source = mark(select.source_span, cat("from ", self._from_item(select.source), sample))
        return [source, *[self._join(join) for join in select.joins]]

    def _ending(self, order_by: tuple[sql.OrderItem, ...], limit: int | None, offset: int) -> list[Doc]:
        clauses: list[Doc] = []
        if order_by:
            clauses.append(group("order by", nest(LINE, self.order(order_by))))
        if limit is not None:
            clauses.append(f"limit {limit}")
        if offset:
            clauses.append(f"offset {offset}")
        return clauses

    def _item(self, item: q.SelectItem) -> Doc:
        expr = item.expr
        doc = self.expr(expr)
        if item.alias is not None:
            doc = cat(doc, " as " + self.dialect.identifier(item.alias))
        # A column that passes through can't be what an engine complains about.
        return doc if type(expr) is sql.Name else mark(item.span, doc)

    def _rows(self, rows: tuple[tuple[sql.Expr, ...], ...]) -> Doc:
        return separated([brackets("(", self.list(row)) for row in rows], COMMA_LINE)

    def _alias(self, alias: str | None, columns: tuple[str, ...] = ()) -> str:
        if alias is None:
            return ""
        names = ", ".join([self.dialect.identifier(name) for name in columns])
        return f" as {self.dialect.identifier(alias)}" + (f" ({names})" if columns else "")

    def _from_item(self, item: q.FromItem) -> Doc:
        match item:
            case q.Table(name, alias, None):
                return self.name(name) + self._alias(alias)
            case q.Table(name, alias, as_of):
                assert as_of is not None
                return cat(self.name(name), " for system_time as of ", self.expr(as_of), self._alias(alias))
            case q.TableFunction(call, alias, columns, ordinality):
                ending = " with ordinality" if ordinality else ""
                return cat(self.expr(call), ending + self._alias(alias, columns))
            case q.Derived(q.RowsOf(rows), alias, columns, _):
                values = brackets("(", cat("values", nest(LINE, self._rows(rows))))
                return cat(values, self._alias(alias, columns))
            case q.Derived(query, alias, columns, lateral):
                word = "lateral " if lateral else ""
                return cat(word, block(self._query(query, HARD)), self._alias(alias, columns))
            case _:
                assert_never(item)

    def _join(self, join: q.Join) -> Doc:
        doc = cat(join.kind, " ", self._from_item(join.source))
        if join.using:
            names = ", ".join([self.dialect.identifier(name) for name in join.using])
            doc = cat(doc, f" using ({names})")
        elif join.condition is not None:
            doc = group(doc, nest(LINE, "on ", self.expr(join.condition)))
        return mark(join.span, doc)

    def _conditions(self, word: str, conditions: tuple[q.Condition, ...], line: Doc) -> list[Doc]:
        match conditions:
            case ():
                return []
            case (single,):
                return [mark(single.span, cat(word, " ", nest(self.expr(single.expr))))]
            case _:
                parts = [mark(c.span, self.expr(c.expr, level.AND + 1)) for c in conditions]
                return [group(word, " ", nest(separated(parts, (LINE, "and "))))]

    def _grouping(self, grouping: q.Grouping) -> Doc:
        if grouping.sets is None:
            return group("group by", nest(LINE, self.list(grouping.keys)))
        sets = [cat("(", self.list(keys), ")") for keys in grouping.sets]
        return cat("group by grouping sets ", group("(", nest(separated(sets, COMMA_LINE)), ")"))

    # ------------------------------------------------------------------------------------------------ statements

    def statement(self, statement: q.Statement) -> Doc:
        """A statement with its semicolon."""
        match statement:
            case q.Create(kind, name, query, description, span=span):
                head = f"create or replace {kind} {self.name(name)} as"
                return mark(span, cat(comment(description), head, HARD, self._query(query, HARD), ";"))
            case q.CreateSchema(name):
                return f"create schema if not exists {self.name(name)};"
            case q.Copy(query, path, options, description, span=span):
                return mark(span, cat(comment(description), self._copy(query, path, options), ";"))
            case q.SetVariable(name, value, description, span=span):
                head = f"set variable {self.dialect.identifier(name)} = "
                return mark(span, cat(comment(description), head, self.expr(value), ";"))
            case q.CreateMacro(macro, parameters, body, description):
                head = f"create or replace temp macro {macro}({', '.join(parameters)}) as"
                return cat(comment(description), head, nest(HARD, separated(body, HARD)), ";")
            case q.CreateTable(table, columns, description):
                listed = separated([f"{self.dialect.identifier(name)} {type_}" for name, type_ in columns], COMMA_LINE)
                head = f"create or replace temp table {self.dialect.identifier(table)} "
                return cat(comment(description), head, group(brackets("(", listed)), ";")
            case q.Insert(table, query, description, span=span):
                into = self.name(table) if isinstance(table, sql.Name) else self.dialect.identifier(table)
                head = f"insert into {into} by name"
                return mark(span, cat(comment(description), head, HARD, self._query(query, HARD), ";"))
            case q.CreateEmpty(name, query):
                return cat(f"create table if not exists {self.name(name)} as", HARD, self._query(query, HARD), ";")
            case q.Delete(name, where):
                return cat(
                    separated([f"delete from {self.name(name)}", *self._conditions("where", where, LINE)], HARD), ";"
                )
            case q.Transaction(word):
                return f"{word};"
            case q.Set(name, value):
                return cat(f"set {name} = ", self.expr(value), ";")
            case q.Attach(path, name, read_only):
                ending = " (read_only);" if read_only else ";"
                return cat("attach if not exists ", self.expr(path), f" as {self.dialect.identifier(name)}", ending)
            case q.Run(query, description, span=span):
                return mark(span, cat(comment(description), self._query(query, HARD), ";"))
            case _:
                assert_never(statement)

    def _copy(
        self, source: q.Query | sql.Name, path: sql.Expr, options: tuple[tuple[str, sql.Expr | None], ...]
    ) -> Doc:
        what: Doc = self.name(source) if isinstance(source, sql.Name) else block(self._query(source, HARD))
        words = [name if value is None else cat(name + " ", self.expr(value)) for name, value in options]
        listed = cat(" (", separated(words, ", "), ")") if words else ""
        # What is no literal has to stand in parentheses.
        return cat("copy ", what, " to ", self.expr(path, level.ATOM), listed)

    def script(self, statements: tuple[q.Statement, ...]) -> Doc:
        """Statements with an empty line between."""
        return separated([self.statement(statement) for statement in statements], cat(HARD, HARD))
