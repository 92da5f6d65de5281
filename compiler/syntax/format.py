"""The formatter: a tree back into text, in the one layout that all programs share.

Every comment is kept, the text reads back to the same tree, and text that was formatted once stays as it is. The tree
alone decides the layout; where a person may leave an empty line or not (between declarations of one line), the source
text says what was chosen, and without it declarations of one kind stand together.
"""

import re
from functools import partial

from oftra.syntax import nodes as n
from oftra.syntax.format_comments import Comments
from oftra.syntax.format_declaration import declaration, description
from oftra.syntax.format_expression import item, type_
from oftra.syntax.format_query import query
from oftra.syntax.layout import Doc, Group, flat, render

__all__ = ["format_expr", "format_file", "format_query", "format_type"]


def format_file(file: n.File, source: str | None = None) -> str:
    """`file` as `oftra fmt` writes it. `source` is the text that it was read from, if there is one."""
    comments = Comments(file.comments, query)
    parts: list[str] = []
    before: tuple[n.Declaration, str] | None = None
    for one in file.declarations:
        text = render(comments.unit(one.span, partial(_described, one, comments)))
        if before is not None:
            short = before[1].count("\n") < 2 and text.count("\n") < 2
            parts.append("\n" if short and _stand_together(before, (one, text), file, source) else "\n\n")
        parts.append(text)
        before = (one, text)
    left = render(tuple(comments.dangling(_END))).strip("\n")
    if left:
        parts += ["\n\n" if parts else "", left]
    return "".join(parts) + "\n" if parts else ""


_END = 1 << 62


def _described(one: n.Declaration, comments: Comments) -> Doc:
    """A declaration below its description."""
    told = None if isinstance(one, n.BrokenDeclaration) else one.description
    lines = "".join(line + "\n" for line in description(told))
    return (lines, declaration(one, comments))


def _stand_together(
    before: tuple[n.Declaration, str], after: tuple[n.Declaration, str], file: n.File, source: str | None
) -> bool:
    """Whether two short declarations have no empty line between them."""
    if source is None:
        return type(before[0]) is type(after[0]) and "\n" not in before[1] + after[1]
    at = before[0].span.end
    for comment in file.comments:
        if comment.span.start >= at and "\n" not in source[at : comment.span.start]:
            at = comment.span.end
    return _empty_line(source, at) is None


_empty_line = re.compile(r"[^\S\n]*\n[^\S\n]*\n").match


def format_query(q: n.Query) -> str:
    """A query as `oftra show` prints it: operators on lines of their own."""
    return render(Group(query(q, Comments((), query)), bool(q.operators or q.common)))


def format_expr(expr: n.Expr | n.Star | n.Item) -> str:
    """An expression on one line, as messages quote it."""
    return flat(item(expr, Comments((), query)))


def format_type(kind: n.Type) -> str:
    """A type by its own name."""
    return type_(kind)
