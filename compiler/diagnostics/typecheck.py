"""OF03: expressions and queries whose types or places do not fit."""

from oftra.diagnostics.model import Diagnostic, Edit, Label, nearest
from oftra.source import NOWHERE, Span


class NoSignature(Diagnostic, code="OF0301"):
    """A function or operator is given types that it has no form for.

    Wrong:

        from values ('a', true) as t (x, y) |> select x + y as z

    Right:

        from values (1, 2) as t (x, y) |> select x + y as z
    """

    function: str
    types: tuple[str, ...]
    signatures: tuple[str, ...]
    name: str

    @property
    def title(self) -> str:
        given = ", ".join(f"`{type_}`" for type_ in self.types) or "nothing"
        return f"`{self.function}` does not take {given}"

    @property
    def help(self) -> str:
        shown = [f"`{signature}`" for signature in self.signatures]
        if len(shown) <= 3:
            return f"it takes {' or '.join(shown)}"
        return f"it takes {shown[0]}, {shown[1]} and more: `oftra functions {self.name}` lists all"


class Mismatch(Diagnostic, code="OF0302"):
    """A value of one type stands where another is needed.

    Wrong:

        from values (1) as t (x) |> where x

    Right:

        from values (1) as t (x) |> where x = 1
    """

    place: str
    wanted: str
    found: str

    @property
    def title(self) -> str:
        return f"{self.place} needs `{self.wanted}`, not `{self.found}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, f"this is `{self.found}`"),)

    @property
    def help(self) -> str:
        if self.wanted == "boolean":
            return "compare it with something: `... = ...`, `... is not null`"
        return f"convert it: `cast(... as {self.wanted})`"


class NoCommonType(Diagnostic, code="OF0303"):
    """Values that have to share a type have none in common.

    Conversions that are not asked for only widen: a number is never read from a string.

    Wrong:

        from values (1), ('a') as t (x)

    Right:

        from values ('1'), ('a') as t (x)
    """

    place: str
    left: str
    right: str

    @property
    def title(self) -> str:
        return f"{self.place} mixes `{self.left}` and `{self.right}`"

    @property
    def labels(self) -> tuple[Label, ...]:
        return (Label(self.span, f"this is `{self.right}`"),)

    @property
    def help(self) -> str:
        return f"convert one of them: `cast(... as {self.left})`"


class BadLiteral(Diagnostic, code="OF0304"):
    """The text of a literal is none of its type.

    Wrong:

        from values (date '2026-02-30') as t (day)

    Right:

        from values (date '2026-02-28') as t (day)
    """

    text: str
    type: str
    form: str

    @property
    def title(self) -> str:
        return f"`{self.text}` is no `{self.type}`"

    @property
    def help(self) -> str:
        return f"write it like {self.form}"


class BadCast(Diagnostic, code="OF0305"):
    """No value of the one type can be made into the other.

    Wrong:

        from values (date '2026-01-31') as t (day) |> select cast(day as boolean) as x

    Right:

        from values (date '2026-01-31') as t (day) |> select cast(day as string) as x
    """

    found: str
    wanted: str

    @property
    def title(self) -> str:
        return f"`{self.found}` can't be cast to `{self.wanted}`"

    @property
    def help(self) -> str | None:
        if self.found in ("double", "float") and self.wanted == "string":
            return "engines write doubles in different ways: say how, with `format(x, digits)`"
        return None


class NotStorable(Diagnostic, code="OF0306"):
    """A column's type is one that no relation can hold.

    An interval is only computed with; a bare `null` has no type at all.

    Wrong:

        view v = from values (1) as t (x) |> select x, null as y

    Right:

        view v = from values (1) as t (x) |> select x, cast(null as string) as y
    """

    column: str
    type: str

    @property
    def title(self) -> str:
        return f"column `{self.column}` has the type `{self.type}`, which can't be stored"

    @property
    def help(self) -> str:
        if self.type == "null":
            return "say of which type the null is: `cast(null as string)`"
        return "store a number (of days, of seconds) or the two times instead"


class MisplacedAggregate(Diagnostic, code="OF0307"):
    """An aggregate function stands where there is no group of rows.

    Wrong:

        from values (1) as t (x) |> where sum(x) > 1

    Right:

        from values (1) as t (x) |> aggregate sum(x) as total |> where total > 1
    """

    function: str
    place: str

    @property
    def title(self) -> str:
        return f"`{self.function}` needs a group of rows, and {self.place} has none"

    @property
    def help(self) -> str:
        return f"use `|> aggregate {self.function}(...) as ... group by ...`, or add `over (...)` for a window"


class MisplacedWindow(Diagnostic, code="OF0308"):
    """A window function stands where it can't: only `select` and `extend` compute them.

    Wrong:

        from values (1) as t (x) |> where row_number() over (order by x) = 1

    Right:

        from values (1) as t (x)
        |> extend row_number() over (order by x) as n
        |> where n = 1
    """

    function: str
    place: str

    @property
    def title(self) -> str:
        return f"the window function `{self.function}` can't stand in {self.place}"

    @property
    def help(self) -> str:
        return f"compute it before: `|> extend {self.function}(...) over (...) as n`"


class NotGrouped(Diagnostic, code="OF0309"):
    """A column is used beside aggregates, and is neither aggregated nor a key of the group.

    Wrong:

        from values (1, 2) as t (x, y) |> aggregate x + sum(y) as z

    Right:

        from values (1, 2) as t (x, y) |> aggregate sum(y) as z group by x
    """

    name: str

    @property
    def title(self) -> str:
        return f"`{self.name}` is neither aggregated nor grouped by"

    @property
    def help(self) -> str:
        return f"put it in an aggregate (`any_value({self.name})`), or after `group by`"


class ColumnCount(Diagnostic, code="OF0310"):
    """Rows that have to match have different numbers of columns.

    Wrong:

        from values (1, 2), (3) as t (x, y)

    Right:

        from values (1, 2), (3, 4) as t (x, y)
    """

    place: str
    wanted: int
    found: int

    @property
    def title(self) -> str:
        return f"{self.place} needs {self.wanted} column{'' if self.wanted == 1 else 's'}, and this has {self.found}"


class NotConstant(Diagnostic, code="OF0311"):
    """A value must be known when the program is compiled.

    Wrong:

        param most int = 5

        view v = from values (1) as t (x) |> limit most

    Right:

        view v = from values (1) as t (x) |> limit 5
    """

    place: str
    wanted: str

    @property
    def title(self) -> str:
        return f"{self.place} needs {self.wanted}"


class NumberTooLarge(Diagnostic, code="OF0312"):
    """A number has more digits than any exact type holds.

    Wrong:

        from values (123456789012345678901234567890123456789) as t (x)

    Right:

        from values (1.2345678901234568e38) as t (x)
    """

    text: str

    @property
    def title(self) -> str:
        return f"`{self.text}` has more than 38 digits"

    @property
    def help(self) -> str:
        return "write it as a double: `1.5e40`"


class UnknownType(Diagnostic, code="OF0313"):
    """A type is named that the language does not have.

    Wrong:

        contract c { x strng }

    Right:

        contract c { x string }
    """

    name: str
    available: tuple[str, ...]

    @property
    def _near(self) -> str | None:
        return ELSEWHERE.get(self.name) or nearest(self.name, self.available)

    @property
    def title(self) -> str:
        return f"unknown type `{self.name}`"

    @property
    def help(self) -> str:
        if self._near:
            return f"did you mean `{self._near}`?"
        return "the types are " + ", ".join(f"`{name}`" for name in self.available)

    @property
    def edit(self) -> Edit | None:
        return Edit(self.span, self._near) if self._near else None


ELSEWHERE = {
    "char": "string",
    "nvarchar": "string",
    "str": "string",
    "number": "decimal(38, 9)",
    "int2": "smallint",
    "int4": "int",
    "int8": "bigint",
    "int32": "int",
    "int64": "bigint",
    "float4": "float",
    "float8": "double",
    "float64": "double",
    "bytes": "binary",
    "bytea": "binary",
    "blob": "binary",
    "timestamptz": "timestamp",
    "timestamp_ltz": "timestamp",
    "timestamp_ntz": "datetime",
    "list": "array<string>",
    "jsonb": "json",
    "variant": "json",
}
"""Types by the names that other systems have for them."""


class BadTypeParameter(Diagnostic, code="OF0314"):
    """A type's numbers are not what it takes.

    Wrong:

        contract c { x decimal(40, 2) }

    Right:

        contract c { x decimal(38, 2) }
    """

    type: str
    rule: str

    @property
    def title(self) -> str:
        return f"`{self.type}` is no type: {self.rule}"


class NotGroupable(Diagnostic, code="OF0315"):
    """Values of this type can't be told equal or put in order on every engine.

    Wrong:

        from values (json '{}') as t (x) |> distinct

    Right:

        from values ('{}') as t (x) |> distinct
    """

    place: str
    type: str

    @property
    def title(self) -> str:
        return f"{self.place} can't compare values of type `{self.type}`"

    @property
    def help(self) -> str:
        return "compare a part of it, or cast it to a string first"


class BadConstant(Diagnostic, code="OF0316"):
    """An argument has to be a literal out of a few, or of one form.

    Wrong:

        from values (date '2026-01-31') as t (d) |> select date_trunc('fortnight', d) as x

    Right:

        from values (date '2026-01-31') as t (d) |> select date_trunc('week', d) as x
    """

    function: str
    parameter: str
    text: str | None
    allowed: tuple[str, ...]

    @property
    def title(self) -> str:
        if self.text is None:
            return f"`{self.parameter}` of `{self.function}` must be a literal"
        return f"`{self.text}` can't be the `{self.parameter}` of `{self.function}`"

    @property
    def help(self) -> str | None:
        if not self.allowed:
            return None
        if self.text is not None and (near := nearest(self.text, self.allowed)):
            return f"did you mean `'{near}'`?"
        return "it is one of " + ", ".join(f"`'{word}'`" for word in self.allowed)


class NotAWindowFunction(Diagnostic, code="OF0317"):
    """`over` stands after a function that looks at one row only.

    Wrong:

        from values ('a') as t (x) |> extend lower(x) over (order by x) as y

    Right:

        from values ('a') as t (x) |> extend lower(x) as y
    """

    function: str

    @property
    def title(self) -> str:
        return f"`{self.function}` looks at one row: it has no `over`"


class MissingOver(Diagnostic, code="OF0318"):
    """A window function is called without a window.

    Wrong:

        from values (1) as t (x) |> extend row_number() as n

    Right:

        from values (1) as t (x) |> extend row_number() over (order by x) as n
    """

    function: str

    @property
    def title(self) -> str:
        return f"`{self.function}` needs a window"

    @property
    def help(self) -> str:
        return f"write `{self.function}(...) over (partition by ... order by ...)`"


class MisplacedModifier(Diagnostic, code="OF0319"):
    """`distinct`, `filter`, `order by` or `ignore nulls` stands in the call of a function that has no use for it.

    Wrong:

        from values ('a') as t (x) |> select lower(distinct x) as y

    Right:

        from values ('a') as t (x) |> select distinct lower(x) as y
    """

    function: str
    modifier: str

    @property
    def title(self) -> str:
        return f"`{self.function}` takes no `{self.modifier}`"


class MoneyMeetsDouble(Diagnostic, code="OF0320", severity="warning"):
    """Exact decimals and inexact doubles meet in one column: it becomes a double, and cents may be lost.

    Wrong:

        from values (1.50), (2e0) as t (price)

    Right:

        from values (1.50), (2.00) as t (price)
    """

    place: str
    left: str
    right: str

    @property
    def title(self) -> str:
        return f"{self.place} mixes `{self.left}` with `{self.right}`: all become doubles"

    @property
    def help(self) -> str:
        return "cast one side, so that it is said which of the two is meant"


class BadInterval(Diagnostic, code="OF0321"):
    """An interval's unit is none, or its amount no whole number.

    Wrong:

        from values (date '2026-01-31') as t (d) |> select d + interval 2 fortnights as x

    Right:

        from values (date '2026-01-31') as t (d) |> select d + interval 4 weeks as x
    """

    unit: str
    available: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"`{self.unit}` is no unit of time"

    @property
    def help(self) -> str:
        if near := nearest(self.unit, self.available):
            return f"did you mean `{near}`?"
        return "the units are " + ", ".join(f"`{unit}`" for unit in self.available)


class WrongArity(Diagnostic, code="OF0322"):
    """A function that the program declares is called with too few or too many arguments.

    Wrong:

        function net(x int) = x * 2
        view v = from values (1) as t (a) |> select net(a, a) as b

    Right:

        function net(x int) = x * 2
        view v = from values (1) as t (a) |> select net(a) as b
    """

    function: str
    wanted: int
    found: int
    declared: Span = NOWHERE

    @property
    def title(self) -> str:
        plural = "" if self.wanted == 1 else "s"
        return f"`{self.function}` takes {self.wanted} argument{plural}, and is given {self.found}"

    @property
    def labels(self) -> tuple[Label, ...]:
        place = (Label(self.declared, "declared here"),) if self.declared is not NOWHERE else ()
        return (Label(self.span, ""), *place)


class MisplacedExpression(Diagnostic, code="OF0323"):
    """An expression stands where its form has no meaning.

    A lambda is only an argument of a function that takes one; a tuple only compares with tuples; `*` is only an item of
    `select` and the argument of `count`.

    Wrong:

        from values (1, 2) as t (x, y) |> select (x, y) as z

    Right:

        from values (1, 2) as t (x, y) |> select struct(x, y) as z
    """

    what: str
    advice: str

    @property
    def title(self) -> str:
        return f"{self.what} can't stand here"

    @property
    def help(self) -> str:
        return self.advice


class RecursiveFunction(Diagnostic, code="OF0324"):
    """A function calls itself, perhaps by way of others. Functions are put in place of their calls, so that has no end.

    Wrong:

        function f(x int) = f(x) + 1
        view v = from values (1) as t (a) |> select f(a) as b

    Right:

        function f(x int) = x + 1
        view v = from values (1) as t (a) |> select f(a) as b
    """

    name: str

    @property
    def title(self) -> str:
        return f"the function `{self.name}` calls itself"


class MissingCondition(Diagnostic, code="OF0325"):
    """A join does not say which rows belong together.

    Wrong:

        from values (1) as a (x) |> join (from values (1) as t (x)) as b

    Right:

        from values (1) as a (x) |> join (from values (1) as t (x)) as b using (x)
    """

    kind: str
    natural: bool = False

    @property
    def title(self) -> str:
        return "the two sides share no column" if self.natural else "this join has no condition"

    @property
    def help(self) -> str:
        if self.natural:
            return "`natural` equates columns of one name; say which belong together by `on a.x = b.y`"
        return "add `on a.x = b.x` or `using (x)`; each row with each is `cross join`"


class NothingAggregated(Diagnostic, code="OF0326"):
    """An item of `aggregate` or `pivot` aggregates nothing.

    Wrong:

        from values (1, 'a') as t (x, y) |> aggregate y, sum(x) as x group by y

    Right:

        from values (1, 'a') as t (x, y) |> aggregate sum(x) as x group by y
    """

    operator: str

    @property
    def title(self) -> str:
        return f"this item of `{self.operator}` aggregates nothing"

    @property
    def help(self) -> str:
        if self.operator == "aggregate":
            return "keys come first by themselves; what is computed from them goes into `extend`"
        return "say what to do with the rows of a value: `sum(x)`, `max(x)`, `count(*)`"


class NoColumnLeft(Diagnostic, code="OF0327"):
    """Every column is dropped, and rows of nothing are no relation.

    Wrong:

        from values (1) as t (x) |> drop x

    Right:

        from values (1) as t (x) |> aggregate count(*) as rows
    """

    @property
    def title(self) -> str:
        return "no column is left"


class NoVersions(Diagnostic, code="OF0328"):
    """A relation is joined as of a time, and does not tell since when its rows are valid, or of what they are versions.

    The first is said by `event time` in its contract, the second by the equations of the join.

    Wrong:

        contract rate { currency string, rate double, since timestamp }
        connection lake = files { root: 'lake', format: parquet }
        source rates: rate from lake { path: 'rates.parquet' }
        view paid = from values ('EUR', timestamp '2026-01-01 10:00:00Z') as t (currency, at)
        view worth =
          from paid
          |> join rates for system_time as of paid.at as r on r.currency = paid.currency
          |> select r.rate

    Right:

        contract rate { currency string, rate double, since timestamp event time }
        connection lake = files { root: 'lake', format: parquet }
        source rates: rate from lake { path: 'rates.parquet' }
        view paid = from values ('EUR', timestamp '2026-01-01 10:00:00Z') as t (currency, at)
        view worth =
          from paid
          |> join rates for system_time as of paid.at as r on r.currency = paid.currency
          |> select r.rate
    """

    relation: str
    lacks_time: bool

    @property
    def title(self) -> str:
        return f"`{self.relation}` has no versions that a time could choose from"

    @property
    def help(self) -> str:
        if self.lacks_time:
            return "mark the column that says since when a row is valid: `event time` in the contract"
        return "say of what the rows are versions: `on` or `using` has to equate a column of it"


class NotYet(Diagnostic, code="OF0390"):
    """A form that the language has reserved, and that this version reads but can't compile.

    Wrong:

        view v = from values (1) as t (x)
        table t in lake { refresh: history } = from v
        connection lake = files { root: 'lake' }

    Right:

        view v = from values (1) as t (x)
        table t in lake { refresh: full } = from v
        connection lake = files { root: 'lake' }
    """

    form: str
    instead: str | None = None

    @property
    def title(self) -> str:
        return f"{self.form}: not yet"

    @property
    def help(self) -> str | None:
        return self.instead
