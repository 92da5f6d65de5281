"""Calls of functions in other dialects, with all that may stand behind them."""

from dataclasses import replace

from sqlglot import exp

from oftra import functions
from oftra.importing.left import Left, called
from oftra.importing.sql_function import AGGREGATES, SCALARS, UNITS, WINDOWS
from oftra.importing.sql_reading import Reading
from oftra.syntax import nodes


class Calls(Reading):
    """Says calls."""

    def call(self, expr: exp.Expr) -> nodes.Expr:
        """A call with all that may stand behind it, from the outside in."""
        self.nothing_else(expr)
        match expr:
            case exp.Window():
                made = self.call(expr.this)
                if not isinstance(made, nodes.Call):
                    raise Left(f"`{self.sql(expr)}`")
                return _with(made, over=self.over(expr))
            case exp.Filter():
                made = self.call(expr.this)
                assert isinstance(made, nodes.Call)
                return _with(made, filter=self.expr(expr.expression.this))
            case exp.IgnoreNulls() | exp.RespectNulls():
                made = self.call(expr.this)
                assert isinstance(made, nodes.Call)
                return _with(made, nulls="ignore" if isinstance(expr, exp.IgnoreNulls) else "respect")
        for say in (self._aggregate, self._known, self._special):
            found = say(expr)
            if found is not None:
                return found
        if isinstance(expr, exp.Anonymous):
            return self._by_name(expr.name, expr.expressions)
        if isinstance(expr, exp.Func):
            raise Left(f"the function `{expr.sql_name().lower()}`")
        raise Left(f"`{self.sql(expr)}`")

    def _aggregate(self, expr: exp.Expr) -> nodes.Expr | None:
        if isinstance(expr, exp.GroupConcat):
            return self._string_agg(expr)
        name = AGGREGATES.get(type(expr))
        if name is None:
            return None
        inner = expr.this
        if isinstance(inner, exp.Star):
            return called(name, nodes.Star())
        order: tuple[nodes.SortKey, ...] = ()
        if isinstance(inner, exp.Order):
            inner, order = inner.this, self.sort_keys(inner.expressions)
        distinct = isinstance(inner, exp.Distinct)
        arguments = inner.expressions if distinct else [inner]
        if distinct and len(arguments) > 1:
            raise Left(f"`{self.sql(expr)}`, a count of several columns")
        second = expr.args.get("expression")
        if isinstance(second, exp.Expr):
            arguments = [*arguments, second]
        return _with(called(name, *self.each(arguments)), distinct=distinct, order_by=order)

    def _string_agg(self, expr: exp.GroupConcat) -> nodes.Expr:
        inner = expr.this
        order: tuple[nodes.SortKey, ...] = ()
        separator = expr.args.get("separator") or exp.Literal.string(",")
        if isinstance(separator, exp.Order):
            separator, order = separator.this, self.sort_keys(separator.expressions)
        if isinstance(inner, exp.Order):
            inner, order = inner.this, self.sort_keys(inner.expressions)
        distinct = isinstance(inner, exp.Distinct)
        inner = inner.expressions[0] if distinct else inner
        made = called("string_agg", self.expr(inner), self.expr(separator))
        return _with(made, distinct=distinct, order_by=order)

    def _known(self, expr: exp.Expr) -> nodes.Expr | None:
        name, fields = SCALARS.get(type(expr)) or WINDOWS.get(type(expr)) or ("", ())
        if not name:
            return None
        arguments: list[exp.Expr] = []
        for one in fields:
            value = expr.args.get(one)
            if isinstance(value, list):
                arguments += value
            elif value is not None:
                arguments.append(value)
        return called(name, *self.each(arguments))

    def _special(self, expr: exp.Expr) -> nodes.Expr | None:
        """Functions that say something else by their arguments."""
        match expr:
            case exp.Concat():
                parts = self.each(expr.expressions)
                if expr.args.get("coalesce"):
                    parts = tuple([p if _never_null(p) else called("coalesce", p, nodes.String("")) for p in parts])
                made = parts[0]
                for part in parts[1:]:
                    made = nodes.Binary("||", made, part)
                return made
            case exp.ConcatWs():
                return called("concat_ws", *self.each(expr.expressions))
            case exp.Trim():
                name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(expr.args.get("position")), "trim")
                if expr.args.get("expression") is not None:
                    raise Left(f"`{self.sql(expr)}`, which trims what is no space")
                return called(name, self.expr(expr.this))
            case exp.DateTrunc() | exp.TimestampTrunc():
                unit = expr.text("unit").lower()
                if unit not in UNITS:
                    raise Left(f"`{self.sql(expr)}`")
                return called("date_trunc", nodes.String(unit), self.expr(expr.this))
            case exp.DateAdd() | exp.TsOrDsAdd() | exp.DateSub() | exp.DatetimeAdd() | exp.TimestampAdd():
                amount = expr.expression
                if not isinstance(amount, exp.Interval):
                    amount = exp.Interval(this=amount, unit=expr.args.get("unit") or exp.var("day"))
                operator: nodes.BinaryOperator = "-" if isinstance(expr, exp.DateSub) else "+"
                return nodes.Binary(operator, self.expr(expr.this), self.interval(amount))
            case exp.DateDiff() if expr.text("unit").lower() in ("", "day", "days"):
                return called("date_diff", nodes.String("day"), self.expr(expr.expression), self.expr(expr.this))
            case exp.TsOrDsToDate() | exp.Date() if expr.this is not None:
                return nodes.Cast(self.expr(expr.this), nodes.SimpleType("date"))
            case exp.CurrentDate():
                return nodes.Cast(nodes.Member(nodes.Column(nodes.Name("run")), nodes.Name("end")), _DATE)
            case exp.CurrentTimestamp():
                return nodes.Member(nodes.Column(nodes.Name("run")), nodes.Name("end"))
            case _:
                return None

    def _by_name(self, name: str, arguments: list[exp.Expr]) -> nodes.Expr:
        known = functions.lookup(name)
        if known is None or known.operator is not None:
            near = functions.suggest(name)
            raise Left(f"the function `{name.lower()}`" + (f" (did it mean `{near}`?)" if near else ""))
        return called(known.name, *self.each(arguments))


_DATE = nodes.SimpleType("date")


def _never_null(expr: nodes.Expr) -> bool:
    return isinstance(expr, nodes.String | nodes.Number)


def _with(call: nodes.Call, **changes: object) -> nodes.Call:
    return replace(call, **changes)  # type: ignore[arg-type]
