"""What reading any expression of a dialect needs: its parts, nothing overlooked, keys to sort by, windows."""

from abc import abstractmethod
from collections.abc import Callable

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from oftra.importing.left import Left, named
from oftra.importing.sql_function import SCALARS, UNITS, WINDOWS
from oftra.syntax import nodes

_USUAL = frozenset({"this", "expression", "expressions", "typed", "safe", "big_int", "is_string", "quoted"})
_TAKEN: dict[type[exp.Expr], frozenset[str]] = {
    exp.Column: frozenset({"table", "db", "catalog"}),
    exp.Between: frozenset({"low", "high"}),
    exp.In: frozenset({"query"}),
    exp.Case: frozenset({"ifs", "default"}),
    exp.If: frozenset({"true", "false"}),
    exp.Interval: frozenset({"unit"}),
    exp.Cast: frozenset({"to"}),
    exp.TryCast: frozenset({"to", "requires_string"}),
    exp.Like: frozenset({"negate"}),
    exp.ILike: frozenset({"negate"}),
    exp.Concat: frozenset({"coalesce"}),
    exp.ConcatWs: frozenset({"coalesce"}),
    exp.Trim: frozenset({"position"}),
    exp.Window: frozenset({"partition_by", "order", "spec", "over", "alias"}),
    exp.GroupConcat: frozenset({"separator"}),
    exp.Bracket: frozenset({"offset"}),
    exp.Ordered: frozenset({"desc", "nulls_first"}),
    exp.WindowSpec: frozenset({"kind", "start", "start_side", "end", "end_side"}),
    exp.ArrayAgg: frozenset({"nulls_excluded"}),
    exp.Subquery: frozenset({"alias"}),
    exp.Coalesce: frozenset({"is_nvl", "is_null"}),
}
"""What is read of an expression beside what all have. Whatever else is said in one, it can't be taken over."""


class Reading:
    """Says expressions of a dialect. `query` says a query inside one.

    `integers` are names of columns that are integers wherever they are known, `others` those that are something else
    somewhere; `required` are those that are never null. `doubts` collects what may mean something else here.
    """

    def __init__(self, dialect: str, query: Callable[[exp.Expr], nodes.Query]) -> None:
        self.dialect = dialect
        self.base = Dialect.get_or_raise(dialect)
        self.query = query
        self.integers: set[str] = set()
        self.others: set[str] = set()
        self.required: set[str] = set()
        self.doubts: list[str] = []

    def sql(self, expr: exp.Expr) -> str:
        """The expression as text, for people."""
        text = " ".join(expr.sql(comments=False).split())
        return text if len(text) <= 60 else f"{text[:57]}..."

    def each(self, exprs: list[exp.Expr]) -> tuple[nodes.Expr, ...]:
        return tuple([self.expr(one) for one in exprs])

    @abstractmethod
    def expr(self, expr: exp.Expr) -> nodes.Expr:
        """`expr` in the language; raises `Left` if a part of it has no counterpart."""

    def nothing_else(self, expr: exp.Expr, *taken: str) -> None:
        """Raise `Left` if `expr` says more than what is read of it."""
        fields = SCALARS.get(type(expr)) or WINDOWS.get(type(expr)) or ("", ())
        known = _USUAL | _TAKEN.get(type(expr), frozenset()) | set(fields[1]) | {"unit", *taken}
        for name, value in expr.args.items():
            if value and name not in known:
                raise Left(f"`{name.rstrip('_').replace('_', ' ')}` in `{self.sql(expr)}`")

    def interval(self, expr: exp.Interval) -> nodes.Expr:
        unit = expr.text("unit").lower().removesuffix("s")
        amount = expr.this
        if unit not in UNITS or amount is None:
            raise Left(f"`{self.sql(expr)}`")
        if isinstance(amount, exp.Literal):
            return nodes.Interval(nodes.Number(amount.name), unit + ("" if amount.name == "1" else "s"))
        return nodes.Interval(self.expr(amount), f"{unit}s")

    def over(self, window: exp.Expr) -> nodes.Over:
        """What stands after `over`, and a named window."""
        base = window.args.get("alias")
        order = window.args.get("order")
        spec = window.args.get("spec")
        return nodes.Over(
            named(base.name) if base is not None else None,
            self.each(window.args.get("partition_by") or []),
            self.sort_keys(order.expressions) if order is not None else (),
            self._frame(spec) if spec is not None else None,
        )

    def _frame(self, spec: exp.WindowSpec) -> nodes.Frame:
        self.nothing_else(spec)
        unit = str(spec.args.get("kind") or "rows").lower()
        if unit not in ("rows", "range", "groups"):
            raise Left(f"a frame of `{unit}`")
        start = self._bound(spec.args.get("start"), spec.args.get("start_side"))
        end = spec.args.get("end")
        return nodes.Frame(
            unit,  # type: ignore[arg-type]
            start,
            self._bound(end, spec.args.get("end_side")) if end is not None else None,
        )

    def _bound(self, value: exp.Expr | str | None, side: str | None) -> nodes.FrameBound:
        if value == "CURRENT ROW":
            return nodes.FrameBound("current row")
        kind = "following" if str(side or "preceding").lower() == "following" else "preceding"
        return nodes.FrameBound(kind, self.expr(value) if isinstance(value, exp.Expr) else None)  # type: ignore[arg-type]

    def sort_keys(self, keys: list[exp.Expr]) -> tuple[nodes.SortKey, ...]:
        """Keys to sort by; where nulls go is said if they would go elsewhere here."""
        made = []
        for key in keys:
            ordered = key if isinstance(key, exp.Ordered) else exp.Ordered(this=key)
            self.nothing_else(ordered)
            descending = bool(ordered.args.get("desc"))
            nulls_first = bool(ordered.args.get("nulls_first"))
            expr = self.expr(ordered.this)
            usual = nulls_first != descending or self.never_null(expr)
            nulls = None if usual else "first" if nulls_first else "last"
            made.append(nodes.SortKey(expr, "desc" if descending else None, nulls))  # type: ignore[arg-type]
        return tuple(made)

    def never_null(self, expr: nodes.Expr) -> bool:
        """Whether a key is a column that is declared not null wherever it is known."""
        match expr:
            case nodes.Column(name) | nodes.Member(nodes.Column(), name):
                return name.text in self.required
            case _:
                return False
