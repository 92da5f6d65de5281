"""A small tree of Python for all that generates Python: what will be written, with every decision already taken.

Names, strings and comments are kept as plain values; quoting, escaping, parentheses and line breaks are the printer's
business (`write`). The tree holds what parses on Python 3.8.
"""

from typing import Literal, TypeAlias

from oftra.ir.expr import luggage
from oftra.node import node
from oftra.source import Span
from oftra.targets.python.text import AssignText as AssignText


@node
class Name:
    """A name, or one of the words `None`, `True`, `False`, `...`."""

    id: str


@node
class Number:
    """A number without a sign, as Python writes it: `1`, `1.5`, `1e-05`."""

    text: str


@node
class String:
    """A string."""

    value: str


@node
class Bytes:
    """Bytes."""

    value: bytes


@node
class Formatted:
    """An f-string: texts and values in turn. A value is made of names, attributes, subscripts and numbers alone."""

    parts: tuple["str | Expr", ...]


@node
class Attribute:
    """`value.name`."""

    value: "Expr"
    name: str


@node
class Keyword:
    """An argument by name: `name=value`."""

    name: str
    value: "Expr"


@node
class Starred:
    """`*value` or `**value`, as an argument or an item of a list."""

    value: "Expr"
    stars: Literal["*", "**"] = "*"


@node
class Call:
    """`function(arguments)`. If it is `exploded`, each argument has a line of its own even where all would fit."""

    function: "Expr"
    arguments: tuple["Expr | Keyword | Starred", ...] = ()
    exploded: bool = False


@node
class Subscript:
    """`value[items]`; several items are a tuple: `Dict[str, int]`."""

    value: "Expr"
    items: tuple["Expr", ...]


@node
class Unary:
    """An operator before its operand."""

    operator: Literal["-", "+", "~", "not"]
    operand: "Expr"


BinaryOperator = Literal["|", "^", "&", "<<", ">>", "+", "-", "*", "@", "/", "//", "%"]
Comparator = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"]


@node
class Binary:
    """An operator between two operands."""

    operator: BinaryOperator
    left: "Expr"
    right: "Expr"


@node
class Compare:
    """A comparison of two operands."""

    operator: Comparator
    left: "Expr"
    right: "Expr"


@node
class Logic:
    """`a and b and ...`, or with `or`: two operands or more."""

    operator: Literal["and", "or"]
    operands: tuple["Expr", ...]


@node
class ListOf:
    """`[a, b]`."""

    items: tuple["Expr | Starred", ...] = ()
    exploded: bool = False


@node
class TupleOf:
    """`(a, b)`."""

    items: tuple["Expr | Starred", ...] = ()
    exploded: bool = False


@node
class SetOf:
    """`{a, b}`: one item or more."""

    items: tuple["Expr", ...]


@node
class DictOf:
    """`{key: value}`."""

    entries: tuple[tuple["Expr", "Expr"], ...] = ()
    exploded: bool = False


@node
class Lambda:
    """`lambda parameters: body`."""

    parameters: tuple[str, ...]
    body: "Expr"


@node
class Comprehension:
    """`[element for targets in iterable if condition]`; a dict's has a `key`, a generator's is an only argument."""

    brackets: Literal["[", "{", "("]
    element: "Expr"
    targets: tuple[str, ...]
    iterable: "Expr"
    conditions: tuple["Expr", ...] = ()
    key: "Expr | None" = None


@node
class Marked:
    """An expression that comes from `span` of the program."""

    expr: "Expr"
    span: Span


Expr: TypeAlias = (
    Name | Number | String | Bytes | Formatted | Attribute | Call | Subscript | Unary | Binary | Compare | Logic
    | ListOf | TupleOf | SetOf | DictOf | Lambda | Comprehension | Marked
)  # fmt: skip


# ------------------------------------------------------------------------------------------------------- statements


@node
class Import:
    """`import module`, or `import module as alias`."""

    module: str
    alias: str | None = None


@node
class ImportFrom:
    """`from module import name, name as alias`."""

    module: str
    names: tuple[tuple[str, str | None], ...]


@node
class Assign:
    """`target = value`, or with another `operator` such as `+=`; `annotation` stands after the target."""

    target: Expr
    value: Expr
    annotation: Expr | None = None
    operator: str = "="
    span: Span = luggage()


@node
class Evaluate:
    """An expression for what it does. A chain of calls too long for a line stands in parentheses."""

    value: Expr
    span: Span = luggage()


@node
class Return:
    """`return value`."""

    value: Expr | None = None
    span: Span = luggage()


@node
class Raise:
    """`raise error from cause`; without an error, the one at hand again."""

    error: Expr | None = None
    cause: Expr | None = None


@node
class Word:
    """A statement of one word."""

    text: Literal["pass", "break", "continue"]


@node
class Comment:
    """A comment on lines of its own."""

    text: str


@node
class Blank:
    """An empty line, where none stands by itself."""


@node
class Parameter:
    """A parameter of a function."""

    name: str
    annotation: Expr | None = None
    default: Expr | None = None


@node
class Def:
    """A function."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple["Statement", ...]
    returns: Expr | None = None
    docstring: str | None = None
    decorators: tuple[Expr, ...] = ()
    span: Span = luggage()


@node
class Class:
    """A class."""

    name: str
    bases: tuple[Expr, ...]
    body: tuple["Statement", ...]
    docstring: str | None = None
    decorators: tuple[Expr, ...] = ()


@node
class If:
    """`if`, then an `elif` for each further branch, then `else`."""

    branches: tuple[tuple[Expr, tuple["Statement", ...]], ...]
    otherwise: tuple["Statement", ...] = ()


@node
class For:
    """`for targets in iterable:`."""

    targets: tuple[str, ...]
    iterable: Expr
    body: tuple["Statement", ...]


@node
class While:
    """`while condition:`."""

    condition: Expr
    body: tuple["Statement", ...]


@node
class With:
    """`with context as name:`."""

    context: Expr
    name: str | None
    body: tuple["Statement", ...]


@node
class Handler:
    """`except error as name:`; without an error, of any."""

    error: Expr | None
    name: str | None
    body: tuple["Statement", ...]


@node
class Try:
    """`try`, what is done about errors, and what is done in the end."""

    body: tuple["Statement", ...]
    handlers: tuple[Handler, ...] = ()
    otherwise: tuple["Statement", ...] = ()
    final: tuple["Statement", ...] = ()


Statement: TypeAlias = (
    Import | ImportFrom | Assign | AssignText | Evaluate | Return | Raise | Word | Comment | Blank | Def | Class | If
    | For | While | With | Try
)  # fmt: skip


@node
class Module:
    """A file: comment lines at its head, its docstring, and its statements."""

    body: tuple[Statement, ...]
    header: str | None = None
    docstring: str | None = None


NONE, TRUE, FALSE = Name("None"), Name("True"), Name("False")


def name(dotted: str) -> Expr:
    """The expression that a name such as `F.col` is."""
    first, *rest = dotted.split(".")
    expr: Expr = Name(first)
    for part in rest:
        expr = Attribute(expr, part)
    return expr


def call(function: str, *arguments: "Expr | Keyword | Starred") -> Call:
    """A call by name: `call("F.sum", x)`."""
    return Call(name(function), arguments)


def method(value: Expr, name: str, *arguments: "Expr | Keyword | Starred") -> Call:
    """`value.name(arguments)`."""
    return Call(Attribute(value, name), arguments)


def number(value: int | float) -> Expr:
    """A number, negative ones too; an infinite one or NaN by `float("nan")`."""
    text = repr(abs(value))
    if text in ("inf", "nan"):
        made: Expr = Call(Name("float"), (String(text),))
    else:
        made = Number(text)
    negative = value < 0 or (value == 0 and repr(value).startswith("-"))
    return Unary("-", made) if negative else made
