"""What the parser builds for each alternative that is a contract, a part of one, or a property. See `build_name`."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, cast

from oftra.diagnostics.syntax import SaidTwice
from oftra.source import Span
from oftra.syntax import nodes as n
from oftra.syntax.build_expression import text_of
from oftra.syntax.lexer import Tokens

ActionWord = Literal["fail", "drop", "warn", "quarantine"]


def described(t: Tokens, offset: int) -> str | None:
    """What `///` said directly before `offset`; it is taken, so that what is left over belongs to nothing."""
    found = t.descriptions.pop(offset, None)
    return "\n".join(line for line, _ in found) if found else None


def description_before(t: Tokens, word: int) -> str | None:
    """What `///` said before the declaration that begins with the token `word`."""
    return described(t, t.ends[word] - len(t.texts[word])) if t.descriptions else None


# --- contracts --------------------------------------------------------------------------------------------------------


def contract(t: Tokens, at: int, word: int, name: n.Name, items: list[n.ContractItem]) -> n.Contract:
    return n.Contract(name, tuple(items), description_before(t, word), span=t.since(word, at))


class Attribute(NamedTuple):
    """One promise about a column: the field it sets, and to what."""

    field: str
    value: Any
    span: Span


def contract_column(
    t: Tokens, at: int, name: n.Name, kind: n.Type, attributes: list[Attribute | n.Check]
) -> n.ContractColumn:
    span = t.after(name.span, at)
    description = described(t, span[0]) if t.descriptions else None
    if not attributes:
        return n.ContractColumn(name, kind, description=description, span=span)
    found: dict[str, Any] = {}
    checks: list[n.Check] = []
    for attribute in attributes:
        if isinstance(attribute, n.Check):
            checks.append(attribute)
            continue
        if attribute.field in found:
            t.report.add(SaidTwice(attribute.field.replace("_", " "), span=attribute.span))
        found[attribute.field] = attribute.value
    return n.ContractColumn(name, kind, checks=tuple(checks), description=description, span=span, **found)


def not_null(t: Tokens, at: int, word: int, null: int) -> Attribute:
    return Attribute("not_null", True, t.since(word, at))


def primary_key(t: Tokens, at: int, word: int, key: int) -> Attribute:
    return Attribute("primary_key", True, t.since(word, at))


def unique(t: Tokens, at: int, word: int) -> Attribute:
    return Attribute("unique", True, t.since(word, at))


def references(t: Tokens, at: int, word: int, relation: n.Path, columns: list[n.Name]) -> Attribute:
    span = t.since(word, at)
    return Attribute("references", n.References(relation, tuple(columns), span=span), span)


def default(t: Tokens, at: int, word: int, value: n.Expr) -> Attribute:
    return Attribute("default", value, t.since(word, at))


def pii(t: Tokens, at: int, word: int) -> Attribute:
    return Attribute("pii", "", t.since(word, at))


def pii_kind(t: Tokens, at: int, word: int, kind: int) -> Attribute:
    return Attribute("pii", text_of(t, kind), t.since(word, at))


def event_time(t: Tokens, at: int, word: int, time: int) -> Attribute:
    return Attribute("event_time", True, t.since(word, at))


def record_path(t: Tokens, at: int, word: int, path: int) -> Attribute:
    return Attribute("path", text_of(t, path), t.since(word, at))


class Late(NamedTuple):
    """What follows `on late`."""

    kind: Literal["drop", "into"]
    into: n.Name | None = None
    place: n.Path | None = None


def watermark(t: Tokens, at: int, word: int, amount: n.Expr, unit: n.Name, late: Late | None) -> Attribute:
    delay = n.Interval(amount, unit.text.lower(), span=Span(amount.span[0], unit.span[1], t.path))
    span = t.since(word, at)
    if late is None:
        return Attribute("watermark", n.Watermark(delay, span=span), span)
    return Attribute("watermark", n.Watermark(delay, late.kind, late.into, late.place, span=span), span)


def late_drop(t: Tokens, at: int, o: int, late: int, word: int) -> Late:
    return Late("drop")


def late_into(t: Tokens, at: int, o: int, late: int, into: int, name: n.Name) -> Late:
    return Late("into", name)


def late_into_in(t: Tokens, at: int, o: int, late: int, into: int, name: n.Name, word: int, place: n.Path) -> Late:
    return Late("into", name, place)


def key_rule(t: Tokens, at: int, word: int, key: int, o: int, columns: list[n.Name], c: int) -> n.KeyRule:
    return n.KeyRule("primary key", tuple(columns), span=t.since(word, at))


def unique_rule(t: Tokens, at: int, word: int, o: int, columns: list[n.Name], c: int) -> n.KeyRule:
    return n.KeyRule("unique", tuple(columns), span=t.since(word, at))


def check(
    t: Tokens, at: int, word: int, o: int, condition: n.Expr, c: int, name: n.Name | None, on: n.OnViolation | None
) -> n.Check:
    return n.Check(condition, name, on, span=t.since(word, at))


class Action(NamedTuple):
    """What happens to a row that breaks a rule, and where it goes."""

    word: ActionWord
    into: n.Name | None
    connection: n.Path | None


def action(t: Tokens, at: int, word: int) -> Action:
    return Action(cast(ActionWord, t.word(word)), None, None)


def action_into(t: Tokens, at: int, word: int, i: int, into: n.Name) -> Action:
    return Action("quarantine", into, None)


def action_into_in(t: Tokens, at: int, word: int, i: int, into: n.Name, n_: int, connection: n.Path) -> Action:
    return Action("quarantine", into, connection)


def on_violation(t: Tokens, at: int, word: int, violation: int, chosen: Action) -> n.OnViolation:
    return n.OnViolation(*chosen, span=t.since(word, at))


# --- properties -------------------------------------------------------------------------------------------------------


def property_(t: Tokens, at: int, key: n.Name, colon: int, value: n.Expr | n.Properties) -> n.Property:
    return n.Property(key, value, span=t.after(key.span, at))


def braced_properties(t: Tokens, at: int, opening: int, items: list[n.Property], closing: int) -> n.Properties:
    return n.Properties(tuple(items), span=t.since(opening, at))


def empty_properties(t: Tokens, at: int, opening: int, closing: int) -> n.Properties:
    return n.Properties((), span=t.since(opening, at))


def properties(t: Tokens, at: int, items: list[n.Property]) -> n.Properties:
    if not items:
        return n.Properties()
    return n.Properties(tuple(items), span=Span(items[0].span[0], items[-1].span[1], t.path))


BUILDERS: dict[str, Callable[..., Any]] = {
    "contract": contract, "contract_column": contract_column, "not_null": not_null, "primary_key": primary_key,
    "unique": unique, "references": references, "default": default, "pii": pii, "pii_kind": pii_kind,
    "event_time": event_time, "record_path": record_path, "watermark": watermark, "late_drop": late_drop,
    "late_into": late_into, "late_into_in": late_into_in, "key_rule": key_rule, "unique_rule": unique_rule,
    "check": check, "action": action, "action_into": action_into, "action_into_in": action_into_in,
    "on_violation": on_violation,
    "property": property_, "braced_properties": braced_properties, "empty_properties": empty_properties,
    "properties": properties,
}  # fmt: skip
