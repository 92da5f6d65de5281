"""Text into a syntax tree: the way in for all other stages."""

from oftra.diagnostics.report import Report
from oftra.source import SourceFile, Span
from oftra.syntax import depth, recovery, trouble
from oftra.syntax.automaton import PROGRAM, QUERY
from oftra.syntax.lexer import Tokens
from oftra.syntax.machine import Machine
from oftra.syntax.nodes import Comment, Declaration, File, Query


def parse(file: SourceFile, report: Report) -> File:
    """The declarations of `file`. What cannot be read is reported, and stands as a `Broken` node in the tree."""
    tokens = _tokens(file, report)
    deep = depth.could_be_deep(tokens)
    declarations: list[Declaration] = []
    if not (deep and depth.refuse_deep_brackets(tokens, report)):
        declarations = Machine(tokens, PROGRAM).run(recovery.mend) or []
    if deep:
        declarations = depth.refuse_deep_trees(declarations, report)
    return File(tuple(declarations), _comments(tokens), span=Span(0, len(file.text), file.path))


def parse_query(file: SourceFile, report: Report) -> Query | None:
    """The query that `file` holds, as in `oftra query 'from ...'`; None if nothing of it could be read."""
    tokens = _tokens(file, report)
    deep = depth.could_be_deep(tokens)
    if deep and depth.refuse_deep_brackets(tokens, report):
        return None
    found: Query | None = Machine(tokens, QUERY).run(recovery.mend)
    return None if deep and depth.too_deep_query(found, report) else found


def _tokens(file: SourceFile, report: Report) -> Tokens:
    tokens = Tokens(file, report)
    trouble.settle(tokens, report)
    tokens.close()
    return tokens


def _comments(tokens: Tokens) -> tuple[Comment, ...]:
    """All comments in their order; a description that describes nothing is one too."""
    if tokens.descriptions:
        text = tokens.file.text
        left = [trouble.comment_at(text, span, 0) for said in tokens.descriptions.values() for _, span in said]
        return tuple(sorted([*tokens.comments, *left], key=lambda comment: comment.span))
    return tuple(tokens.comments)
