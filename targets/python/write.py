"""Statements and modules of Python as documents: `lines` says where they break, this what stands around them."""

from collections.abc import Iterable
from typing import assert_never

from oftra.source import NOWHERE, Span
from oftra.targets.document import HARD, Doc, Mark, Printed, render
from oftra.targets.python import text, tree
from oftra.targets.python.lines import LIMIT, lines_of
from oftra.targets.python.tokens import DOT, Tokens


def module(module: tree.Module) -> Printed:
    """A file as text, and where its lines come from."""
    return render(document(module), LIMIT)


def document(module: tree.Module) -> Doc:
    """A file."""
    docs: list[Doc] = []
    if module.header:
        docs.append(_comment(module.header, 0))
    if module.docstring:
        docs.append(_docstring(module.docstring, 0))
    if docs and module.body:
        docs.append(HARD)
    docs.append(body(module.body, 0))
    return tuple(docs)


def expression(expr: tree.Expr) -> str:
    """An expression on one line."""
    tokens = Tokens()
    tokens.expr(expr)
    return "".join([" " * spaced + word for word, spaced in zip(tokens.text, tokens.spaced)])


def body(statements: Iterable[tree.Statement], indent: int) -> Doc:
    """Statements one after the other, with the empty lines that belong between them."""
    docs: list[Doc] = []
    above: tree.Statement | None = None
    waiting = 0
    for statement in statements:
        if isinstance(statement, tree.Blank):
            waiting = 1
            continue
        empty = 0 if above is None else max(waiting, _between(above, statement, 1 if indent else 2))
        docs += [HARD] * empty
        docs.append(_statement(statement, indent))
        above, waiting = statement, 0
    return tuple(docs)


def _between(above: tree.Statement, below: tree.Statement, around: int) -> int:
    """The empty lines that black puts between two statements."""
    match above, below:
        case tree.Comment(), _:
            # A comment belongs to what follows: the lines stand before it.
            return 0
        case (tree.Def() | tree.Class(), _) | (_, tree.Def() | tree.Class()):
            return around
        case tree.Import() | tree.ImportFrom(), tree.Import() | tree.ImportFrom():
            return 0
        case tree.Import() | tree.ImportFrom(), _:
            return 1
        case _:
            return 0


def _statement(statement: tree.Statement, indent: int) -> Doc:
    match statement:
        case tree.Import(name, alias):
            return _line(indent, f"import {name}" if alias is None else f"import {name} as {alias}")
        case tree.ImportFrom():
            return _import_from(statement, indent)
        case tree.Assign() | tree.Evaluate() | tree.Return() | tree.Raise():
            return _marked(statement, indent)
        case tree.AssignText(name, words, shifts):
            return _of(statement.span, _text(name, words, indent, shifts))
        case tree.Word(word):
            return _line(indent, word)
        case tree.Comment(words):
            return _comment(words, indent)
        case tree.Def():
            return _def(statement, indent)
        case tree.Class():
            return _class(statement, indent)
        case tree.If() | tree.For() | tree.While() | tree.With() | tree.Try():
            return _compound(statement, indent)
        case tree.Blank():
            return ""
        case _:
            assert_never(statement)


def _marked(statement: "tree.Assign | tree.Evaluate | tree.Return | tree.Raise", indent: int) -> Doc:
    tokens = Tokens()
    match statement:
        case tree.Assign(target, value, annotation, operator):
            tokens.expr(target)
            if annotation is not None:
                tokens.add(":")
                tokens.optional(annotation)
            tokens.add(operator, spaced=True)
            tokens.optional(value)
        case tree.Evaluate(value):
            _evaluated(tokens, value, indent)
        case tree.Return(value):
            tokens.add("return")
            if value is not None:
                tokens.optional(value)
        case tree.Raise(error, cause):
            tokens.add("raise")
            if error is not None:
                tokens.expr(error, spaced=True)
            if cause is not None:
                tokens.add("from", spaced=True)
                tokens.expr(cause, spaced=True)
        case _:
            assert_never(statement)
    return _of(getattr(statement, "span", NOWHERE), _lines(tokens, indent))


def _evaluated(tokens: Tokens, value: tree.Expr, indent: int) -> None:
    """An expression by itself. What black would leave in one long line stands in parentheses."""
    tokens.expr(value)
    calls = sum([priority == DOT and depth == 0 for priority, depth in zip(tokens.before, tokens.depth)])
    if calls > 1 and 4 * indent + text.width(expression(value)) > LIMIT:
        tokens.__init__()  # type: ignore[misc]
        tokens.open("(", display=True)
        tokens.expr(value)
        tokens.close()


def _lines(tokens: Tokens, indent: int, is_def: bool = False) -> Doc:
    """A statement's tokens as lines."""
    splitter = lines_of(tokens, indent, is_def)
    docs: list[Doc] = []
    if not tokens.marks:
        for line in splitter.lines:
            docs += [splitter.text(line, line.start, line.end), HARD]
        return tuple(docs)
    # A mark is opened before its first token and closed after its last: those inside it come between.
    opened: dict[int, list[tuple[int, Span]]] = {}
    for first, last, span in sorted(tokens.marks, key=lambda mark: (mark[0], -mark[1])):
        opened.setdefault(first, []).append((last, span))
    waiting: list[tuple[int, Span, list[Doc]]] = []
    ends = {last for _, last, _ in tokens.marks}
    for line in splitter.lines:
        at = line.start
        while at < line.end:
            for last, span in opened.get(at, ()):
                waiting.append((last, span, docs))
                docs = []
            stop = at + 1
            while stop < line.end and stop not in opened and stop not in ends:
                stop += 1
            docs.append(splitter.text(line, at, stop))
            at = stop
            while waiting and waiting[-1][0] == at:
                _, span, outer = waiting.pop()
                outer.append(Mark(span, tuple(docs)))
                docs = outer
        docs.append(HARD)
    return tuple(docs)


def _of(span: Span, doc: Doc) -> Doc:
    return doc if span == NOWHERE else Mark(span, doc)


def _line(indent: int, words: str) -> Doc:
    return ("    " * indent + words, HARD)


def _comment(words: str, indent: int) -> Doc:
    lines = [text.escaped(line.rstrip().expandtabs(4)) for line in words.split("\n")]
    return tuple([_line(indent, f"# {line}".rstrip()) for line in lines])


def _text(name: str, words: str, indent: int, shifts: bool) -> Doc:
    margin = "    " * indent
    docs: list[Doc] = [f'{margin}{name} = """', HARD]
    for line in words.split("\n"):
        docs += [(margin if shifts and line else "") + text.docstring_line(line), HARD]
    return (*docs, f'{margin if shifts else ""}"""', HARD)


def _docstring(words: str, indent: int) -> Doc:
    docs: list[Doc] = []
    for line in text.docstring(words):
        docs += ["    " * indent + line if line else "", HARD]
    return tuple(docs)


def _import_from(statement: tree.ImportFrom, indent: int) -> Doc:
    names = [name if alias is None else f"{name} as {alias}" for name, alias in statement.names]
    flat = f"from {statement.module} import {', '.join(names)}"
    if 4 * indent + len(flat) <= LIMIT:
        return _line(indent, flat)
    inner = [_line(indent + 1, name + ",") for name in names]
    return (_line(indent, f"from {statement.module} import ("), *inner, _line(indent, ")"))


def _def(statement: tree.Def, indent: int) -> Doc:
    tokens = Tokens()
    tokens.add("def")
    tokens.add(statement.name, spaced=True)
    tokens.open("(")
    for at, (name, annotation, default) in enumerate([(p.name, p.annotation, p.default) for p in statement.parameters]):
        if at:
            tokens.comma()
        tokens.add(name, spaced=at > 0)
        if annotation is not None:
            tokens.add(":")
            tokens.expr(annotation, spaced=True)
        if default is not None:
            tokens.add("=", spaced=annotation is not None)
            tokens.expr(default, spaced=annotation is not None)
    tokens.close()
    if statement.returns is not None:
        tokens.add("->", spaced=True)
        tokens.optional(statement.returns)
    tokens.add(":")
    head = (*_decorators(statement.decorators, indent), _lines(tokens, indent, is_def=True))
    documented = "" if statement.docstring is None else _docstring(statement.docstring, indent + 1)
    inside = body(statement.body, indent + 1) if statement.body or documented else _line(indent + 1, "pass")
    return _of(statement.span, (*head, documented, inside))


def _class(statement: tree.Class, indent: int) -> Doc:
    tokens = Tokens()
    tokens.add("class")
    tokens.add(statement.name, spaced=True)
    if statement.bases:
        tokens.open("(")
        tokens.items(statement.bases)
        tokens.close()
    tokens.add(":")
    documented: Doc = ""
    if statement.docstring is not None:
        documented = (_docstring(statement.docstring, indent + 1), HARD if statement.body else "")
    inside = body(statement.body, indent + 1) if statement.body or documented else _line(indent + 1, "pass")
    return (*_decorators(statement.decorators, indent), _lines(tokens, indent), documented, inside)


def _decorators(decorators: tuple[tree.Expr, ...], indent: int) -> list[Doc]:
    docs: list[Doc] = []
    for decorator in decorators:
        tokens = Tokens()
        tokens.add("@")
        tokens.expr(decorator)
        docs.append(_lines(tokens, indent))
    return docs


def _compound(statement: "tree.If | tree.For | tree.While | tree.With | tree.Try", indent: int) -> Doc:
    """A statement with blocks inside: `head:`, then what it holds."""
    match statement:
        case tree.If(branches, otherwise):
            docs: list[Doc] = []
            for at, (condition, inside) in enumerate(branches):
                docs.append(_block(_head("elif" if at else "if", condition), inside, indent))
            if otherwise:
                docs.append(_block(_head("else"), otherwise, indent))
            return tuple(docs)
        case tree.While(condition, inside):
            return _block(_head("while", condition), inside, indent)
        case tree.For(targets, iterable, inside):
            head = Tokens()
            head.add("for")
            _targets(head, targets)
            head.add("in", spaced=True)
            head.optional(iterable)
            return _block(head, inside, indent)
        case tree.With(context, name, inside):
            head = Tokens()
            head.add("with")
            head.expr(context, spaced=True)
            if name is not None:
                head.add("as", spaced=True)
                head.add(name, spaced=True)
            return _block(head, inside, indent)
        case tree.Try(inside, handlers, otherwise, final):
            docs = [_block(_head("try"), inside, indent)]
            for handler in handlers:
                head = _head("except", handler.error)
                if handler.name is not None:
                    head.add("as", spaced=True)
                    head.add(handler.name, spaced=True)
                docs.append(_block(head, handler.body, indent))
            if otherwise:
                docs.append(_block(_head("else"), otherwise, indent))
            if final:
                docs.append(_block(_head("finally"), final, indent))
            return tuple(docs)
        case _:
            assert_never(statement)


def _targets(head: Tokens, targets: tuple[str, ...]) -> None:
    head.open("", spaced=True, display=True)
    for at, name in enumerate(targets):
        if at:
            head.comma()
        head.add(name, spaced=at > 0)
    head.close()


def _head(word: str, condition: tree.Expr | None = None) -> Tokens:
    tokens = Tokens()
    tokens.add(word)
    if condition is not None:
        tokens.optional(condition)
    return tokens


def _block(head: Tokens, inside: tuple[tree.Statement, ...], indent: int) -> Doc:
    head.add(":")
    return (_lines(head, indent), body(inside, indent + 1) if inside else _line(indent + 1, "pass"))
