"""Expressions and types as documents."""

import re
from functools import partial
from itertools import pairwise
from typing import assert_never

from oftra.datatypes.model import SYNONYMS
from oftra.grammar.keywords import RESERVED
from oftra.source import Span
from oftra.syntax import nodes as n
from oftra.syntax.format_comments import Comments
from oftra.syntax.layout import LINE, SOFT, Doc, Nest, comma_list, group, joined, then

_plain_name = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch

_LEVELS: tuple[tuple[str, ...], ...] = (
    ("or",), ("and",), ("not",), ("=", "<>", "<", "<=", ">", ">="), ("|",), ("^",), ("&",), ("<<", ">>"),
    ("+", "-", "||"), ("*", "/", "%"),
)  # fmt: skip
_LEVEL = {operator: level for level, operators in enumerate(_LEVELS, 1) for operator in operators}
_NOT, _COMPARISON, _BITS, _SIGN, _ATOM = _LEVEL["not"], _LEVEL["="], _LEVEL["|"], len(_LEVELS) + 1, len(_LEVELS) + 2


# --- names and types --------------------------------------------------------------------------------------------------


def name(word: n.Name) -> str:
    """A name, in backticks where it was written so or would not be one."""
    if word.quoted or not _plain_name(word.text) or word.text.lower() in RESERVED:
        return quoted(word.text)
    return word.text


def key(word: n.Name) -> str:
    """A name after a dot or before a colon, where any word is one."""
    return quoted(word.text) if word.quoted or not _plain_name(word.text) else word.text


def quoted(text: str) -> str:
    """`text` in backticks."""
    return "`" + text.replace("`", "``") + "`"


def path(names: n.Path) -> str:
    """The name of a relation."""
    first, *others = names.parts
    return ".".join([name(first), *map(key, others)])


def called(function: n.Path) -> str:
    """The name of a function: it ignores case, so it is written in lower case."""
    last = function.parts[-1]
    lower = last if last.quoted else n.Name(last.text.lower())
    return path(n.Path((*function.parts[:-1], lower)))


def type_(kind: n.Type) -> str:
    """A type by its own name, not by one that is merely accepted."""
    match kind:
        case n.SimpleType(word, numbers):
            sizes = f"({', '.join(map(str, numbers))})" if numbers else ""
            return SYNONYMS.get(word, word) + sizes
        case n.ArrayType(element):
            return f"array<{type_(element)}>"
        case n.MapType(of, to):
            return f"map<{type_(of)}, {type_(to)}>"
        case n.StructType(fields):
            return f"struct<{', '.join(f'{key(field)}: {type_(inner)}' for field, inner in fields)}>"
        case _:
            assert_never(kind)


def string(text: str) -> str:
    """A string that means `text`, on one line."""
    return "'" + text.replace("'", "''") + "'"


def raw(text: n.String) -> str:
    """Raw text with its tag, or another one if its own stands in it."""
    tag = text.raw or ""
    while f"${tag}$" in text.value:
        tag += "q"
    return f"${tag}${text.value}${tag}$"


# --- expressions ------------------------------------------------------------------------------------------------------


def level(expr: n.Expr) -> int:
    """How tight `expr` binds: an operand that binds looser than its operator needs parentheses."""
    match expr:
        case n.Lambda():
            return 0
        case n.Binary(operator):
            return _LEVEL[operator]
        case n.Unary("not"):
            return _NOT
        case n.Unary():
            return _SIGN
        case n.Is() | n.IsDistinct() | n.In() | n.InQuery() | n.Between() | n.Like():
            return _COMPARISON
        case _:
            return _ATOM


def operand(expr: n.Expr, least: int, c: Comments) -> Doc:
    """`expr` where only what binds at least as tight as `least` may stand without parentheses."""
    written = expression(expr, c)
    return ("(", written, ")") if level(expr) < least else written


def alone(expr: n.Expr, least: int, c: Comments) -> Doc:
    """`operand` where text follows on the same line, so that comments in it have to wait for what is around it."""
    with c.closed():
        return operand(expr, least, c)


def expression(expr: n.Expr, c: Comments) -> Doc:
    """An expression."""
    match expr:
        case n.Number(text):
            return text
        case n.String(value, raw_tag):
            return raw(expr) if raw_tag is not None or "\n" in value else string(value)
        case n.Boolean(value):
            return "true" if value else "false"
        case n.Null():
            return "null"
        case n.TypedLiteral(kind, text):
            return f"{kind}{'' if kind == 'x' else ' '}{string(text)}"
        case n.Interval():
            return interval(expr, c, "interval ")
        case n.Column(word):
            return name(word)
        case n.Member(inside, word):
            return (alone(inside, _ATOM, c), f".{key(word)}")
        case n.Index(inside, index):
            return (alone(inside, _ATOM, c), "[", alone(index, 0, c), "]")
        case n.Unary("not", inside):
            return ("not ", operand(inside, _NOT, c))
        case n.Unary(sign, inside):
            # `--` would begin a comment.
            return (sign, " " if isinstance(inside, n.Unary) else "", operand(inside, _SIGN, c))
        case n.Binary():
            return _chain(expr, c)
        case n.Case():
            return _case(expr, c)
        case n.Cast(inside, kind, safe):
            head = "try_cast(" if safe else "cast("
            return group(head, Nest(2, (SOFT, expression(inside, c), LINE, f"as {type_(kind)}")), SOFT, ")")
        case n.Extract(part, inside):
            return (f"extract({name(n.Name(part))} from ", alone(inside, 0, c), ")")
        case n.Array(items):
            return listed("[", items, "]", c)
        case n.Tuple(items):
            return listed("(", items, ")", c)
        case n.Lambda((parameter,), body):
            return (name(parameter), " -> ", expression(body, c))
        case n.Lambda(parameters, body):
            return (f"({', '.join(map(name, parameters))}) -> ", expression(body, c))
        case n.Subquery(query):
            return c.in_parentheses(query)
        case n.Exists(query):
            return ("exists ", c.in_parentheses(query))
        case n.Parenthesised(inside):
            return group("(", Nest(2, (SOFT, expression(inside, c))), SOFT, ")")
        case n.BrokenExpr():
            return "..."
        case n.Call():
            return _call(expr, c)
        case n.Is() | n.IsDistinct() | n.In() | n.InQuery() | n.Between() | n.Like():
            return _predicate(expr, c)
        case _:
            assert_never(expr)


def interval(expr: n.Expr, c: Comments, word: str = "") -> Doc:
    """An interval, after `watermark` without its word; its amount is a number, a name or in parentheses."""
    match expr:
        case n.Interval(amount, unit):
            bare = isinstance(amount, n.Number | n.Column | n.Parenthesised)
            written = alone(amount, 0, c)
            return (word, written if bare else ("(", written, ")"), f" {name(n.Name(unit))}")
        case _:
            return expression(expr, c)


def listed(opening: str, items: "tuple[n.Expr | n.Item | n.Star, ...]", closing: str, c: Comments) -> Doc:
    """Items in brackets: on one line, or one a line."""
    if not items:
        return opening + closing
    return group(opening, Nest(2, (SOFT, joined((",", LINE), units(items, c)))), SOFT, closing)


def units(items: "tuple[n.Expr | n.Item | n.Star, ...]", c: Comments) -> list[Doc]:
    """Items, each with the comments that belong to it."""
    return c.units(items, lambda one: item(one, c))


def list_of(items: "tuple[n.Expr | n.Item | n.Star, ...]", c: Comments) -> Doc:
    """Items outside brackets: on one line, or one a line."""
    return comma_list(units(items, c))


def item(one: "n.Expr | n.Item | n.Star", c: Comments) -> Doc:
    """An item of `select` and its like, or an argument."""
    match one:
        case n.Star(qualifier, excluded, replaced):
            doc: list[Doc] = [f"{name(qualifier)}.*" if qualifier else "*"]
            if excluded:
                doc.append(f" except ({', '.join(map(name, excluded))})")
            if replaced:
                doc += [" replace ", listed("(", replaced, ")", c)]
            return tuple(doc)
        case n.Item(expr, alias, direction):
            as_name = f" as {name(alias)}" if alias else ""
            return then(expression(expr, c), as_name + (f" {direction}" if direction else ""))
        case _:
            return expression(one, c)


def _chain(expr: n.Binary, c: Comments) -> Doc:
    """Operators of one level in a row: on one line, or each on a line of its own after the first operand."""
    own = level(expr)
    rest: list[tuple[str, n.Expr]] = []
    first: n.Expr = expr
    while isinstance(first, n.Binary) and level(first) == own:
        rest.append((first.operator, first.right))
        first = first.left
    rest.reverse()
    if own == _BITS:
        return _bars([first, *(right for _, right in rest)], c)
    parts: list[Doc] = [c.unit(first.span, lambda: operand(first, own, c))]
    for operator, right in rest:
        parts += [LINE, f"{operator} ", c.unit(right.span, partial(operand, right, own + 1, c))]
    return group(parts[0], tuple(parts[1:]))


def _bars(operands: list[n.Expr], c: Comments) -> Doc:
    """A chain of `|`, which stands at the end of a line: at its start it would open a row of a test."""
    parts: list[Doc] = []
    for number, (one, following) in enumerate(pairwise(operands)):
        least = _BITS if number == 0 else _BITS + 1
        span = Span(one.span.start, following.span.start)
        parts += [c.unit(span, lambda one=one, least=least: (operand(one, least, c), " |")), LINE]  # type: ignore[misc]
    last = operands[-1]
    return group(*parts, c.unit(last.span, lambda: operand(last, _BITS + 1, c)))


def _predicate(expr: "n.Is | n.IsDistinct | n.In | n.InQuery | n.Between | n.Like", c: Comments) -> Doc:
    negated = "not " if expr.negated else ""
    match expr:
        case n.Is(inside, what):
            return (alone(inside, _COMPARISON, c), f" is {negated}{what}")
        case n.IsDistinct(left, right):
            return (alone(left, _COMPARISON, c), f" is {negated}distinct from ", alone(right, _BITS, c))
        case n.In(inside, items):
            return (alone(inside, _COMPARISON, c), f" {negated}in ", listed("(", items, ")", c))
        case n.InQuery(inside, query):
            return (alone(inside, _COMPARISON, c), f" {negated}in ", c.in_parentheses(query))
        case n.Between(inside, low, high):
            ends = (alone(low, _BITS, c), " and ", alone(high, _BITS, c))
            return (alone(inside, _COMPARISON, c), f" {negated}between ", ends)
        case n.Like(inside, pattern, escape):
            end: Doc = "" if escape is None else (" escape ", alone(escape, _BITS, c))
            return (alone(inside, _COMPARISON, c), f" {negated}like ", alone(pattern, _BITS, c), end)
        case _:
            assert_never(expr)


def _case(expr: n.Case, c: Comments) -> Doc:
    head: Doc = "case" if expr.operand is None else ("case ", expression(expr.operand, c))
    branches: list[Doc] = []
    for condition, value in expr.branches:
        span = Span(condition.span.start, value.span.end)

        def write(condition: n.Expr = condition, value: n.Expr = value) -> Doc:
            return ("when ", alone(condition, 0, c), " then ", alone(value, 0, c))

        branches += [LINE, c.unit(span, write)]
    if expr.otherwise is not None:
        other = expr.otherwise
        branches += [LINE, c.unit(other.span, lambda: ("else ", expression(other, c)))]
    return group(head, Nest(2, tuple(branches)), LINE, "end")


# --- calls ------------------------------------------------------------------------------------------------------------


def _call(call: n.Call, c: Comments) -> Doc:
    inside: list[Doc] = []
    if call.arguments:
        inside += ["distinct " if call.distinct else "", joined((",", LINE), units(call.arguments, c))]
    if call.order_by:
        inside += [LINE, "order by ", sort_keys(call.order_by, c)]
    arguments: Doc = group("(", Nest(2, (SOFT, *inside)), SOFT, ")") if inside else "()"
    doc: list[Doc] = [called(call.function), arguments]
    if call.nulls:
        doc.append(f" {call.nulls} nulls")
    if call.filter is not None:
        doc += [" filter ", group("(", Nest(2, (SOFT, "where ", expression(call.filter, c))), SOFT, ")")]
    if call.over is not None:
        doc += [" over ", over(call.over, c)]
    return tuple(doc)


def sort_keys(keys: tuple[n.SortKey, ...], c: Comments) -> Doc:
    """The keys of an `order by`."""
    return comma_list(c.units(keys, lambda one: _sort_key(one, c)))


def _sort_key(one: n.SortKey, c: Comments) -> Doc:
    words = (f" {one.direction}" if one.direction else "") + (f" nulls {one.nulls}" if one.nulls else "")
    return then(expression(one.expr, c), words)


def over(window: n.Over, c: Comments) -> Doc:
    """What follows `over`: the name of a window, or a window in parentheses."""
    if window.base is not None and window == n.Over(window.base):
        return name(window.base)
    return window_spec(window, c)


def window_spec(window: n.Over, c: Comments) -> Doc:
    """A window in parentheses."""
    parts: list[Doc] = [name(window.base)] if window.base else []
    if window.partition_by:
        parts.append(("partition by ", list_of(window.partition_by, c)))
    if window.order_by:
        parts.append(("order by ", sort_keys(window.order_by, c)))
    if window.frame:
        parts.append(_frame(window.frame, c))
    return group("(", Nest(2, (SOFT, joined(LINE, parts))), SOFT, ")")


def _frame(frame: n.Frame, c: Comments) -> Doc:
    exclude = f" exclude {frame.exclude}" if frame.exclude else ""
    start = _bound(frame.start, c)
    if frame.end is None:
        return (f"{frame.unit} ", start, exclude)
    return (f"{frame.unit} between ", start, " and ", _bound(frame.end, c), exclude)


def _bound(bound: n.FrameBound, c: Comments) -> Doc:
    if bound.kind == "current row":
        return "current row"
    if bound.offset is None:
        return f"unbounded {bound.kind}"
    written = alone(bound.offset, 0, c)
    bare = isinstance(bound.offset, n.Number | n.Interval | n.Parenthesised)
    return (written if bare else ("(", written, ")"), f" {bound.kind}")
