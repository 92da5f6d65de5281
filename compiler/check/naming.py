"""The names that columns get without being given one."""

from oftra.syntax import nodes


def implied_name(expr: nodes.Expr) -> str:
    """The name that an expression gives its column without `as`: of the column or field that it is; else ''."""
    match expr:
        case nodes.Column(name) | nodes.Member(name=name):
            return name.text
        case nodes.Parenthesised(operand):
            return implied_name(operand)
        case _:
            return ""


def column_hint(name: str, expr: nodes.Expr) -> str:
    """The name for a column that a call over rows makes: the item's, where the item is that call and nothing else."""
    return name if isinstance(expr, nodes.Call) else ""


def text_of(expr: nodes.Expr) -> str:
    """An expression as the formatter writes it: what a rule without a name is called by."""
    from oftra.syntax.format import format_expr  # many programs have no such rule, and the formatter is large

    return format_expr(expr)
