"""A query as standard SQL in its own words: what one would type into an engine to see what it says by itself.

Only the frame around expressions is made here, of SELECTs inside SELECTs. Expressions stay as they are written,
operators and functions under the names that they have in the language, and nothing is corrected.
"""

import re
from dataclasses import dataclass, replace
from typing import assert_never

from oftra.syntax import nodes


class NotPlain(Exception):
    """A part of a query that only the language has: a clause for people, `it uses ...`."""


def plain_sql(query: nodes.Query, text: str, quote: str) -> str:
    """`query`, which was read from `text`, as SQL with names in `quote`s; a `NotPlain` if it can't be said so."""
    return _Writer(text, quote).query(query, frozenset())


@dataclass(frozen=True)
class _Rows:
    """Rows so far: what stands after FROM, with the conditions on it. `alias` is what a SELECT around it is called.

    `inner` is the SELECT that `source` is, in parentheses, if it is one; `is_sorted` says that an ORDER BY ends it.
    """

    source: str
    alias: str = "rows_so_far"
    where: str = ""
    inner: str = ""
    is_sorted: bool = False

    def select(self, items: str) -> str:
        return f"select {items} from {self.source}{self.where}"


_PIECES = re.compile(r"'(?:[^']|'')*'|--[^\n]*|`((?:[^`]|``)*)`")


class _Writer:
    def __init__(self, text: str, quote: str) -> None:
        self.text = text
        self.quote = quote

    def words(self, node: nodes.Expr | nodes.Item | nodes.Star | nodes.SortKey | nodes.Type | nodes.SelectQuery) -> str:
        """The node as it is written, on one line, but for the quotes of names."""
        written = self.text[node.span.start : node.span.end]
        if "|>" in _PIECES.sub("", written):
            raise NotPlain("there is a query with `|>` inside an expression")
        written = _PIECES.sub(self._piece, written)
        return written if "'" in written else " ".join(written.split())

    def _piece(self, match: re.Match[str]) -> str:
        if match[1] is not None:
            return self.name(match[1].replace("``", "`"))
        return "" if match[0].startswith("--") else match[0]

    def name(self, text: str) -> str:
        """A name, in quotes if it is no plain word."""
        if re.fullmatch(r"[A-Za-z_]\w*", text):
            return text
        return self.quote + text.replace(self.quote, self.quote * 2) + self.quote

    def listed(self, parts: tuple[nodes.Item | nodes.Star, ...]) -> str:
        return ", ".join([self.words(part) for part in parts])

    # ------------------------------------------------------------------------------------------------------- queries

    def query(self, query: nodes.Query, named: frozenset[str]) -> str:
        """All of a query. `named` are those that a `with` around it names."""
        common = []
        for table in query.common:
            columns = f" ({', '.join([self.name(one.text) for one in table.columns])})" if table.columns else ""
            common.append(f"{self.name(table.name.text)}{columns} as ({self.query(table.query, named)})")
            named |= {table.name.text}
        if query.recursive:
            raise NotPlain("it uses `with recursive`")
        rows = self.start(query.start, named)
        for operator in query.operators:
            rows = self.operator(rows, operator, named)
        # A SELECT of everything around a SELECT says nothing.
        text = rows.inner if rows.inner and not rows.where else rows.select("*")
        return f"with {', '.join(common)} {text}" if common else text

    def start(
        self,
        start: nodes.From | nodes.SelectQuery | nodes.CompoundQuery | nodes.Query | nodes.BrokenOperator,
        named: frozenset[str],
    ) -> _Rows:
        match start:
            case nodes.From():
                refs = [self.ref(ref, named) for ref in start.refs]
                alias = getattr(start.refs[0], "alias", None) if len(refs) == 1 else None
                return _Rows(", ".join(refs), self.name(alias.text) if alias else _Rows.alias)
            case nodes.SelectQuery():
                for ref in (*(start.source.refs if start.source else ()), *[join.ref for join in start.joins]):
                    self.ref(ref, named)  # for what it refuses
                return self.around(self.words(start))
            case nodes.CompoundQuery(kind, left, right, quantifier, by_name):
                word = self.set_operation(kind, quantifier, by_name)
                return self.around(f"({self.query(left, named)}) {word} ({self.query(right, named)})", force=True)
            case nodes.Query():
                return self.around(self.query(start, named))
            case nodes.BrokenOperator():
                raise NotPlain("not all of it could be read")
            case _:
                assert_never(start)

    def around(self, query: str, alias: str = _Rows.alias, force: bool = False) -> _Rows:
        """The rows of a SELECT; with `force`, of what is none by itself."""
        inner = f"select * from ({query}) as parts" if force else query
        return _Rows(f"({inner}) as {alias}", alias, inner=inner)

    def ref(self, ref: nodes.Ref, named: frozenset[str]) -> str:
        match ref:
            case nodes.Values(rows, alias, columns):
                cells = ", ".join([f"({', '.join([self.words(cell) for cell in row])})" for row in rows])
                called = self.name(alias.text) if alias else "t"
                names = [self.name(column.name.text) for column in columns]
                source = f"(values {cells}) as {called}" + (f" ({', '.join(names)})" if names else "")
                if not any(column.type for column in columns):
                    return source
                typed = [
                    f"cast({name} as {self.words(column.type)}) as {name}" if column.type else name
                    for name, column in zip(names, columns)
                ]
                return f"(select {', '.join(typed)} from {source}) as {called}"
            case nodes.QueryRef(query, alias, lateral, columns):
                word = "lateral " if lateral else ""
                called = self.name(alias.text) if alias else "inner_rows"
                if columns:
                    called += f" ({', '.join([self.name(column.name.text) for column in columns])})"
                return f"{word}({self.query(query, named)}) as {called}"
            case nodes.TableRef(path, alias):
                name = ".".join([part.text for part in path.parts])
                if name not in named:
                    raise NotPlain(f"an engine by itself knows no relation `{name}`")
                return self.name(name) + (f" as {self.name(alias.text)}" if alias else "")
            case nodes.Unnest():
                raise NotPlain("it uses `unnest`")
            case nodes.JoinedRef():
                raise NotPlain("joins in parentheses")
            case _:
                assert_never(ref)

    @staticmethod
    def set_operation(kind: str, quantifier: str | None, by_name: bool) -> str:
        if by_name:
            raise NotPlain(f"it uses `{kind} by name`")
        return f"{kind} {quantifier}" if quantifier else kind

    # ----------------------------------------------------------------------------------------------------- operators

    def operator(self, rows: _Rows, operator: nodes.Operator, named: frozenset[str]) -> _Rows:
        match operator:
            case nodes.Where(condition):
                word = " and " if rows.where else " where "
                return _Rows(rows.source, rows.alias, f"{rows.where}{word}({self.words(condition)})")
            case nodes.Select(items, distinct, (), ()):
                return self.around(rows.select(("distinct " if distinct else "") + self.listed(items)))
            case nodes.Extend(items):
                return self.around(rows.select(f"*, {self.listed(items)}"), rows.alias)
            case nodes.As(alias):
                return self.around(rows.select("*"), self.name(alias.text))
            case nodes.Aggregate():
                return self.around(self.aggregate(rows, operator))
            case nodes.Distinct():
                return self.around(rows.select("distinct *"))
            case nodes.OrderBy(keys):
                sorted_ = ", ".join([self.words(key) for key in keys])
                return replace(self.around(f"{rows.select('*')} order by {sorted_}", rows.alias), is_sorted=True)
            case nodes.Limit(count, skip):
                ending = f" offset {self.words(skip)}" if skip else ""
                return self.limited(rows, f" limit {self.words(count)}{ending}")
            case nodes.Join(kind, ref, condition, using, None, None, natural):
                joined = f"{rows.source} {'natural ' if natural else ''}{kind} join {self.ref(ref, named)}"
                if using:
                    joined += f" using ({', '.join([self.name(one.text) for one in using])})"
                elif condition is not None:
                    joined += f" on {self.words(condition)}"
                if rows.where:
                    raise NotPlain("it joins after `where`")
                return _Rows(joined)
            case nodes.SetOperation(kind, queries, quantifier, by_name):
                word = self.set_operation(kind, quantifier, by_name)
                parts = [rows.select("*"), *[self.query(query, named) for query in queries]]
                return self.around(f" {word} ".join([f"({part})" for part in parts]), force=True)
            case _:
                words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(operator).__name__).lower()
                raise NotPlain(f"it uses `{words}`")

    def aggregate(self, rows: _Rows, operator: nodes.Aggregate) -> str:
        keys = [key for key in operator.keys if isinstance(key, nodes.Item)]
        if len(keys) < len(operator.keys):
            raise NotPlain("it uses grouping sets")
        if operator.ordered:
            raise NotPlain("it uses `group and order by`")
        text = rows.select(self.listed((*keys, *operator.items)))
        return f"{text} group by {', '.join([self.words(key.expr) for key in keys])}" if keys else text

    def limited(self, rows: _Rows, limit: str) -> _Rows:
        """A limit stands in the SELECT that sorts, or the order would not count."""
        if rows.is_sorted and not rows.where:
            return self.around(rows.inner + limit, rows.alias)
        return self.around(rows.select("*") + limit, rows.alias)
