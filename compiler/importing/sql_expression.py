"""Expressions of other dialects, as `sqlglot` reads them, in the language: what they mean there they mean here."""

from sqlglot import exp

from oftra.importing.left import Left, called, named
from oftra.importing.sql_call import Calls
from oftra.importing.sql_type import type_of
from oftra.syntax import nodes

_BINARY: dict[type[exp.Expr], nodes.BinaryOperator] = {
    exp.And: "and", exp.Or: "or", exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.DPipe: "||", exp.BitwiseAnd: "&", exp.BitwiseOr: "|",
    exp.BitwiseXor: "^", exp.BitwiseLeftShift: "<<", exp.BitwiseRightShift: ">>",
}  # fmt: skip
_BACKSLASHES = frozenset({"mysql", "postgres", "redshift", "spark", "spark2", "databricks", "hive", "bigquery"})
"""Dialects in which a backslash escapes in `like` without being asked."""


class Expressions(Calls):
    """Says expressions."""

    def expr(self, expr: exp.Expr) -> nodes.Expr:
        """`expr` in the language; raises `Left` if a part of it has no counterpart."""
        self.nothing_else(expr)
        operator = _BINARY.get(type(expr))
        if operator is not None:
            return nodes.Binary(operator, self.expr(expr.this), self.expr(expr.args["expression"]))
        match expr:
            case exp.Column():
                return self._column(expr)
            case exp.Literal():
                return nodes.String(expr.this) if expr.is_string else nodes.Number(expr.this)
            case exp.Boolean():
                return nodes.Boolean(expr.this)
            case exp.Null():
                return nodes.Null()
            case exp.Paren():
                return nodes.Parenthesised(self.expr(expr.this))
            case exp.Not():
                return self._negated(expr.this)
            case exp.Neg():
                return nodes.Unary("-", self.expr(expr.this))
            case exp.BitwiseNot():
                return nodes.Unary("~", self.expr(expr.this))
            case exp.Between():
                low, high = expr.args["low"], expr.args["high"]
                return nodes.Between(self.expr(expr.this), self.expr(low), self.expr(high))
            case exp.In():
                return self._in(expr)
            case exp.Is():
                return self._is(expr)
            case exp.NullSafeEQ() | exp.NullSafeNEQ():
                same = isinstance(expr, exp.NullSafeEQ)
                return nodes.IsDistinct(self.expr(expr.this), self.expr(expr.expression), same)
            case exp.Exists():
                return nodes.Exists(self.query(expr.this))
            case exp.Subquery():
                return nodes.Subquery(self.query(expr.this))
            case exp.Tuple():
                return nodes.Tuple(self.each(expr.expressions))
            case exp.Array():
                return nodes.Array(self.each(expr.expressions))
            case exp.Case():
                return self._case(expr)
            case exp.If():
                other = expr.args.get("false")
                branch = (self.expr(expr.this), self.expr(expr.args["true"]))
                return nodes.Case(None, (branch,), self.expr(other) if other is not None else None)
            case exp.Interval():
                return self.interval(expr)
            case exp.Cast():
                return self._cast(expr)
            case exp.Extract():
                return nodes.Extract(expr.name.lower(), self.expr(expr.expression))
            case exp.Div():
                return self._division(expr)
            case exp.IntDiv():
                return called("div", self.expr(expr.this), self.expr(expr.expression))
            case exp.Mod():
                return nodes.Binary("%", self.expr(expr.this), self.expr(expr.expression))
            case exp.Like() | exp.ILike() | exp.Escape() | exp.RegexpLike():
                return self._match(expr)
            case exp.Bracket() if len(expr.expressions) == 1:
                return self._element(expr)
            case exp.Dot():
                return nodes.Member(self.expr(expr.this), named(expr.name))
            case exp.Func() | exp.Window() | exp.Filter() | exp.IgnoreNulls() | exp.RespectNulls():
                return self.call(expr)
            case _:
                raise Left(f"`{self.sql(expr)}`")

    # ---------------------------------------------------------------------------------------------- names, conditions

    def _column(self, expr: exp.Column) -> nodes.Expr:
        if expr.args.get("db") is not None:
            raise Left(f"`{self.sql(expr)}`, a column by the schema of its table")
        name = named(expr.name, bool(getattr(expr.this, "quoted", False)))
        if not expr.table:
            return nodes.Column(name)
        table = expr.args["table"]
        return nodes.Member(nodes.Column(named(table.name, table.quoted)), name)

    def _negated(self, inner: exp.Expr) -> nodes.Expr:
        """`not`, put where people write it: `a not in ...`, `is not null`."""
        positive = self.expr(inner)
        match positive:
            case nodes.In(operand, items, False):
                return nodes.In(operand, items, True)
            case nodes.InQuery(operand, query, False):
                return nodes.InQuery(operand, query, True)
            case nodes.Between(operand, low, high, False):
                return nodes.Between(operand, low, high, True)
            case nodes.Like(operand, pattern, escape, False):
                return nodes.Like(operand, pattern, escape, True)
            case nodes.Is(operand, what, False):
                return nodes.Is(operand, what, True)
            case _:
                return nodes.Unary("not", positive)

    def _in(self, expr: exp.In) -> nodes.Expr:
        operand = self.expr(expr.this)
        query = expr.args.get("query")
        if query is not None:
            return nodes.InQuery(operand, self.query(query))
        if not expr.expressions:
            raise Left(f"`{self.sql(expr)}`")
        return nodes.In(operand, self.each(expr.expressions))

    def _is(self, expr: exp.Is) -> nodes.Expr:
        match expr.expression:
            case exp.Null():
                return nodes.Is(self.expr(expr.this), "null")
            case exp.Boolean(this=value):
                return nodes.Is(self.expr(expr.this), "true" if value else "false")
            case _:
                raise Left(f"`{self.sql(expr)}`")

    def _case(self, expr: exp.Case) -> nodes.Case:
        operand, other = expr.args.get("this"), expr.args.get("default")
        branches = tuple([(self.expr(one.this), self.expr(one.args["true"])) for one in expr.args["ifs"]])
        return nodes.Case(
            self.expr(operand) if operand is not None else None,
            branches,
            self.expr(other) if other is not None else None,
        )

    def _match(self, expr: exp.Expr) -> nodes.Expr:
        """`like` with the escape character that it has there, and what is like it."""
        escape: nodes.Expr | None = None
        if isinstance(expr, exp.Escape):
            escape, expr = self.expr(expr.expression), expr.this
        self.nothing_else(expr)
        operand, pattern = self.expr(expr.this), self.expr(expr.args["expression"])
        if isinstance(expr, exp.RegexpLike):
            return called("regexp_like", operand, pattern)
        has_backslash = not isinstance(pattern, nodes.String) or "\\" in pattern.value
        if escape is None and has_backslash and self.dialect in _BACKSLASHES:
            escape = nodes.String("\\")
        if isinstance(expr, exp.ILike):
            operand, pattern = called("lower", operand), called("lower", pattern)
        return nodes.Like(operand, pattern, escape, bool(expr.args.get("negate")))

    def _element(self, expr: exp.Bracket) -> nodes.Expr:
        index = expr.expressions[0]
        if isinstance(index, exp.Literal) and not index.is_string:
            return nodes.Index(self.expr(expr.this), nodes.Number(str(int(index.name) + 1)))
        if isinstance(index, exp.Literal):
            return nodes.Index(self.expr(expr.this), nodes.String(index.name))
        raise Left(f"`{self.sql(expr)}`, whose position is computed")

    # ----------------------------------------------------------------------------------------------- numbers and dates

    def _division(self, expr: exp.Div) -> nodes.Expr:
        """`/` divides integers to integers in some dialects; here it is always a double."""
        left, right = self.expr(expr.this), self.expr(expr.expression)
        if expr.args.get("typed"):
            kinds = (self._is_integer(expr.this), self._is_integer(expr.expression))
            if all(kinds):
                return called("div", left, right)
            if None in kinds and False not in kinds:
                self.doubts.append(f"`{self.sql(expr)}` is a double here, also if both sides are integers")
        return nodes.Binary("/", left, right)

    def _is_integer(self, expr: exp.Expr) -> bool | None:
        """Whether a value is an integer, as far as that can be told."""
        match expr:
            case exp.Literal():
                return expr.is_int
            case exp.Column():
                name = expr.name.lower()
                return None if name not in self.integers | self.others else name not in self.others
            case exp.Count() | exp.Length():
                return True
            case exp.Avg():
                return False
            case exp.Paren() | exp.Neg() | exp.Sum() | exp.Min() | exp.Max() | exp.Abs():
                return self._is_integer(expr.this)
            case exp.Add() | exp.Sub() | exp.Mul():
                kinds = (self._is_integer(expr.this), self._is_integer(expr.expression))
                return False if False in kinds else None if None in kinds else True
            case exp.Cast():
                return bool(expr.to.this in exp.DataType.INTEGER_TYPES)
            case exp.Case():
                branches = [self._is_integer(one.args["true"]) for one in expr.args["ifs"]]
                return False if False in branches else None if None in branches else True
            case _:
                return None

    def _cast(self, expr: exp.Cast) -> nodes.Expr:
        safe = isinstance(expr, exp.TryCast)
        kind = type_of(expr.to, self.dialect)
        inner = expr.this
        is_text = isinstance(inner, exp.Literal) and inner.is_string
        if is_text and not safe and kind == nodes.SimpleType("date"):
            return nodes.TypedLiteral("date", inner.name)
        if is_text and not safe and kind == nodes.SimpleType("datetime"):
            return nodes.TypedLiteral("datetime", inner.name)
        return nodes.Cast(self.expr(inner), kind, safe)
