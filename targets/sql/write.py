"""SQL expressions as documents: quoting and parentheses, and where a long one may break."""

from typing import assert_never

from oftra.targets.document import HARD, LINE, SOFT, Doc, cat, group, nest, separated
from oftra.targets.sql import precedence as level
from oftra.targets.sql import tree as sql
from oftra.targets.sql.dialect import Dialect
from oftra.targets.sql.query import Query

COMMA_LINE: Doc = (",", LINE)


def brackets(before: str, inside: Doc, after: str = ")") -> Doc:
    """`before`, what stands inside on lines of its own if it is long, `after`."""
    return group(before, nest(SOFT, inside), SOFT, after)


class ExpressionWriter:
    """Writes expressions in one dialect. `called` collects the names of the functions that are called."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.implicit: str | None = None
        self.clashing: frozenset[str] = frozenset()
        self.called: set[str] = set()

    def query(self, query: Query) -> Doc:
        """A query, a clause a line."""
        raise NotImplementedError

    def expr(self, expr: sql.Expr, at_least: int = level.LOWEST) -> Doc:
        """`expr` where an operand must bind as tightly as `at_least`."""
        binds, doc = self._expr(expr)
        return doc if binds >= at_least else brackets("(", doc)

    def list(self, exprs: tuple[sql.Expr, ...]) -> Doc:
        """Expressions with commas between."""
        return separated([self.expr(expr) for expr in exprs], COMMA_LINE)

    def name(self, name: sql.Name) -> str:
        """A name of one part or more, without the relation that goes without saying."""
        parts = name.parts
        if len(parts) > 1 and parts[0] == self.implicit and parts[1] not in self.clashing:
            parts = parts[1:]
        if len(parts) == 1:
            return self.dialect.identifier(parts[0])
        return ".".join([self.dialect.identifier(part) for part in parts])

    def order(self, items: tuple[sql.OrderItem, ...]) -> Doc:
        """The keys of an `order by`."""
        return separated([self._order_item(item) for item in items], COMMA_LINE)

    def _order_item(self, item: sql.OrderItem) -> Doc:
        nulls = "" if item.nulls is None else f" nulls {item.nulls}"
        return cat(self.expr(item.expr), (" desc" if item.descending else "") + nulls)

    def _expr(self, expr: sql.Expr) -> tuple[int, Doc]:
        """How tightly `expr` binds, and its text."""
        match expr:
            case sql.Name():
                return level.ATOM, self.name(expr)
            case sql.Number(text) | sql.Word(text):
                return level.ATOM, text
            case sql.Text(value):
                return level.ATOM, self.dialect.string(value)
            case sql.Typed(type_, value):
                return level.ATOM, f"{type_} {self.dialect.string(value)}"
            case sql.Interval(text):
                return level.ATOM, f"interval {self.dialect.string(text)}"
            case sql.Function():
                return level.ATOM, self._function(expr)
            case sql.Over(function, window):
                return level.ATOM, cat(self._function(function), " over ", self._window(window))
            case sql.Unary() | sql.Binary() | sql.Chain() | sql.Postfix() | sql.Between() | sql.In() | sql.Like():
                return self._operator(expr)
            case sql.Cast(operand, type_, safe):
                if not safe and self.dialect.cast:
                    return level.CAST, cat(self.expr(operand, level.CAST), "::" + type_)
                return level.ATOM, brackets("try_cast(" if safe else "cast(", cat(self.expr(operand), f" as {type_}"))
            case sql.Case():
                return level.ATOM, self._case(expr)
            case sql.Extract(part, operand):
                return level.ATOM, brackets("extract(", cat(f"{part} from ", self.expr(operand)))
            case sql.Member(operand, name):
                # `t.a` may be a column `a` of a relation `t`: parentheses make `t` a value.
                plain = isinstance(operand, sql.Member | sql.Index | sql.Function)
                inner = self.expr(operand) if plain else cat("(", self.expr(operand), ")")
                return level.POSTFIX, cat(inner, "." + self.dialect.identifier(name))
            case sql.Index(operand, index, end):
                stop = "" if end is None else cat(":", self.expr(end))
                return level.POSTFIX, cat(self.expr(operand, level.POSTFIX), "[", self.expr(index), stop, "]")
            case sql.ListOf(items):
                opening = "[" if self.dialect.collections == "[a]" else "array["
                return level.ATOM, brackets(opening, self.list(items), "]")
            case sql.Row(items):
                return level.ATOM, brackets("(", self.list(items))
            case sql.StructOf(fields):
                pairs = [cat(self.dialect.string(name) + ": ", self.expr(value)) for name, value in fields]
                return level.ATOM, brackets("{", separated(pairs, COMMA_LINE), "}")
            case sql.MapOf(entries) if self.dialect.collections == "array[a]":
                flat = tuple([part for entry in entries for part in entry])
                return level.ATOM, brackets("map[", self.list(flat), "]")
            case sql.MapOf(entries):
                pairs = [cat(self.expr(key), ": ", self.expr(value)) for key, value in entries]
                return level.ATOM, brackets("map {", separated(pairs, COMMA_LINE), "}")
            case sql.Lambda(parameters, body):
                names = ", ".join([self.dialect.identifier(name) for name in parameters])
                return level.LOWEST, cat(f"lambda {names}: ", self.expr(body))
            case sql.Subquery(query):
                return level.ATOM, brackets("(", self.query(query))
            case sql.Exists(query, negated):
                doc = brackets("exists (", self.query(query))
                return (level.NOT, cat("not ", doc)) if negated else (level.ATOM, doc)
            case sql.Named(name, value):
                return level.LOWEST, cat(f"{name} = ", self.expr(value))
            case sql.Raw(pieces, is_call):
                # What binds in text that is not ours is unknown: it binds least, so that it is bracketed as an operand.
                return level.ATOM if is_call else 0, cat(
                    *[p if isinstance(p, str) else self.expr(p, level.ATOM) for p in pieces]
                )
            case _:
                assert_never(expr)

    def _operator(
        self, expr: sql.Unary | sql.Binary | sql.Chain | sql.Postfix | sql.Between | sql.In | sql.Like
    ) -> tuple[int, Doc]:
        match expr:
            case sql.Unary("not", operand):
                return level.NOT, cat("not ", self.expr(operand, level.NOT))
            case sql.Unary("~", operand):
                return level.OTHER, cat("~", self.expr(operand, level.CAST))
            case sql.Unary(operator, operand):
                # Not `- -x`: two hyphens begin a comment.
                return level.SIGN, cat(operator, self.expr(operand, level.CAST))
            case sql.Binary(operator, left, right):
                binds = level.BINARY.get(operator, level.OTHER)
                first = self.expr(left, binds if binds in level.LEFT_ASSOCIATIVE else binds + 1)
                return binds, group(first, nest(LINE, operator, " ", self.expr(right, binds + 1)))
            case sql.Chain(operator, operands):
                binds = level.CHAIN[operator]
                parts = [self.expr(operand, binds + 1) for operand in operands]
                return binds, group(separated(parts, (LINE, operator + " ")))
            case sql.Postfix(operand, operator):
                return level.IS, cat(self.expr(operand, level.COMPARE + 1), " " + operator)
            case sql.Between(operand, low, high, negated):
                tight = level.MATCH + 1
                word = " not between " if negated else " between "
                bounds = cat(self.expr(low, tight), " and ", self.expr(high, tight))
                return level.MATCH, cat(self.expr(operand, tight), word, bounds)
            case sql.In(operand, items, negated):
                inside = self.list(items) if isinstance(items, tuple) else self.query(items)
                word = " not in " if negated else " in "
                return level.MATCH, cat(self.expr(operand, level.MATCH + 1), word, brackets("(", inside))
            case sql.Like(operator, operand, pattern, escape):
                tight = level.MATCH + 1
                ending = "" if escape is None else cat(" escape ", self.expr(escape, tight))
                doc = cat(self.expr(operand, tight), f" {operator} ", self.expr(pattern, tight), ending)
                return level.MATCH, doc
            case _:
                assert_never(expr)

    def _function(self, function: sql.Function) -> Doc:
        self.called.add(function.name)
        inside: list[Doc] = []
        if function.arguments:
            distinct = "distinct " if function.distinct else ""
            inside.append(cat(distinct, self.list(function.arguments)))
        if function.order_by:
            inside.append(cat("order by ", self.order(function.order_by)))
        if function.ignore_nulls and self.dialect.ignore_nulls == "inside":
            inside.append("ignore nulls")
        if not inside:
            doc: Doc = function.name + "()"
        else:
            doc = brackets(function.name + "(", separated(inside, LINE))
        if function.ignore_nulls and self.dialect.ignore_nulls == "after":
            doc = cat(doc, " ignore nulls")
        if function.filter is not None:
            doc = cat(doc, " filter ", brackets("(", cat("where ", self.expr(function.filter))))
        return doc

    def _window(self, window: sql.WindowSpec | str) -> Doc:
        if isinstance(window, str):
            return self.dialect.identifier(window)
        return brackets("(", self.window_spec(window))

    def window_spec(self, window: sql.WindowSpec) -> Doc:
        """What stands in the parentheses after `over`."""
        parts: list[Doc] = []
        if window.partition_by:
            parts.append(cat("partition by ", nest(self.list(window.partition_by))))
        if window.order_by:
            parts.append(cat("order by ", nest(self.order(window.order_by))))
        if window.frame:
            words = [word if isinstance(word, str) else self.expr(word, level.SIGN) for word in window.frame]
            parts.append(separated(words, " "))
        return separated(parts, LINE)

    def _case(self, case: sql.Case) -> Doc:
        head: Doc = "case" if case.operand is None else cat("case ", self.expr(case.operand))
        arms: list[Doc] = [
            cat(LINE, "when ", nest(self.expr(when)), " then ", nest(self.expr(then))) for when, then in case.branches
        ]
        if case.otherwise is not None:
            arms.append(cat(LINE, "else ", nest(self.expr(case.otherwise))))
        return group(head, nest(*arms), LINE, "end")


def comment(text: str | None) -> Doc:
    """A description as comment lines before what it describes; nothing for none."""
    if not text:
        return ""
    lines = [("-- " + line).rstrip() for line in text.splitlines()]
    return cat(*[part for line in lines for part in (line, HARD)])
