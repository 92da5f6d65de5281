"""A statement as a row of tokens: what stands in it, which brackets belong together, and where it may break how well.

Where a line may break follows black, which splits a line at its delimiters of the highest priority.
"""

from typing import assert_never

from oftra.source import NOWHERE, Span
from oftra.targets.python import text, tree

OTHER, OPEN, CLOSE, COMMA = range(4)

COMPREHENSION, COMMAS, LOGIC, COMPARE, DOT = 20, 18, 14, 10, 1
"""Priorities of delimiters, besides those of operators between two operands."""
OPERATORS = {"|": 9, "^": 8, "&": 7, "<<": 6, ">>": 6, "+": 5, "-": 5, "*": 4, "@": 4, "/": 4, "//": 4, "%": 4}

# How tightly an expression binds: `lambda` least, then `or`, `and`, `not`, comparisons, operators, signs, trailers.
_LAMBDA, _OR, _AND, _NOT, _COMPARE, _BIT_OR, _SIGN, _TRAILER, _ATOM = 0, 1, 2, 3, 4, 5, 12, 14, 15
_BINDS = {operator: 14 - priority for operator, priority in OPERATORS.items()}
_PAIRS = {"(": ")", "[": "]", "{": "}", "": ""}


class Tokens:
    """The tokens of one statement, column by column: each list holds one fact about every token."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.spaced: list[bool] = []
        self.kind: list[int] = []
        self.before: list[int] = []
        self.depth: list[int] = []
        self.mate: list[int] = []
        # Openings of lists and the like, which break at every comma as soon as they break at all.
        self.displays: set[int] = set()
        # Closings after a comma that was put there on purpose: such brackets always break.
        self.magic: list[int] = []
        self.indexing: set[int] = set()
        self.marks: list[tuple[int, int, Span]] = []
        self._depth = 0
        self._open: list[int] = []

    # --------------------------------------------------------------------------------------------------------- tokens

    def add(self, text: str, spaced: bool = False, before: int = 0, kind: int = OTHER) -> None:
        """A token; `before` is how well a line may break before it."""
        self.text.append(text)
        self.spaced.append(spaced)
        self.kind.append(kind)
        self.before.append(before)
        self.depth.append(self._depth)
        self.mate.append(-1)

    def open(self, bracket: str, spaced: bool = False, display: bool = False) -> None:
        """An opening bracket; '' is one that is seen only if the line breaks there."""
        if display:
            self.displays.add(len(self.text))
        self._open.append(len(self.text))
        self.add(bracket, spaced, kind=OPEN)
        self._depth += 1

    def close(self, magic: bool = False) -> None:
        """The bracket that closes the last one that was opened."""
        self._depth -= 1
        opening = self._open.pop()
        self.mate[opening] = len(self.text)
        if magic:
            self.magic.append(len(self.text))
        self.add(_PAIRS[self.text[opening]], kind=CLOSE)
        self.mate[-1] = opening

    def comma(self) -> None:
        """A comma between items."""
        self.add(",", kind=COMMA)

    def optional(self, expr: tree.Expr, spaced: bool = True) -> None:
        """An expression around which black would put parentheses to break it."""
        if isinstance(expr, tree.TupleOf):
            self.expr(expr, spaced=spaced)
            return
        self.open("", spaced, display=True)
        self.expr(expr)
        self.close()

    # ---------------------------------------------------------------------------------------------------- expressions

    def expr(self, expr: tree.Expr, at_least: int = _LAMBDA, spaced: bool = False) -> None:
        """`expr` where an operand must bind as tightly as `at_least`; `spaced` after a space."""
        if at_least and _binding(expr) < at_least:
            self.open("(", spaced, display=True)
            self.expr(expr)
            self.close()
            return
        match expr:
            case tree.Name(id):
                self.add(id, spaced)
            case tree.Number(digits):
                self.add(digits, spaced)
            case tree.String(value):
                self.add(text.string(value), spaced)
            case tree.Bytes(value):
                self.add(text.byte_string(value), spaced)
            case tree.Formatted(parts):
                self.add(_formatted(parts), spaced)
            case tree.Attribute(value, name):
                self.expr(value, _TRAILER, spaced)
                # A break before a dot looks right only after a call.
                self.add("." + name, before=DOT if self.kind[-1] == CLOSE else 0)
            case tree.Call(function, arguments, exploded):
                self.expr(function, _TRAILER, spaced)
                self.open("(")
                self.items(arguments, exploded)
                self.close(exploded and bool(arguments))
            case tree.Subscript(value, items):
                self.expr(value, _TRAILER, spaced)
                self.open("[")
                self.items(items)
                self.indexing.add(len(self.text))
                self.close()
            case tree.Unary() | tree.Binary() | tree.Compare() | tree.Logic():
                self._operator(expr, spaced)
            case tree.ListOf(items, exploded):
                self._display("[", items, exploded, spaced)
            case tree.SetOf(items):
                self._display("{", items, False, spaced)
            case tree.TupleOf(items, exploded):
                if len(items) == 1:
                    self.open("(", spaced, display=True)
                    self.item(items[0])
                    self.comma()
                    self.close()
                else:
                    self._display("(", items, exploded, spaced)
            case tree.DictOf():
                self._dict(expr, spaced)
            case tree.Lambda(parameters, body):
                self._lambda(parameters, body, spaced)
            case tree.Comprehension():
                self.open(expr.brackets, spaced, display=True)
                self._comprehension(expr)
                self.close()
            case tree.Marked(inner, span):
                first = len(self.text)
                self.expr(inner, at_least, spaced)
                if span != NOWHERE:
                    self.marks.append((first, len(self.text), span))
            case _:
                assert_never(expr)

    def items(self, items: "tuple[tree.Expr | tree.Keyword | tree.Starred, ...]", exploded: bool = False) -> None:
        """Arguments or items, with commas between; one more at the end if they are exploded."""
        if len(items) == 1 and isinstance(items[0], tree.Comprehension) and items[0].brackets == "(":
            # The brackets of an only argument are those of the generator.
            self._comprehension(items[0])
            return
        for at, item in enumerate(items):
            if at:
                self.comma()
            self.item(item, spaced=at > 0)
        if exploded and items:
            self.comma()

    def item(self, item: "tree.Expr | tree.Keyword | tree.Starred", spaced: bool = False) -> None:
        """An argument or an item."""
        match item:
            case tree.Keyword(name, value):
                self.add(name, spaced)
                self.add("=")
                self.expr(value)
            case tree.Starred(value, stars):
                self.add(stars, spaced)
                self.expr(value, _BIT_OR)
            case _:
                self.expr(item, spaced=spaced)

    def _display(
        self, bracket: str, items: "tuple[tree.Expr | tree.Starred, ...]", exploded: bool, spaced: bool
    ) -> None:
        self.open(bracket, spaced, display=True)
        for at, item in enumerate(items):
            if at:
                self.comma()
            self.item(item, spaced=at > 0)
        if exploded and items:
            self.comma()
        self.close(exploded and bool(items))

    def _dict(self, expr: tree.DictOf, spaced: bool) -> None:
        self.open("{", spaced, display=True)
        for at, (key, value) in enumerate(expr.entries):
            if at:
                self.comma()
            self.expr(key, spaced=at > 0)
            self.add(":")
            self.expr(value, spaced=True)
        magic = expr.exploded and bool(expr.entries)
        if magic:
            self.comma()
        self.close(magic)

    def _lambda(self, parameters: tuple[str, ...], body: tree.Expr, spaced: bool) -> None:
        self.add("lambda", spaced)
        self._depth += 1
        for at, name in enumerate(parameters):
            if at:
                self.comma()
            self.add(name, spaced=True)
        self._depth -= 1
        self.add(":")
        self.expr(body, spaced=True)

    def _comprehension(self, expr: tree.Comprehension) -> None:
        if expr.key is not None:
            self.expr(expr.key)
            self.add(":")
        self.expr(expr.element, spaced=expr.key is not None)
        self.add("for", True, COMPREHENSION)
        self._depth += 1
        for at, name in enumerate(expr.targets):
            if at:
                self.comma()
            self.add(name, spaced=True)
        self._depth -= 1
        self.add("in", spaced=True)
        self.expr(expr.iterable, _OR, spaced=True)
        for condition in expr.conditions:
            self.add("if", True, COMPREHENSION)
            self.expr(condition, _OR, spaced=True)

    def _operator(self, expr: "tree.Unary | tree.Binary | tree.Compare | tree.Logic", spaced: bool) -> None:
        match expr:
            case tree.Unary("not", operand):
                self.add("not", spaced)
                self.expr(operand, _NOT, spaced=True)
            case tree.Unary(operator, operand):
                self.add(operator, spaced)
                self.expr(operand, _SIGN)
            case tree.Binary(operator, left, right):
                binds = _BINDS[operator]
                self.expr(left, binds, spaced)
                self.add(operator, True, OPERATORS[operator])
                self.expr(right, binds + 1, spaced=True)
            case tree.Compare(operator, left, right):
                self.expr(left, _BIT_OR, spaced)
                first, _, second = operator.partition(" ")
                self.add(first, True, COMPARE)
                if second:
                    self.add(second, True)
                self.expr(right, _BIT_OR, spaced=True)
            case tree.Logic(operator, operands):
                binds = _AND if operator == "and" else _OR
                for at, operand in enumerate(operands):
                    if at:
                        self.add(operator, True, LOGIC)
                    self.expr(operand, binds + 1, spaced or at > 0)
            case _:
                assert_never(expr)


def _binding(expr: tree.Expr) -> int:
    """How tightly an expression binds."""
    match expr:
        case tree.Lambda():
            return _LAMBDA
        case tree.Logic(operator, _):
            return _AND if operator == "and" else _OR
        case tree.Unary(operator, _):
            return _NOT if operator == "not" else _SIGN
        case tree.Compare():
            return _COMPARE
        case tree.Binary(operator, _, _):
            return _BINDS[operator]
        case tree.Number():
            # `1.real` would be read as `1.` and a name.
            return _SIGN + 1
        case tree.Marked(inner, _):
            return _binding(inner)
        case _:
            return _ATOM


def _formatted(parts: "tuple[str | tree.Expr, ...]") -> str:
    """An f-string. Its values hold neither quotes nor backslashes: Python 3.8 takes none there."""
    written: list[str] = []
    for part in parts:
        if isinstance(part, str):
            written.append(text.escaped(part).replace("{", "{{").replace("}", "}}"))
        else:
            inside = Tokens()
            inside.expr(part)
            value = "".join([" " * spaced + word for word, spaced in zip(inside.text, inside.spaced)])
            assert not set(value) & set("\"'\\{}"), f"{value} can't stand in an f-string"
            written.append("{" + value + "}")
    return "f" + text.quoted("".join(written))
