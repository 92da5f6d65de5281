"""The grammar's automaton as the parser walks it: rows unpacked when first needed, ways through it remembered."""

from array import array
from collections.abc import Callable
from typing import Any

from oftra.syntax import (
    build_call,
    build_contract,
    build_declaration,
    build_expression,
    build_name,
    build_operator,
    build_query,
    build_standard,
    build_type,
)
from oftra.syntax.lexer import NAME, SOFT_KINDS, TABLES

_, _, _, NONTERMINALS, RULES, ACTION_ROWS, ACTION_OF, GOTO_ROWS, GOTO_OF, ENTRIES, NAME_STATE = TABLES

PROGRAM, QUERY = range(2)
"""The entries of the grammar, in the order in which the tables have them."""

Builder = Callable[..., Any]
BUILDERS: dict[str, Builder] = {
    **build_name.BUILDERS, **build_expression.BUILDERS, **build_call.BUILDERS, **build_type.BUILDERS,
    **build_query.BUILDERS, **build_standard.BUILDERS, **build_operator.BUILDERS, **build_contract.BUILDERS,
    **build_declaration.BUILDERS,
}  # fmt: skip

STEP = 512
"""More than there are terminals: a nonterminal times this, plus a terminal, is a key of its own."""


class Rule:
    """An alternative of the grammar: what it makes, of how many symbols, and the function that builds it."""

    __slots__ = ("build", "key", "name", "nonterminal", "passes", "size")

    def __init__(self, nonterminal: int, size: int, name: str) -> None:
        self.nonterminal = nonterminal
        self.key = nonterminal * STEP
        self.size = size
        self.name = name
        self.passes = not name
        self.build: Builder | None = BUILDERS[name] if name else None


RULE = [Rule(*rule) for rule in RULES]
REDUCTIONS: list[tuple[Builder | None, int, int]] = [(rule.build, rule.size, rule.key) for rule in RULE]


def _unpacked(row: tuple[bytes, bytes]) -> dict[int, int]:
    return dict(zip(array("H", row[0]), array("h", row[1])))


class Rows(dict[int, dict[int, int]]):
    """What to do in each state, by terminal: shift to a state (0 or more) or reduce (the complement of a rule)."""

    def __missing__(self, state: int) -> dict[int, int]:
        row = self[state] = _unpacked(ACTION_ROWS[_ACTION_OF[state]])
        return row


class Gotos(dict[int, dict[int, int]]):
    """Where each state goes with a nonterminal (`plain`) and with a nonterminal before a terminal (here)."""

    def __init__(self) -> None:
        self.plain: dict[int, dict[int, int]] = {}

    def __missing__(self, state: int) -> dict[int, int]:
        self.plain[state] = _unpacked(GOTO_ROWS[_GOTO_OF[state]])
        row: dict[int, int] = {}
        self[state] = row
        return row


_ACTION_OF, _GOTO_OF = array("h", ACTION_OF), array("h", GOTO_OF)
ROWS, GOTOS = Rows(), Gotos()
NAME_KEY = NONTERMINALS.index("name") * STEP


def action_in(state: int, kind: int) -> int | None:
    """What to do in `state` before a terminal, None if it cannot stand there."""
    row = ROWS[state]
    action = row.get(kind)
    if action is None and kind in SOFT_KINDS:
        # The table leaves out words that can only be names. (A type is no such name: no soft word is one.)
        if row.get(NAME) != NAME_STATE:
            return None
        action = row[kind] = NAME_STATE
    return action


def goto(state: int, key: int, kind: int) -> int:
    """The state after a reduction in `state`, and after those that would follow it before `kind` without building."""
    gotos = GOTOS[state]
    plain = GOTOS.plain[state]
    target = plain[key // STEP]
    while True:
        action = action_in(target, kind)
        if action is None or action >= 0 or not RULE[~action].passes:
            break
        target = plain[RULE[~action].key // STEP]
    gotos[key + kind] = target
    return target
