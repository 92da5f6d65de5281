"""The formatter: a tree back into text, in the one layout that all programs share.

Every comment is kept, the text reads back to the same tree, and text that was formatted once stays as it is. The tree
alone decides the layout; where a person may leave an empty line or not (between declarations of one line), the source
text says what was chosen, and without it declarations of one kind stand together.
"""

from functools import partial

from oftra.syntax import nodes as n
from oftra.syntax.format_comments import Comments
from oftra.syntax.format_declaration import declaration, description
from oftra.syntax.format_expression import item, name, type_
from oftra.syntax.format_query import query
from oftra.syntax.layout import Doc, Group, flat, render

__all__ = ["format_expr", "format_file", "format_query", "format_type"]


def format_file(file: n.File, source: str | None = None) -> str:
    """`file` as `oftra fmt` writes it. `source` is the text that it was read from, if there is one."""
    comments = Comments(file.comments, query)
    pads = _widths_of_connections(file.declarations, source)
    written: list[str] = []
    for one in file.declarations:
        written.append(render(comments.unit(one.span, partial(_described, one, comments, pads))))
    left = render(tuple(comments.dangling(_END))).strip("\n")
    parts: list[str] = []
    for number, text in enumerate(written):
        if number:
            before, after = file.declarations[number - 1 : number + 1]
            short = written[number - 1].count("\n") < 2 and text.count("\n") < 2
            together = short and _stand_together(before, after, source, written[number - 1] + text)
            parts.append("\n" if together else "\n\n")
        parts.append(text)
    if left:
        parts += ["\n\n" if written else "", left]
    return "".join(parts) + "\n" if parts else ""


_END = 1 << 62


def _described(one: n.Declaration, comments: Comments, pads: dict[int, int]) -> Doc:
    """A declaration below its description."""
    told = None if isinstance(one, n.BrokenDeclaration) else one.description
    lines = "".join(line + "\n" for line in description(told))
    return (lines, declaration(one, comments, pads.get(id(one), 0)))


def _stand_together(before: n.Declaration, after: n.Declaration, source: str | None, written: str) -> bool:
    """Whether two short declarations have no empty line between them."""
    if source is None:
        return type(before) is type(after) and "\n" not in written
    return "\n\n" not in source[before.span.end : after.span.start].replace("\r", "").replace(" ", "")


def _widths_of_connections(declarations: tuple[n.Declaration, ...], source: str | None) -> dict[int, int]:
    """How far the names of connections that stand together are filled up, by the identity of each."""
    widths: dict[int, int] = {}
    run: list[n.Connection] = []
    for one in (*declarations, None):
        plain = isinstance(one, n.Connection) and one.description is None
        if run and not (plain and one is not None and _stand_together(run[-1], one, source, "")):
            width = max(len(name(each.name)) for each in run)
            widths.update((id(each), width) for each in run)
            run = []
        if plain and isinstance(one, n.Connection):
            run.append(one)
    return widths


def format_query(q: n.Query) -> str:
    """A query as `oftra show` prints it: operators on lines of their own."""
    return render(Group(query(q, Comments((), query)), bool(q.operators or q.common)))


def format_expr(expr: n.Expr | n.Star | n.Item) -> str:
    """An expression on one line, as messages quote it."""
    return flat(item(expr, Comments((), query)))


def format_type(kind: n.Type) -> str:
    """A type by its own name."""
    return type_(kind)
