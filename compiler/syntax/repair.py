"""Mistakes that say what was meant: each is reported as what it is, and most are mended so that reading goes on.

A repair changes the tokens from `machine.at` on: puts one in, takes one out, or takes one for another. It is tried only
where the grammar then goes on, so that a guess never makes a second mistake out of one.
"""

from collections.abc import Callable

from oftra.diagnostics import syntax as d
from oftra.diagnostics.model import nearest
from oftra.grammar.keywords import DECLARATIONS, LATER
from oftra.syntax.automaton import PROGRAM
from oftra.syntax.expected import accepts, expected
from oftra.syntax.lexer import CLOSERS, END, KIND, NAME, OPENERS, QUOTED, RESERVED_KINDS, WORDS
from oftra.syntax.machine import Machine
from oftra.syntax.nodes import Name
from oftra.syntax.repair_query import (
    declares,
    missing_by,
    missing_pipe,
    named,
    nothing_selected,
    unknown_operator,
)

_CLOSER_OF = {KIND["LPAR"]: KIND["RPAR"], KIND["LSQB"]: KIND["RSQB"], KIND["LBRACE"]: KIND["RBRACE"]}

K = KIND
_STATEMENTS = frozenset(
    "create insert update delete drop alter merge copy truncate grant use begin commit declare replace".split()
)
_BELONGS_ELSEWHERE = frozenset(K[w] for w in "AND OR NOT IN IS BETWEEN LIKE AS FROM SELECT WITH WHEN DISTINCT".split())


def repair(machine: Machine, begun: int | None) -> bool:
    """Report the mistake at `machine.at`; whether it is mended.

    `begun` is the declaration whose first word was taken for a name, where that happened.
    """
    if begun is not None:
        _report_before_declaration(machine, begun)
        return False
    for attempt in ATTEMPTS:
        match attempt(machine):
            case None:
                continue
            case settled:
                return settled
    raise AssertionError("the last attempt settles everything")


# --- attempts: True if mended, False if reported, None if it is something else ----------------------------------------


def _after_unclosed(machine: Machine) -> bool | None:
    """What follows an unclosed string on its line was swallowed by it: the mistake has been reported."""
    if machine.at == 0:
        return None
    before = machine.tokens.texts[machine.at - 1]
    match before[:1]:
        case "'" | "`":
            return False if before.count(before[0]) % 2 or len(before) < 2 else None
        case "$":
            tag = before[: before.index("$", 1) + 1]
            return False if len(before) < 2 * len(tag) or not before.endswith(tag) else None
        case _:
            return None


def _taken_for_alias(machine: Machine) -> bool | None:
    """A word that was read as an alias without `as`, and is a misspelt keyword or the first of a declaration."""
    tokens, before, states = machine.tokens, machine.at - 1, machine.states[:-1]
    if before < 0 or tokens.kinds[before] != NAME or not (accepts(states, K["AS"]) and accepts(states, NAME)):
        return None
    word, kind = tokens.texts[before].lower(), tokens.kinds[machine.at]
    fitting = [one for one, number in WORDS.items() if accepts(states, number, kind)]
    first = machine.entry == PROGRAM and tokens.file.text[tokens.span(before).start - 1] == "\n"
    declares_more = first and (word in _STATEMENTS or nearest(word, DECLARATIONS) is not None)
    if not declares_more and nearest(word, fitting) is None:
        return None
    machine.at = before
    machine.states.pop()
    machine.values.pop()
    return _unknown_declaration(machine) if declares_more else _unexpected(machine)


def _last_comma(machine: Machine) -> bool | None:
    before, kind, _ = machine.around()
    if before != K["COMMA"] or machine.values[-1] != machine.at - 1 or not accepts(machine.states[:-1], kind):
        return None
    machine.tokens.report.add(d.LastComma(span=machine.tokens.span(machine.at - 1)))
    machine.states.pop()
    machine.values.pop()
    return True


def _cell(machine: Machine) -> bool | None:
    """Empty cells and rows without an end."""
    before, kind, _ = machine.around()
    at_cell = before in (K["ROW_OPEN"], K["CELL"])
    span = machine.tokens.span(machine.at)
    if at_cell and kind in (K["CELL"], K["ROW_CLOSE"]):
        machine.tokens.report.add(d.EmptyCell(span=span))
        machine.insert(K["NULL"])
        return True
    if at_cell and kind == K["CONCAT"]:
        # `||` is a cell without even a space in it.
        machine.tokens.report.add(d.EmptyCell(span=span))
        machine.tokens.kinds[machine.at] = K["CELL"]
        machine.insert(K["NULL"])
        return True
    if accepts(machine.states, K["ROW_CLOSE"]) and kind != K["CELL"]:
        text = machine.tokens.file.text
        previous = machine.tokens.span(machine.at - 1)
        if "\n" in text[previous.end : span.start] or kind == END:
            machine.tokens.report.add(d.UnclosedRow(span=previous))
            machine.insert(K["ROW_CLOSE"])
            return True
    return None


def _cast_operator(machine: Machine) -> bool | None:
    tokens, at = machine.tokens, machine.at
    if tokens.texts[at] != "::":
        return None
    machine.tokens.report.add(d.CastOperator(span=tokens.span(at)))
    if not named(tokens.kinds[at + 1]):
        return False
    end = at + 2
    if tokens.kinds[end] == K["LPAR"]:
        while tokens.kinds[end] not in (K["RPAR"], END):
            end += 1
        end += tokens.kinds[end] == K["RPAR"]
    machine.remove(end - at)
    return True


def _interval_string(machine: Machine) -> bool | None:
    before, kind, _ = machine.around()
    if before != K["INTERVAL"] or kind != K["STRING"]:
        return None
    tokens, at = machine.tokens, machine.at
    machine.tokens.report.add(d.IntervalString(tokens.texts[at], span=tokens.span(at)))
    amount, _, unit = tokens.texts[at].strip("'").strip().partition(" ")
    tokens.kinds[at] = K["NUMBER"]
    tokens.texts[at] = amount if amount.isdigit() else "0"
    if unit.isalpha():  # `interval '5 minutes'`: the unit is in the string too
        tokens.kinds.insert(at + 1, NAME)
        tokens.texts.insert(at + 1, unit)
        tokens.ends.insert(at + 1, tokens.ends[at])
    return accepts(machine.states, K["NUMBER"])


def _property_equals(machine: Machine) -> bool | None:
    _, kind, after = machine.around()
    brackets = machine.open_brackets()
    if kind != K["EQUAL"] or not brackets or not accepts(machine.states, K["COLON"], after):
        return None
    if machine.tokens.kinds[machine.values[brackets[-1]]] != K["LBRACE"]:
        return None
    machine.tokens.report.add(d.PropertyEquals(span=machine.tokens.span(machine.at)))
    machine.tokens.kinds[machine.at] = K["COLON"]
    return True


def _missing_as(machine: Machine) -> bool | None:
    _, kind, after = machine.around()
    if not named(kind) or not accepts(machine.states, K["AS"], kind, after):
        return None
    machine.tokens.report.add(d.MissingAs(machine.tokens.texts[machine.at], span=machine.tokens.span(machine.at)))
    machine.insert(K["AS"])
    return True


def _missing_comma(machine: Machine) -> bool | None:
    before, kind, after = machine.around()
    if before == K["COMMA"] or kind in OPENERS or not accepts(machine.states, K["COMMA"], kind, after):
        return None
    if not (named(kind) or kind in (K["NUMBER"], K["STRING"]) or (named(before) and kind in RESERVED_KINDS)):
        return None
    end = machine.tokens.span(machine.at - 1).end
    machine.tokens.report.add(d.MissingComma(end, span=machine.tokens.span(machine.at)))
    machine.insert(K["COMMA"])
    return True


def _reserved_name(machine: Machine) -> bool | None:
    before, kind, after = machine.around()
    states = machine.states
    if before in RESERVED_KINDS and isinstance(machine.values[-1], Name) and accepts(states[:-1], QUOTED, kind):
        # It was read as the key of a property, where any word is a name, but no colon follows.
        machine.at -= 1
        states.pop()
        machine.values.pop()
        return _quote(machine)
    if kind not in RESERVED_KINDS or not accepts(states, QUOTED, after):
        return None
    if accepts(states, K["NUMBER"]) and kind in _BELONGS_ELSEWHERE:
        return None
    return _quote(machine)


def _quote(machine: Machine) -> bool:
    """Take the reserved word at `machine.at` for a name."""
    tokens, at = machine.tokens, machine.at
    tokens.report.add(d.ReservedName(tokens.texts[at], span=tokens.span(at)))
    tokens.kinds[at] = QUOTED
    return True


def _later(machine: Machine) -> bool | None:
    """Words that are kept for forms to come."""
    tokens, at = machine.tokens, machine.at
    for place in (at, at - 1, at - 2):
        word = tokens.texts[place].lower() if place >= 0 else ""
        if word in LATER and place >= 0 and tokens.kinds[place] != QUOTED and (place != at - 2 or word == "enum"):
            machine.tokens.report.add(d.NotYet(f"`{word}`", span=tokens.span(place)))
            return False
    return None


def _bracket(machine: Machine) -> bool | None:
    """Brackets that do not fit each other."""
    _, kind, _ = machine.around()
    tokens, at = machine.tokens, machine.at
    brackets = machine.open_brackets()
    if kind in CLOSERS and not any(_CLOSER_OF[tokens.kinds[machine.values[b]]] == kind for b in brackets):
        machine.tokens.report.add(d.UnopenedBracket(tokens.texts[at], span=tokens.span(at)))
        machine.remove()
        return accepts(machine.states, tokens.kinds[at])
    if not brackets:
        return None
    opening = machine.values[brackets[-1]]
    closer = _CLOSER_OF[tokens.kinds[opening]]
    ends_it = kind in (END, K["PIPE"]) or (kind in CLOSERS and kind != closer) or declares(machine)
    if not ends_it or not accepts(machine.states, closer):
        return None
    found = machine.shown(at)
    tokens.report.add(d.UnclosedBracket(tokens.texts[opening], found, tokens.span(at), span=tokens.span(opening)))
    if accepts(machine.states, closer, kind):
        machine.insert(closer)
        return True
    return False


def _unknown_declaration(machine: Machine) -> bool | None:
    _, kind, after = machine.around()
    tokens, at = machine.tokens, machine.at
    if not (named(kind) or kind in RESERVED_KINDS) or not accepts(machine.states, K["VIEW"], NAME):
        return None
    text, span = tokens.file.text, tokens.span(at)
    flush = span.start == 0 or text[span.start - 1] == "\n"
    if not flush and len(machine.values) > 1:
        return None
    word = tokens.texts[at].lower()
    if word in _STATEMENTS:
        machine.tokens.report.add(d.SqlStatement(word, span=span))
        return False
    if kind in (K["FROM"], K["SELECT"], K["WITH"]):
        machine.tokens.report.add(d.NamelessQuery(span=span))
        return False
    meant = nearest(word, DECLARATIONS)
    machine.tokens.report.add(d.UnknownDeclaration(tokens.texts[at], meant, DECLARATIONS, span=span))
    if meant is not None and accepts(machine.states, WORDS[meant], after):
        tokens.kinds[at] = WORDS[meant]
        return True
    return False


def _unexpected(machine: Machine) -> bool:
    """Anything else; a misspelt keyword is read as the one that was meant."""
    _, kind, after = machine.around()
    tokens, at = machine.tokens, machine.at
    meant = None
    if kind == NAME:
        fitting = [word for word, number in WORDS.items() if accepts(machine.states, number, after)]
        meant = nearest(tokens.texts[at], fitting)
    what = machine.shown(at)
    tokens.report.add(d.Unexpected(what, expected(machine.states), meant, span=tokens.span(at)))
    if meant is None:
        return False
    tokens.kinds[at] = WORDS[meant]
    return True


def _report_before_declaration(machine: Machine, begun: int) -> None:
    """The declaration at `begun` was taken for an item of the list before it."""
    tokens = machine.tokens
    if tokens.kinds[begun - 1] == K["COMMA"]:
        machine.tokens.report.add(d.LastComma(span=tokens.span(begun - 1)))
    else:
        machine.tokens.report.add(d.Unexpected(machine.shown(begun), (), span=tokens.span(begun)))


ATTEMPTS: tuple[Callable[[Machine], bool | None], ...] = (
    _after_unclosed, _taken_for_alias, _last_comma, _cell, nothing_selected, missing_pipe, missing_by,
    unknown_operator, _cast_operator, _interval_string, _property_equals, _missing_as, _missing_comma, _reserved_name,
    _later, _bracket, _unknown_declaration, _unexpected,
)  # fmt: skip
