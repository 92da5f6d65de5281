"""What a tree of Python means, as Python's own syntax tree."""

import ast
from typing import assert_never

from oftra.targets.python import tree

OPERATORS: dict[str, type[ast.operator]] = {
    "|": ast.BitOr, "^": ast.BitXor, "&": ast.BitAnd, "<<": ast.LShift, ">>": ast.RShift, "+": ast.Add,
    "-": ast.Sub, "*": ast.Mult, "@": ast.MatMult, "/": ast.Div, "//": ast.FloorDiv, "%": ast.Mod,
}  # fmt: skip
COMPARATORS: dict[str, type[ast.cmpop]] = {
    "==": ast.Eq, "!=": ast.NotEq, "<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE, "in": ast.In,
    "not in": ast.NotIn, "is": ast.Is, "is not": ast.IsNot,
}  # fmt: skip
SIGNS: dict[str, type[ast.unaryop]] = {"-": ast.USub, "+": ast.UAdd, "~": ast.Invert, "not": ast.Not}


def meaning_of(expr: "tree.Expr | tree.Starred") -> ast.expr:
    """`expr` as Python would read it."""
    match expr:
        case tree.Name(id):
            return ast.Name(id, ast.Load())
        case tree.Number(text):
            return ast.Constant(ast.literal_eval(text))
        case tree.String(value) | tree.Bytes(value):
            return ast.Constant(value)
        case tree.Attribute(value, name):
            return ast.Attribute(meaning_of(value), name, ast.Load())
        case tree.Starred(value):
            return ast.Starred(meaning_of(value), ast.Load())
        case tree.Call(function, arguments):
            named = [ast.keyword(one.name, meaning_of(one.value)) for one in arguments if isinstance(one, tree.Keyword)]
            others = [meaning_of(one) for one in arguments if not isinstance(one, tree.Keyword)]
            return ast.Call(meaning_of(function), others, named)
        case tree.Subscript(value, items):
            index = [meaning_of(item) for item in items]
            inside = index[0] if len(index) == 1 else ast.Tuple(index, ast.Load())
            return ast.Subscript(meaning_of(value), inside, ast.Load())
        case tree.Unary(operator, operand):
            return ast.UnaryOp(SIGNS[operator](), meaning_of(operand))
        case tree.Binary(operator, left, right):
            return ast.BinOp(meaning_of(left), OPERATORS[operator](), meaning_of(right))
        case tree.Compare(operator, left, right):
            return ast.Compare(meaning_of(left), [COMPARATORS[operator]()], [meaning_of(right)])
        case tree.Logic(operator, operands):
            word = ast.And() if operator == "and" else ast.Or()
            return ast.BoolOp(word, [meaning_of(operand) for operand in operands])
        case tree.ListOf(items):
            return ast.List([meaning_of(item) for item in items], ast.Load())
        case tree.TupleOf(items):
            return ast.Tuple([meaning_of(item) for item in items], ast.Load())
        case tree.SetOf(items):
            return ast.Set([meaning_of(item) for item in items])
        case tree.DictOf(entries):
            return ast.Dict([meaning_of(key) for key, _ in entries], [meaning_of(value) for _, value in entries])
        case tree.Lambda(parameters, body):
            arguments_ = ast.arguments([], [ast.arg(name) for name in parameters], None, [], [], None, [])
            return ast.Lambda(arguments_, meaning_of(body))
        case tree.Comprehension(brackets, element, targets, iterable, conditions, key):
            return _comprehension(brackets, element, targets, iterable, conditions, key)
        case tree.Marked(inner):
            return meaning_of(inner)
        case tree.Formatted():
            raise NotImplementedError("an f-string is compared by its value")
        case _:
            assert_never(expr)


def _comprehension(
    brackets: str,
    element: tree.Expr,
    targets: tuple[str, ...],
    iterable: tree.Expr,
    conditions: tuple[tree.Expr, ...],
    key: tree.Expr | None,
) -> ast.expr:
    names: list[ast.expr] = [ast.Name(name, ast.Store()) for name in targets]
    target = names[0] if len(names) == 1 else ast.Tuple(names, ast.Store())
    part = ast.comprehension(target, meaning_of(iterable), [meaning_of(one) for one in conditions], 0)
    if key is not None:
        return ast.DictComp(meaning_of(key), meaning_of(element), [part])
    kind = {"[": ast.ListComp, "{": ast.SetComp, "(": ast.GeneratorExp}[brackets]
    return kind(meaning_of(element), [part])
