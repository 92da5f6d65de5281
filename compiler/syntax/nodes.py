"""The syntax tree: what was written, in the order in which it was written, with a span for each node.

One class a form. Three closed unions hold them together: `Expr`, `Operator` and `Declaration`. Nothing here knows what
a name means or which type an expression has. Spans never take part in equality: trees are equal if they say the same.
The tree's JSON form (`tree.py`) is a public, versioned format; a renamed class or field is a new version of it.
"""

from dataclasses import field
from typing import Literal, TypeAlias

from oftra.node import node
from oftra.source import NOWHERE, Span


def luggage() -> Span:
    """The span field of a node: carried along, never compared."""
    return field(default=NOWHERE, compare=False, repr=False, kw_only=True)


# --- names and types --------------------------------------------------------------------------------------------------


@node
class Name:
    """One word that names something; `quoted` if it stood in backticks."""

    text: str
    quoted: bool = field(default=False, compare=False)
    span: Span = luggage()


@node
class Path:
    """The name of a relation or function, perhaps with its folders: `finance.orders`."""

    parts: tuple[Name, ...]
    span: Span = luggage()

    @property
    def text(self) -> str:
        """The path as it is written without quotes: parts joined by dots."""
        return ".".join(part.text for part in self.parts)


@node
class SimpleType:
    """`int`, `decimal(10, 2)`, `varchar(20)`: a word in lower case and its numbers."""

    name: str
    numbers: tuple[int, ...] = ()
    span: Span = luggage()


@node
class ArrayType:
    """`array<element>`."""

    element: "Type"
    span: Span = luggage()


@node
class MapType:
    """`map<key, value>`."""

    key: "Type"
    value: "Type"
    span: Span = luggage()


@node
class StructType:
    """`struct<name: type, ...>`."""

    fields: tuple[tuple[Name, "Type"], ...]
    span: Span = luggage()


Type: TypeAlias = SimpleType | ArrayType | MapType | StructType


# --- expressions ------------------------------------------------------------------------------------------------------


@node
class Number:
    """A number as written: `42`, `1.50`, `1e9`."""

    text: str
    span: Span = luggage()


@node
class String:
    """A string. `value` is what it means; `raw` is the tag of a `$tag$...$tag$` text ('' for `$$`), None in quotes."""

    value: str
    raw: str | None = None
    span: Span = luggage()


@node
class Boolean:
    """`true` or `false`."""

    value: bool
    span: Span = luggage()


@node
class Null:
    """`null`."""

    span: Span = luggage()


@node
class TypedLiteral:
    """A literal that begins with its type: `date '2026-01-31'`, `x'00ff'`, `json '{}'`. `type` in lower case."""

    type: Literal["date", "timestamp", "datetime", "x", "json"]
    text: str
    span: Span = luggage()


@node
class Interval:
    """`interval 5 minutes`, `interval n days`, `interval (n + 1) days`. `unit` as written, in lower case."""

    amount: "Expr"
    unit: str
    span: Span = luggage()


@node
class Column:
    """A single word used as a value: a column, an alias, a parameter or (in properties) a choice."""

    name: Name
    span: Span = luggage()


@node
class Member:
    """`operand.name`: a column of an alias, a field of a struct, or a part of a path; only names tell which."""

    operand: "Expr"
    name: Name
    span: Span = luggage()


@node
class Index:
    """`operand[index]`."""

    operand: "Expr"
    index: "Expr"
    span: Span = luggage()


@node
class Star:
    """`*` or `t.*`, in `select` with `except (...)` and `replace (...)`; also the argument of `count(*)`."""

    qualifier: Name | None = None
    excluded: tuple[Name, ...] = ()
    replaced: tuple["Item", ...] = ()
    span: Span = luggage()


@node
class Item:
    """An expression and its name, if it has one: an item of `select`, `extend`, `aggregate`, `group by`, `struct(...)`.

    `direction` only in `group and order by`.
    """

    expr: "Expr"
    name: Name | None = None
    direction: Literal["asc", "desc"] | None = None
    span: Span = luggage()


@node
class SortKey:
    """An expression of an `order by`."""

    expr: "Expr"
    direction: Literal["asc", "desc"] | None = None
    nulls: Literal["first", "last"] | None = None
    span: Span = luggage()


@node
class FrameBound:
    """One end of a window frame. `offset` only with `preceding` and `following`; None there means unbounded."""

    kind: Literal["preceding", "current row", "following"]
    offset: "Expr | None" = None
    span: Span = luggage()


@node
class Frame:
    """`rows|range|groups between start and end`; `end` is None where only a start was written."""

    unit: Literal["rows", "range", "groups"]
    start: FrameBound
    end: FrameBound | None = None
    exclude: Literal["current row", "group", "ties", "no others"] | None = None
    span: Span = luggage()


@node
class Over:
    """`over (base partition by ... order by ... frame)`; `over name` is a `base` and nothing else."""

    base: Name | None = None
    partition_by: tuple["Expr", ...] = ()
    order_by: tuple[SortKey, ...] = ()
    frame: Frame | None = None
    span: Span = luggage()


@node
class Call:
    """`function(arguments)`, scalar, aggregate or window: which one, the function's name decides.

    An argument is an expression, a `Star` (only in `count(*)`) or, where it was given a name, an `Item`
    (`struct(1 as a)`). `nulls` is `ignore nulls` or `respect nulls`.
    """

    function: Path
    arguments: tuple["Expr | Star | Item", ...] = ()
    distinct: bool = False
    order_by: tuple[SortKey, ...] = ()
    nulls: Literal["ignore", "respect"] | None = None
    filter: "Expr | None" = None
    over: Over | None = None
    span: Span = luggage()


@node
class Unary:
    """`not e`, `- e`, `+ e`, `~ e`."""

    operator: Literal["not", "-", "+", "~"]
    operand: "Expr"
    span: Span = luggage()


BinaryOperator: TypeAlias = Literal[
    "or", "and", "=", "<>", "<", "<=", ">", ">=", "||", "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"
]


@node
class Binary:
    """`left operator right`; `!=` is read as `<>`."""

    operator: BinaryOperator
    left: "Expr"
    right: "Expr"
    span: Span = luggage()


@node
class Is:
    """`operand is [not] null|true|false`."""

    operand: "Expr"
    what: Literal["null", "true", "false"]
    negated: bool = False
    span: Span = luggage()


@node
class IsDistinct:
    """`left is [not] distinct from right`."""

    left: "Expr"
    right: "Expr"
    negated: bool = False
    span: Span = luggage()


@node
class In:
    """`operand [not] in (items)`."""

    operand: "Expr"
    items: tuple["Expr", ...]
    negated: bool = False
    span: Span = luggage()


@node
class InQuery:
    """`operand [not] in (query)`."""

    operand: "Expr"
    query: "Query"
    negated: bool = False
    span: Span = luggage()


@node
class Between:
    """`operand [not] between low and high`."""

    operand: "Expr"
    low: "Expr"
    high: "Expr"
    negated: bool = False
    span: Span = luggage()


@node
class Like:
    """`operand [not] like pattern [escape escape]`."""

    operand: "Expr"
    pattern: "Expr"
    escape: "Expr | None" = None
    negated: bool = False
    span: Span = luggage()


@node
class Case:
    """`case [operand] when ... then ... [else ...] end`."""

    operand: "Expr | None"
    branches: tuple[tuple["Expr", "Expr"], ...]
    otherwise: "Expr | None" = None
    span: Span = luggage()


@node
class Cast:
    """`cast(operand as type)` or, with `safe`, `try_cast(operand as type)`."""

    operand: "Expr"
    type: Type
    safe: bool = False
    span: Span = luggage()


@node
class Extract:
    """`extract(part from operand)`; `part` in lower case."""

    part: str
    operand: "Expr"
    span: Span = luggage()


@node
class Array:
    """`[items]`."""

    items: tuple["Expr", ...]
    span: Span = luggage()


@node
class Tuple:
    """`(a, b)`, two items or more."""

    items: tuple["Expr", ...]
    span: Span = luggage()


@node
class Lambda:
    """`x -> body`, `(k, v) -> body`."""

    parameters: tuple[Name, ...]
    body: "Expr"
    span: Span = luggage()


@node
class Subquery:
    """`(query)` as a scalar."""

    query: "Query"
    span: Span = luggage()


@node
class Exists:
    """`exists (query)`."""

    query: "Query"
    span: Span = luggage()


@node
class Parenthesised:
    """`(operand)` as written: kept for the formatter, without meaning of its own."""

    operand: "Expr"
    span: Span = luggage()


@node
class BrokenExpr:
    """Where an expression should be and could not be read; a diagnostic says why."""

    span: Span = luggage()


Expr: TypeAlias = (
    Number | String | Boolean | Null | TypedLiteral | Interval | Column | Member | Index | Call | Unary | Binary | Is
    | IsDistinct | In | InQuery | Between | Like | Case | Cast | Extract | Array | Tuple | Lambda | Subquery | Exists
    | Parenthesised | BrokenExpr
)  # fmt: skip


# --- relations in `from` and `join` -----------------------------------------------------------------------------------


@node
class TableRef:
    """A relation by name."""

    path: Path
    alias: Name | None = None
    span: Span = luggage()


@node
class ColumnDef:
    """A column of `values ... as t (x, y int)`: a name and perhaps a type."""

    name: Name
    type: Type | None = None
    span: Span = luggage()


@node
class QueryRef:
    """`(query) as alias (x, y)`; `lateral` where it may refer to the columns before it."""

    query: "Query"
    alias: Name | None = None
    lateral: bool = False
    columns: tuple[ColumnDef, ...] = ()
    span: Span = luggage()


@node
class Values:
    """`values (0, 'a'), (1, 'b') as t (x, y)`."""

    rows: tuple[tuple[Expr, ...], ...]
    alias: Name | None = None
    columns: tuple[ColumnDef, ...] = ()
    span: Span = luggage()


@node
class Unnest:
    """`unnest(array) [as alias] [with offset [as i]]`. `offset` names the position's column, None without one."""

    array: Expr
    alias: Name | None = None
    offset: Name | None = None
    span: Span = luggage()


@node
class JoinedRef:
    """`(a join b on ...)`: relations that are joined before others join them. Their aliases stay in reach."""

    first: "Ref"
    joins: tuple["Join", ...]
    span: Span = luggage()


Ref: TypeAlias = TableRef | QueryRef | Values | Unnest | JoinedRef


# --- operators --------------------------------------------------------------------------------------------------------


@node
class From:
    """`from a, b`: the start of a query. Several refs are a cross join."""

    refs: tuple[Ref, ...]
    span: Span = luggage()


@node
class Where:
    """`|> where condition`."""

    condition: Expr
    span: Span = luggage()


@node
class Select:
    """`|> select [distinct] items [group by keys] [window name as (spec), ...]`."""

    items: tuple[Item | Star, ...]
    distinct: bool = False
    group_by: tuple["Item | GroupingSets", ...] = ()
    windows: tuple[tuple[Name, Over], ...] = ()
    span: Span = luggage()


@node
class Extend:
    """`|> extend items`."""

    items: tuple[Item | Star, ...]
    span: Span = luggage()


@node
class Set:
    """`|> set column = expr, ...`."""

    assignments: tuple[tuple[Name, Expr], ...]
    span: Span = luggage()


@node
class Drop:
    """`|> drop columns`: by their names, or by those behind an alias."""

    columns: tuple[Name | Path, ...]
    span: Span = luggage()


@node
class Rename:
    """`|> rename old as new, ...`."""

    pairs: tuple[tuple[Name, Name], ...]
    span: Span = luggage()


@node
class As:
    """`|> as alias`."""

    alias: Name
    span: Span = luggage()


@node
class GroupingSets:
    """`grouping sets ((a, b), a, ())`, `rollup (a, b)` or `cube (a, b)` inside `group by`."""

    kind: Literal["grouping sets", "rollup", "cube"]
    sets: tuple[tuple[Item, ...], ...]
    span: Span = luggage()


@node
class Aggregate:
    """`|> aggregate items [group [and order] by keys]`."""

    items: tuple[Item, ...]
    keys: tuple[Item | GroupingSets, ...] = ()
    ordered: bool = False
    span: Span = luggage()


@node
class Join:
    """`|> [natural] [kind] join ref [on condition | using (columns)] [ttl interval]`.

    `as_of` is the time of `join R for system_time as of t.time as r`.
    """

    kind: Literal["inner", "left", "right", "full", "cross", "semi", "anti"]
    ref: Ref
    condition: Expr | None = None
    using: tuple[Name, ...] = ()
    as_of: Expr | None = None
    ttl: Expr | None = None
    natural: bool = False
    span: Span = luggage()


@node
class SetOperation:
    """`|> union|intersect|except [all|distinct] [by name] (query), ...`. `quantifier` is None if none was written."""

    kind: Literal["union", "intersect", "except"]
    queries: tuple["Query", ...]
    quantifier: Literal["all", "distinct"] | None = None
    by_name: bool = False
    span: Span = luggage()


@node
class OrderBy:
    """`|> order by keys`."""

    keys: tuple[SortKey, ...]
    span: Span = luggage()


@node
class Limit:
    """`|> limit count [offset skip]`; the word `all` as count is a column, as it is written."""

    count: Expr
    skip: Expr | None = None
    span: Span = luggage()


@node
class Distinct:
    """`|> distinct`."""

    span: Span = luggage()


@node
class TableSample:
    """`|> tablesample (amount percent|rows) [repeatable (seed)]`."""

    amount: Expr
    unit: Literal["percent", "rows"]
    seed: Expr | None = None
    span: Span = luggage()


@node
class Pivot:
    """`|> pivot (aggregates for column in (values))`."""

    aggregates: tuple[Item, ...]
    column: Expr
    values: tuple[Item, ...]
    alias: Name | None = None
    span: Span = luggage()


@node
class Unpivot:
    """`|> unpivot [include nulls] (values for name in (columns))`; `nulls` tells whether rows of nulls stay."""

    values: tuple[Name, ...]
    name: Name
    columns: tuple[Item, ...]
    nulls: bool = False
    alias: Name | None = None
    span: Span = luggage()


@node
class CallOperator:
    """`|> call f(arguments) [partition by keys]`: tumble, hop, cumulate, session, or a function over relations."""

    function: Path
    arguments: tuple[Expr, ...]
    partition_by: tuple[Expr, ...] = ()
    alias: Name | None = None
    span: Span = luggage()


@node
class OnViolation:
    """`on violation fail|drop|warn|quarantine [into NAME [in CONNECTION]]`; also `on invalid ...` of a source."""

    action: Literal["fail", "drop", "warn", "quarantine"]
    into: Name | None = None
    connection: Path | None = None
    span: Span = luggage()


@node
class Assert:
    """`|> assert condition as name [on violation ...]`."""

    condition: Expr
    name: Name
    on_violation: OnViolation | None = None
    span: Span = luggage()


@node
class WindowClause:
    """`|> window name as (spec), ...`: windows that `over name` refers to; also the clause of `select`."""

    windows: tuple[tuple[Name, Over], ...]
    span: Span = luggage()


@node
class MatchRecognize:
    """`|> match_recognize (...)` (later): its text is kept, not read."""

    text: str
    span: Span = luggage()


@node
class BrokenOperator:
    """A `|>` whose operator could not be read."""

    span: Span = luggage()


Operator: TypeAlias = (
    Where | Select | Extend | Set | Drop | Rename | As | Aggregate | Join | SetOperation | OrderBy | Limit | Distinct
    | TableSample | Pivot | Unpivot | CallOperator | Assert | WindowClause | MatchRecognize | BrokenOperator
)  # fmt: skip


# --- queries ----------------------------------------------------------------------------------------------------------


@node
class SelectQuery:
    """Standard SQL's `select ... from ... where ... group by ... having ... qualify ... order by ... limit`."""

    items: tuple[Item | Star, ...]
    distinct: bool = False
    source: From | None = None
    joins: tuple[Join, ...] = ()
    where: Expr | None = None
    group_by: tuple[Item | GroupingSets, ...] = ()
    having: Expr | None = None
    windows: tuple[tuple[Name, Over], ...] = ()
    qualify: Expr | None = None
    span: Span = luggage()


@node
class CompoundQuery:
    """`(left) union|intersect|except [all|distinct] [by name] (right)`, standard SQL's set operation.

    `left` and `right` are each a parenthesised query or a `select`; `(query)` alone has no node of its own.
    """

    kind: Literal["union", "intersect", "except"]
    left: "Query"
    right: "Query"
    quantifier: Literal["all", "distinct"] | None = None
    by_name: bool = False
    span: Span = luggage()


@node
class CommonTable:
    """`name [(columns)] as (query)` of a `with`."""

    name: Name
    query: "Query"
    columns: tuple[Name, ...] = ()
    span: Span = luggage()


@node
class Query:
    """A start and the operators that its rows go through. `with` names queries for use inside it.

    A standard query's `order by` and `limit` are operators too, the first of `operators`: that is what they mean.
    """

    start: "From | SelectQuery | CompoundQuery | Query | BrokenOperator"
    operators: tuple[Operator, ...] = ()
    common: tuple[CommonTable, ...] = ()
    recursive: bool = False
    span: Span = luggage()


# --- declarations -----------------------------------------------------------------------------------------------------


@node
class Properties:
    """`{ name: value, ... }`, also inside one another."""

    items: tuple["Property", ...] = ()
    span: Span = luggage()

    def get(self, name: str) -> "Property | None":
        """The property called `name`, None if there is none."""
        return next((item for item in self.items if item.name.text == name), None)


@node
class Property:
    """`name: value`. A single word as value is a `Column`."""

    name: Name
    value: Expr | Properties
    span: Span = luggage()


@node
class References:
    """`references RELATION (column)`."""

    relation: Path
    columns: tuple[Name, ...] = ()
    span: Span = luggage()


@node
class Check:
    """`check (condition) [as name] [on violation ...]`, of a column or of a whole contract."""

    condition: Expr
    name: Name | None = None
    on_violation: OnViolation | None = None
    span: Span = luggage()


@node
class Watermark:
    """`watermark interval [on late drop | into NAME [in CONNECTION]]`. `delay` is an `Interval`."""

    delay: Expr
    late: Literal["drop", "into"] | None = None
    into: Name | None = None
    connection: Path | None = None
    span: Span = luggage()


@node
class ContractColumn:
    """`name type [not null] [primary key] [unique] [references ...] [check (...)] [default e] [pii 'kind'] ...`."""

    name: Name
    type: Type
    not_null: bool = False
    primary_key: bool = False
    unique: bool = False
    references: References | None = None
    checks: tuple[Check, ...] = ()
    default: Expr | None = None
    pii: str | None = None
    event_time: bool = False
    watermark: Watermark | None = None
    path: str | None = None
    description: str | None = field(default=None)
    span: Span = luggage()


@node
class KeyRule:
    """`primary key (columns)` or `unique (columns)`, of a whole contract."""

    kind: Literal["primary key", "unique"]
    columns: tuple[Name, ...]
    span: Span = luggage()


ContractItem: TypeAlias = ContractColumn | KeyRule | Check | Property


@node
class Contract:
    """`contract NAME { items }`."""

    name: Name
    items: tuple[ContractItem, ...] = ()
    description: str | None = None
    span: Span = luggage()


@node
class Connection:
    """`connection NAME = kind { properties }`."""

    name: Name
    kind: Name
    properties: Properties
    description: str | None = None
    span: Span = luggage()


@node
class Source:
    """`source NAME: CONTRACT from CONNECTION { properties } [on invalid ...]`."""

    name: Name
    contract: Path
    connection: Path
    properties: Properties
    on_invalid: OnViolation | None = None
    description: str | None = None
    span: Span = luggage()


@node
class RawQuery:
    """`raw ENGINE (inputs) $$ ... {input} ... $$`."""

    engine: Name
    inputs: tuple[Path, ...]
    text: String
    span: Span = luggage()


@node
class View:
    """`view NAME [: CONTRACT] = query`."""

    name: Name
    query: Query | RawQuery
    contract: Path | None = None
    properties: Properties = Properties()
    description: str | None = None
    span: Span = luggage()


@node
class Table:
    """`table NAME [: CONTRACT] [in CONNECTION] { properties } = query`. `delete_when` stands among the properties."""

    name: Name
    query: Query
    contract: Path | None = None
    connection: Path | None = None
    properties: Properties = Properties()
    delete_when: Expr | None = None
    description: str | None = None
    span: Span = luggage()


@node
class Sink:
    """`sink NAME from RELATION into CONNECTION { properties }`."""

    name: Name
    relation: Path
    connection: Path
    properties: Properties
    description: str | None = None
    span: Span = luggage()


@node
class RelationType:
    """`relation { id bigint, at timestamp, ... }`: what a function over relations takes; `open` if it ends in `...`."""

    columns: tuple[ColumnDef, ...]
    open: bool = False
    span: Span = luggage()


@node
class Parameter:
    """A parameter of a function, with an optional default."""

    name: Name
    type: Type | RelationType
    default: Expr | None = None
    span: Span = luggage()


@node
class EngineBody:
    """`on ENGINE $$ ... {x} ... $$`: a function in one engine's own words."""

    engine: Name
    text: String
    span: Span = luggage()


@node
class PythonBody:
    """`from python { file: ..., name: ... }` (later)."""

    properties: Properties
    span: Span = luggage()


@node
class Function:
    """`function NAME(parameters) [: type] = body` or `... { on ENGINE $$...$$, ... }`."""

    name: Name
    parameters: tuple[Parameter, ...]
    body: Expr | Query | tuple[EngineBody, ...] | PythonBody
    returns: Type | RelationType | None = None
    description: str | None = None
    span: Span = luggage()


@node
class Param:
    """`param NAME type [= default]`."""

    name: Name
    type: Type
    default: Expr | None = None
    description: str | None = None
    span: Span = luggage()


@node
class Model:
    """`model NAME(parameters) returns TYPE from CONNECTION { properties }` (later)."""

    name: Name
    parameters: tuple[Parameter, ...]
    returns: Type
    connection: Path
    properties: Properties
    description: str | None = None
    span: Span = luggage()


@node
class Work:
    """`shell $$ ... $$`, `sql ENGINE $$ ... $$` or `python { options }`: what a task does."""

    kind: Name
    text: String | None = None
    engine: Name | None = None
    options: Properties = Properties()
    span: Span = luggage()


@node
class Task:
    """`task NAME { properties } = work`."""

    name: Name
    work: Work
    properties: Properties = Properties()
    description: str | None = None
    span: Span = luggage()


@node
class Require:
    """`require condition else action` of a pipeline; `retry source` also says what is brought again."""

    condition: Expr
    action: Literal["stop", "skip", "alert", "retry"]
    again: Path | None = None
    span: Span = luggage()


@node
class Pipeline:
    """`pipeline NAME { properties, require ... }`; `items` in the order written."""

    name: Name
    items: tuple[Property | Require, ...] = ()
    description: str | None = None
    span: Span = luggage()


@node
class TestRow:
    """One row of a test's table: `| 'a' | 7 |`."""

    cells: tuple[Expr, ...]
    span: Span = luggage()


@node
class Given:
    """`given RELATION` and its rows: the first row names the columns."""

    relation: Path
    columns: tuple[Name, ...] = ()
    rows: tuple[TestRow, ...] = ()
    span: Span = luggage()


@node
class GivenValue:
    """`given param NAME = e` (`kind` param) or `given run.start = e` (`kind` run, `name` start or end)."""

    kind: Literal["param", "run"]
    name: Name
    value: Expr
    span: Span = luggage()


@node
class Advance:
    """`advance SOURCE to 'time'`; rows below it go on under the last header of that source."""

    relation: Path
    time: Expr
    rows: tuple[TestRow, ...] = ()
    span: Span = luggage()


@node
class Expect:
    """`expect RELATION` and the rows it must give."""

    relation: Path
    columns: tuple[Name, ...] = ()
    rows: tuple[TestRow, ...] = ()
    span: Span = luggage()


@node
class Test:
    """`test 'what it shows' { given ... expect ... }`."""

    title: str
    steps: tuple[Given | GivenValue | Advance | Expect, ...] = ()
    description: str | None = None
    span: Span = luggage()


@node
class BrokenDeclaration:
    """A declaration that could not be read; `keyword` and `name` as far as they were."""

    keyword: str | None = None
    name: Name | None = None
    span: Span = luggage()


Declaration: TypeAlias = (
    Contract | Connection | Source | View | Table | Sink | Function | Param | Model | Task | Pipeline | Test
    | BrokenDeclaration
)  # fmt: skip


@node
class Comment:
    """`-- ...` or `/* ... */`, as written; comments live beside the tree, found again by their offset.

    `own_line` if nothing stands before it on its line, `gap` if an empty line follows it. `follows` is where the last
    thing before it (commas aside) ends.
    """

    text: str
    own_line: bool = True
    gap: bool = False
    follows: int = 0
    span: Span = luggage()


@node
class File:
    """A whole file. `comments` in order of place; they take no part in equality."""

    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...] = field(default=(), compare=False, repr=False)
    span: Span = luggage()
