"""Turns the grammar into parse tables: Lark works out the LALR(1) automaton, and nothing of Lark is left in the result.

Only this module imports Lark. It runs when the package is built, or when tables are missing or older than the grammar.
It imports nothing of ours, so that the package's build can call it before the package exists.
"""

import marshal
from array import array
from importlib.util import source_hash
from typing import Any

from lark import Lark

ENTRIES = ("program", "query")
FORMAT = 5


def automaton(grammar: str, lexer: Any = "basic", **options: Any) -> Lark:
    """Lark's own parser for `grammar`. With `strict` any conflict is an error, which needs `interegular` installed."""
    return Lark(grammar, parser="lalr", lexer=lexer, start=list(ENTRIES), **options)


def build(grammar: str) -> bytes:
    """The tables of `grammar` in the form that `tables.load` reads.

    A tuple of: format, hash of the grammar, names of terminals (number 0 is no terminal), names of nonterminals, rules
    (nonterminal, number of symbols, name of the alternative), rows of actions, the row of each state, rows of gotos,
    the goto row of each state, start and end state of each entry, the state that has read a plain name. A row is a
    pair of arrays as bytes: keys and values. A shift is the number of a state, a reduction the complement of a rule's.
    """
    table: Any = automaton(grammar).parser.parser._parse_table
    states, entries = _numbered(table)
    rules = _rules(states)
    numbers = {rule: number for number, rule in enumerate(rules)}
    nonterminals = sorted({str(rule.origin.name) for rule in rules} | set(ENTRIES))
    symbols = {str(name) for row in states.values() for name in row}
    terminals = ["", *sorted(symbols - set(nonterminals))]
    terminal_number = {name: number for number, name in enumerate(terminals)}
    nonterminal_number = {name: number for number, name in enumerate(nonterminals)}
    plain_names = {number for number, row in states.items() if _is_a_name(row)}

    action_rows: dict[tuple[bytes, bytes], int] = {}
    goto_rows: dict[tuple[bytes, bytes], int] = {}
    action_of, goto_of = array("h"), array("h")
    for number in range(len(states)):
        actions: dict[int, int] = {}
        gotos: dict[int, int] = {}
        by_name = states[number].get("PLAIN_NAME")
        for symbol, (action, target) in sorted(states[number].items()):
            if symbol in nonterminal_number:
                gotos[nonterminal_number[symbol]] = target
            elif str(action) == "Reduce":
                actions[terminal_number[symbol]] = ~numbers[target]
            elif symbol in ("PLAIN_NAME", "QUOTED") or by_name is None or target not in plain_names:
                # A soft word that can only be a name here needs no entry: the parser looks up PLAIN_NAME for it.
                actions[terminal_number[symbol]] = target
        action_of.append(action_rows.setdefault(_packed(actions), len(action_rows)))
        goto_of.append(goto_rows.setdefault(_packed(gotos), len(goto_rows)))

    return marshal.dumps(
        (
            FORMAT,
            source_hash(grammar.encode()),
            tuple(terminals),
            tuple(nonterminals),
            tuple((nonterminal_number[rule.origin.name], len(rule.expansion), str(rule.alias or "")) for rule in rules),
            tuple(action_rows),
            action_of.tobytes(),
            tuple(goto_rows),
            goto_of.tobytes(),
            entries,
            _state_of_a_plain_name(states, plain_names),
        )
    )


def _numbered(table: Any) -> tuple[dict[int, dict[str, tuple[Any, Any]]], tuple[tuple[int, int], ...]]:
    """The states, and the start and end of each entry, numbered in the order in which one comes to them.

    Lark numbers them as its sets happen to be ordered, and the tables of one grammar should always be the same bytes.
    """
    order = [table.start_states[entry] for entry in ENTRIES]
    number = {state: place for place, state in enumerate(order)}
    for state in order:
        for _, (action, target) in sorted(table.states[state].items()):
            if str(action) == "Shift" and target not in number:
                number[target] = len(order)
                order.append(target)
    states = {
        number[state]: {
            symbol: (action, number[target] if str(action) == "Shift" else target)
            for symbol, (action, target) in table.states[state].items()
        }
        for state in order
    }
    return states, tuple((number[table.start_states[entry]], number[table.end_states[entry]]) for entry in ENTRIES)


def _rules(states: dict[int, dict[str, tuple[Any, Any]]]) -> list[Any]:
    """All rules that are ever reduced, in an order that depends on the grammar alone."""
    found = {target for row in states.values() for action, target in row.values() if str(action) == "Reduce"}
    return sorted(found, key=lambda rule: (rule.origin.name, rule.order, str(rule.expansion)))


def _is_a_name(row: dict[str, tuple[Any, Any]]) -> bool:
    """Whether a state does nothing but make a `name` of the word that was just read."""
    return all(str(action) == "Reduce" and target.origin.name == "name" for action, target in row.values())


def _state_of_a_plain_name(states: dict[int, dict[str, tuple[Any, Any]]], plain_names: set[int]) -> int:
    """The one state that a PLAIN_NAME leads to where it is a `name` and can be nothing else."""
    (found,) = {
        row["PLAIN_NAME"][1] for row in states.values() if "PLAIN_NAME" in row and row["PLAIN_NAME"][1] in plain_names
    }
    return int(found)


def _packed(row: dict[int, int]) -> tuple[bytes, bytes]:
    return array("H", row).tobytes(), array("h", row.values()).tobytes()
