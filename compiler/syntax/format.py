"""The formatter: a tree back into text, in the one layout that all programs share.

Every comment is kept, the text reads back to the same tree, and text that was formatted once stays as it is. The tree
alone decides the layout; where a person may leave an empty line or not (between declarations of one line), the source
text says what was chosen, and without it declarations of one kind stand together.
"""

import re
from functools import partial
from itertools import pairwise

from oftra.syntax import nodes as n
from oftra.syntax.format_comments import Comments
from oftra.syntax.format_declaration import declaration, description
from oftra.syntax.format_expression import item, type_
from oftra.syntax.format_query import query
from oftra.syntax.layout import WIDTH, Doc, Group, flat, render

__all__ = ["format_expr", "format_file", "format_query", "format_type"]


def format_file(file: n.File, source: str | None = None) -> str:
    """`file` as `oftra fmt` writes it. `source` is the text that it was read from, if there is one."""
    comments = Comments(file.comments, query)
    texts = [render(comments.unit(one.span, partial(_described, one, comments))) for one in file.declarations]
    together = [False] + [
        before.count("\n") < 2 and after.count("\n") < 2 and _stand_together(file, number, before + after, source)
        for number, (before, after) in enumerate(pairwise(texts))
    ]
    parts: list[str] = []
    for joined, text in zip(together, _aligned(file.declarations, texts, together)):
        parts += ["\n" if joined else "\n\n" if parts else "", text]
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


def _stand_together(file: n.File, number: int, written: str, source: str | None) -> bool:
    """Whether no empty line stands between the short declarations `number` and `number + 1`."""
    before, after = file.declarations[number : number + 2]
    if source is None:
        return type(before) is type(after) and "\n" not in written
    at = before.span.end
    for comment in file.comments:
        if comment.span.start >= at and "\n" not in source[at : comment.span.start]:
            at = comment.span.end
    return _empty_line(source, at) is None


def _aligned(declarations: tuple[n.Declaration, ...], texts: list[str], together: list[bool]) -> list[str]:
    """The texts, with the names of connections that stand together, one a line, filled up to one width."""
    runs: list[list[int]] = []
    for number, (one, text) in enumerate(zip(declarations, texts)):
        if isinstance(one, n.Connection) and "\n" not in text:
            if together[number] and runs and runs[-1][-1] == number - 1:
                runs[-1].append(number)
            else:
                runs.append([number])
    aligned = list(texts)
    for run in runs:
        heads = {number: texts[number].partition(" = ")[0] for number in run}
        width = max(map(len, heads.values()))
        filled = {number: head.ljust(width) + texts[number][len(head) :] for number, head in heads.items()}
        if max(map(len, filled.values())) <= WIDTH:
            for number, text in filled.items():
                aligned[number] = text
    return aligned


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
