"""Properties as they are written, read as options; what the environment puts in their place."""

from collections.abc import Mapping
from dataclasses import dataclass

from oftra.check.context import Context
from oftra.check.scope import Scope
from oftra.connectors import OptionSpec, validate
from oftra.connectors.option import Written
from oftra.ir.expr import Literal
from oftra.ir.program import Option, Options, Word
from oftra.source import Span
from oftra.syntax import nodes


@dataclass(frozen=True)
class Override:
    """What the chosen environment says of one declaration. `moved` if it also puts it on another connection or kind."""

    values: Mapping[str, object]
    moved: bool = False


NOTHING = Override({})


def read_options(
    written: nodes.Properties | tuple[nodes.Property, ...],
    specs: tuple[OptionSpec, ...],
    owner: str,
    span: Span,
    context: Context,
    override: Override = NOTHING,
) -> Options:
    """The options of `owner`, judged against `specs`, with the environment's in the place of those written."""
    items = written.items if isinstance(written, nodes.Properties) else written
    kinds = {spec.name: spec.kind for spec in specs}
    given: dict[str, Written] = {}
    for item in items:
        words = kinds.get(item.name.text) in ("word", "words", "column", "columns")
        given[item.name.text] = (_option(item.value, context, words=words), item.span)
    replaced = [name for name in given if name not in kinds] if override.moved else []
    for name, value in override.values.items():
        given[name] = (_from_toml(value), span)
    return validate(given, specs, owner, span, context.report, replaced)


def _option(value: nodes.Expr | nodes.Properties, context: Context, *, words: bool) -> Option:
    match value:
        case nodes.Properties(items):
            return {item.name.text: _option(item.value, context, words=False) for item in items}
        case nodes.Column(name):
            # A bare word is a choice or a column; where neither is asked for, it may be a param.
            if not words and context.names.find("param", name.text, context.namespace) is not None:
                return Scope(context, None, "a property").type_of(value)
            return Word(name.text, span=value.span)
        case nodes.Member(nodes.Column(nodes.Name("run"))) if not words:
            return Scope(context, None, "a property").type_of(value)
        case nodes.Member():
            return Word(_dotted(value), span=value.span)
        case nodes.Array(items):
            return tuple([_option(item, context, words=True) for item in items])
        case nodes.Null():
            return Word("null", span=value.span)
        case _:
            expr = Scope(context, None, "a property").type_of(value)
            return expr.value if isinstance(expr, Literal) else expr


def _dotted(node: nodes.Expr) -> str:
    match node:
        case nodes.Member(operand, name):
            return f"{_dotted(operand)}.{name.text}"
        case nodes.Column(name):
            return name.text
        case _:
            return ""


def _from_toml(value: object) -> Option:
    """A value of `oftra.toml`: strings stand for words too, tables are options inside."""
    match value:
        case dict():
            return {str(name): _from_toml(inner) for name, inner in value.items()}
        case list():
            return tuple([_from_toml(item) for item in value])
        case _:
            option: Option = value  # type: ignore[assignment]  # TOML has just these left: text, numbers, booleans, dates
            return option


def word(options: Options, name: str) -> str | None:
    """The text of a word option, None without it."""
    value = options.get(name)
    return value.text if isinstance(value, Word) else None


def words(options: Options, name: str) -> tuple[Word, ...]:
    """The words of an option that is a list of them."""
    value = options.get(name)
    if isinstance(value, tuple):
        return tuple([item for item in value if isinstance(item, Word)])
    return (value,) if isinstance(value, Word) else ()


def text(options: Options, name: str) -> str | None:
    """The text of a string option, None without it or if only the run knows it."""
    value = options.get(name)
    return value if isinstance(value, str) else None


__all__ = ["NOTHING", "Override", "read_options", "text", "word", "words"]
