"""Mistakes that say what was meant: each is reported as what it is, and most are mended so that reading goes on at once.

A repair changes the tokens from `machine.at` on: puts one in, takes one out, or takes one for another. It is tried only
where the grammar then goes on, so that a guess never makes a second mistake out of one.
"""

from collections.abc import Callable

from oftra.diagnostics import syntax as d
from oftra.diagnostics.model import Diagnostic, nearest
from oftra.grammar.keywords import DECLARATIONS, LATER
from oftra.syntax.expected import accepts, expected
from oftra.syntax.lexer import END, KIND, NAME, QUOTED, RESERVED_KINDS, SOFT_KINDS, WORDS
from oftra.syntax.machine import Machine

OPENERS = frozenset(KIND[name] for name in ("LPAR", "LSQB", "LBRACE"))
CLOSERS = frozenset(KIND[name] for name in ("RPAR", "RSQB", "RBRACE"))
_CLOSER_OF = {KIND["LPAR"]: KIND["RPAR"], KIND["LSQB"]: KIND["RSQB"], KIND["LBRACE"]: KIND["RBRACE"]}

K = KIND
_OPERATORS = frozenset(
    WORDS[word]
    for word in (
        "where select extend set drop rename aggregate join inner left right full cross semi anti union intersect except"
        " order limit distinct tablesample pivot unpivot call assert window"
    ).split()
)
_OPERATOR_NAMES = tuple(
    "where select extend set drop rename as aggregate join union intersect except order limit distinct tablesample pivot"
    " unpivot call assert window match_recognize left right full inner cross semi anti".split()
)
_OTHER_NAMES = {
    "filter": "where", "having": "where", "qualify": "where", "map": "select", "project": "select", "keep": "select",
    "with_column": "extend", "withcolumn": "extend", "mutate": "extend", "derive": "extend", "compute": "extend",
    "sort": "order by", "sort_by": "order by", "take": "limit", "head": "limit", "top": "limit",
    "summarize": "aggregate", "summarise": "aggregate", "agg": "aggregate", "group": "aggregate … group by",
    "remove": "drop", "alias": "as", "dedup": "distinct", "unique": "distinct", "concat": "union all",
}  # fmt: skip
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


# --- hands ------------------------------------------------------------------------------------------------------------


def _add(machine: Machine, diagnostic: Diagnostic) -> None:
    machine.tokens.report.add(diagnostic)


def _insert(machine: Machine, *kinds: int) -> None:
    """Put tokens without text before the one at `machine.at`."""
    tokens, at = machine.tokens, machine.at
    start = tokens.span(at).start
    tokens.kinds[at:at] = kinds
    tokens.texts[at:at] = [""] * len(kinds)
    tokens.ends[at:at] = [start] * len(kinds)


def _remove(machine: Machine, count: int = 1) -> None:
    """Take out `count` tokens from `machine.at` on."""
    tokens, at = machine.tokens, machine.at
    del tokens.kinds[at : at + count], tokens.texts[at : at + count], tokens.ends[at : at + count]


def _named(kind: int) -> bool:
    """Whether a token of `kind` can be a name."""
    return kind in (NAME, QUOTED) or kind in SOFT_KINDS


def shown(machine: Machine, at: int) -> str:
    """A token as messages name it."""
    if machine.tokens.kinds[at] == END:
        return "the end"
    text = machine.tokens.texts[at]
    return f"`{text if len(text) <= 30 else text[:29] + '…'}`"


def open_brackets(machine: Machine) -> list[int]:
    """Where on the stack of values brackets stand that are still open."""
    kinds = machine.tokens.kinds
    return [place for place, value in enumerate(machine.values) if type(value) is int and kinds[value] in OPENERS]


def _around(machine: Machine) -> tuple[int, int, int]:
    """The kinds of the token before, of the one that does not fit, and of the one after it."""
    kinds, at = machine.tokens.kinds, machine.at
    return kinds[at - 1] if at else 0, kinds[at], kinds[at + 1] if at + 1 < len(kinds) else END


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


def _last_comma(machine: Machine) -> bool | None:
    before, kind, _ = _around(machine)
    if before != K["COMMA"] or machine.values[-1] != machine.at - 1 or not accepts(machine.states[:-1], kind):
        return None
    _add(machine, d.LastComma(span=machine.tokens.span(machine.at - 1)))
    machine.states.pop()
    machine.values.pop()
    return True


def _cell(machine: Machine) -> bool | None:
    """Empty cells and rows without an end."""
    before, kind, _ = _around(machine)
    at_cell = before in (K["ROW_OPEN"], K["CELL"])
    span = machine.tokens.span(machine.at)
    if at_cell and kind in (K["CELL"], K["ROW_CLOSE"]):
        _add(machine, d.EmptyCell(span=span))
        _insert(machine, K["NULL"])
        return True
    if at_cell and kind == K["CONCAT"]:
        # `||` is a cell without even a space in it.
        _add(machine, d.EmptyCell(span=span))
        machine.tokens.kinds[machine.at] = K["CELL"]
        _insert(machine, K["NULL"])
        return True
    if accepts(machine.states, K["ROW_CLOSE"]) and kind != K["CELL"]:
        text = machine.tokens.file.text
        previous = machine.tokens.span(machine.at - 1)
        if "\n" in text[previous.end : span.start] or kind == END:
            _add(machine, d.UnclosedRow(span=previous))
            _insert(machine, K["ROW_CLOSE"])
            return True
    return None


def _nothing_selected(machine: Machine) -> bool | None:
    before, kind, _ = _around(machine)
    words = ("SELECT", "EXTEND", "AGGREGATE", "SET", "DROP", "RENAME")
    at = machine.at - 1
    if before == K["DISTINCT"] and at and machine.tokens.kinds[at - 1] == K["SELECT"]:
        before, at = K["SELECT"], at - 1
    if before not in [K[word] for word in words] or accepts(machine.states, kind):
        return None
    if kind not in (K["PIPE"], K["FROM"], END, K["WHERE"]) and kind not in CLOSERS:
        return None
    _add(machine, d.NothingSelected(machine.tokens.texts[at].lower(), span=machine.tokens.span(at)))
    if accepts(machine.states, K["STAR"], kind):
        _insert(machine, K["STAR"])
        return True
    return False


def _missing_pipe(machine: Machine) -> bool | None:
    before, kind, after = _around(machine)
    states, tokens, at = machine.states, machine.tokens, machine.at
    if kind == K["GROUP"]:
        for kinds in ((K["AGGREGATE"],), (K["PIPE"], K["AGGREGATE"])):
            if accepts(states, *kinds, kind, after):
                _add(machine, d.GroupWithoutAggregate(span=tokens.span(at)))
                _insert(machine, *kinds)
                return True
    word = tokens.texts[at].lower()
    if word in ("having", "qualify") and before != K["PIPE"] and accepts(states, K["PIPE"], K["WHERE"], after):
        _add(machine, d.UnknownOperator(word, "|> where", span=tokens.span(at)))
        tokens.kinds[at] = K["WHERE"]
        _insert(machine, K["PIPE"])
        return True
    if kind in _OPERATORS and before != K["PIPE"] and accepts(states, K["PIPE"], kind, after):
        _add(machine, d.MissingPipe(word, span=tokens.span(at)))
        _insert(machine, K["PIPE"])
        return True
    if kind in _OPERATORS and kind != K["DISTINCT"] and accepts(states, K["PIPE"], kind) and before != K["PIPE"]:
        # The operator has a mistake of its own, found next.
        _add(machine, d.MissingPipe(word, span=tokens.span(at)))
        _insert(machine, K["PIPE"])
        return True
    return None


def _missing_by(machine: Machine) -> bool | None:
    before, kind, _ = _around(machine)
    if before not in (K["ORDER"], K["GROUP"], K["PARTITION"]) or not accepts(machine.states, K["BY"], kind):
        return None
    word = machine.tokens.texts[machine.at - 1].lower()
    _add(machine, d.MissingBy(word, span=machine.tokens.span(machine.at)))
    _insert(machine, K["BY"])
    return True


def _unknown_operator(machine: Machine) -> bool | None:
    before, kind, after = _around(machine)
    if before != K["PIPE"] or not (_named(kind) or kind in RESERVED_KINDS):
        return None
    tokens, at = machine.tokens, machine.at
    word = tokens.texts[at].lower()
    meant = _OTHER_NAMES.get(word) or nearest(word, _OPERATOR_NAMES)
    _add(machine, d.UnknownOperator(word, meant, span=tokens.span(at)))
    if meant in WORDS and accepts(machine.states, WORDS[meant], after):
        tokens.kinds[at] = WORDS[meant]
        return True
    if meant == "order by" and accepts(machine.states, K["ORDER"], K["BY"], after):
        tokens.kinds[at] = K["BY"]
        _insert(machine, K["ORDER"])
        return True
    return False


def _cast_operator(machine: Machine) -> bool | None:
    tokens, at = machine.tokens, machine.at
    if tokens.texts[at] != "::":
        return None
    _add(machine, d.CastOperator(span=tokens.span(at)))
    if not _named(tokens.kinds[at + 1]):
        return False
    end = at + 2
    if tokens.kinds[end] == K["LPAR"]:
        while tokens.kinds[end] not in (K["RPAR"], END):
            end += 1
        end += tokens.kinds[end] == K["RPAR"]
    _remove(machine, end - at)
    return True


def _interval_string(machine: Machine) -> bool | None:
    before, kind, _ = _around(machine)
    if before != K["INTERVAL"] or kind != K["STRING"]:
        return None
    tokens, at = machine.tokens, machine.at
    _add(machine, d.IntervalString(tokens.texts[at], span=tokens.span(at)))
    tokens.kinds[at] = K["NUMBER"]
    tokens.texts[at] = tokens.texts[at].strip("'") or "0"
    return accepts(machine.states, K["NUMBER"])


def _property_equals(machine: Machine) -> bool | None:
    _, kind, after = _around(machine)
    brackets = open_brackets(machine)
    if kind != K["EQUAL"] or not brackets or not accepts(machine.states, K["COLON"], after):
        return None
    if machine.tokens.kinds[machine.values[brackets[-1]]] != K["LBRACE"]:
        return None
    _add(machine, d.PropertyEquals(span=machine.tokens.span(machine.at)))
    machine.tokens.kinds[machine.at] = K["COLON"]
    return True


def _missing_as(machine: Machine) -> bool | None:
    _, kind, after = _around(machine)
    if not _named(kind) or not accepts(machine.states, K["AS"], kind, after):
        return None
    _add(machine, d.MissingAs(machine.tokens.texts[machine.at], span=machine.tokens.span(machine.at)))
    _insert(machine, K["AS"])
    return True


def _missing_comma(machine: Machine) -> bool | None:
    before, kind, after = _around(machine)
    if before == K["COMMA"] or kind in OPENERS or not accepts(machine.states, K["COMMA"], kind, after):
        return None
    if not (_named(kind) or kind in (K["NUMBER"], K["STRING"]) or (_named(before) and kind in RESERVED_KINDS)):
        return None
    end = machine.tokens.span(machine.at - 1).end
    _add(machine, d.MissingComma(end, span=machine.tokens.span(machine.at)))
    _insert(machine, K["COMMA"])
    return True


def _reserved_name(machine: Machine) -> bool | None:
    _, kind, after = _around(machine)
    states = machine.states
    if kind not in RESERVED_KINDS or not accepts(states, QUOTED, after):
        return None
    if accepts(states, K["NUMBER"]) and kind in _BELONGS_ELSEWHERE:
        return None
    tokens, at = machine.tokens, machine.at
    _add(machine, d.ReservedName(tokens.texts[at], span=tokens.span(at)))
    tokens.kinds[at] = QUOTED
    return True


def _later(machine: Machine) -> bool | None:
    """Words that are kept for forms to come."""
    tokens, at = machine.tokens, machine.at
    for place in (at, at - 1, at - 2):
        word = tokens.texts[place].lower() if place >= 0 else ""
        if word in LATER and place >= 0 and tokens.kinds[place] != QUOTED and (place != at - 2 or word == "enum"):
            _add(machine, d.NotYet(f"`{word}`", span=tokens.span(place)))
            return False
    return None


def _bracket(machine: Machine) -> bool | None:
    """Brackets that do not fit each other."""
    _, kind, _ = _around(machine)
    tokens, at = machine.tokens, machine.at
    brackets = open_brackets(machine)
    if kind in CLOSERS and not any(_CLOSER_OF[tokens.kinds[machine.values[b]]] == kind for b in brackets):
        _add(machine, d.UnopenedBracket(tokens.texts[at], span=tokens.span(at)))
        _remove(machine)
        return accepts(machine.states, tokens.kinds[at])
    if not brackets:
        return None
    opening = machine.values[brackets[-1]]
    closer = _CLOSER_OF[tokens.kinds[opening]]
    ends_it = kind in (END, K["PIPE"]) or (kind in CLOSERS and kind != closer) or _declares(machine)
    if not ends_it or not accepts(machine.states, closer):
        return None
    _add(
        machine,
        d.UnclosedBracket(tokens.texts[opening], shown(machine, at), tokens.span(at), span=tokens.span(opening)),
    )
    if accepts(machine.states, closer, kind):
        _insert(machine, closer)
        return True
    return False


def _declares(machine: Machine) -> bool:
    """Whether the token is the first on its line and begins a declaration's name, as after a missing bracket."""
    tokens, at = machine.tokens, machine.at
    text, start = tokens.file.text, tokens.span(at).start
    return tokens.texts[at].lower() in DECLARATIONS and (start == 0 or text[start - 1] == "\n")


def _unknown_declaration(machine: Machine) -> bool | None:
    _, kind, after = _around(machine)
    tokens, at = machine.tokens, machine.at
    if not (_named(kind) or kind in RESERVED_KINDS) or not accepts(machine.states, K["VIEW"], NAME):
        return None
    text, span = tokens.file.text, tokens.span(at)
    if text[text.rfind("\n", 0, span.start) + 1 : span.start].strip() and len(machine.values) > 1:
        return None
    word = tokens.texts[at].lower()
    if word in _STATEMENTS:
        _add(machine, d.SqlStatement(word, span=span))
        return False
    if kind in (K["FROM"], K["SELECT"], K["WITH"]):
        _add(machine, d.NamelessQuery(span=span))
        return False
    meant = nearest(word, DECLARATIONS)
    _add(machine, d.UnknownDeclaration(tokens.texts[at], meant, DECLARATIONS, span=span))
    if meant is not None and accepts(machine.states, WORDS[meant], after):
        tokens.kinds[at] = WORDS[meant]
        return True
    return False


def _select_without_from(machine: Machine) -> bool | None:
    _, kind, _ = _around(machine)
    if not accepts(machine.states, K["FROM"]) or not (
        kind in (END, K["PIPE"]) or kind in CLOSERS or _declares(machine)
    ):
        return None
    for value in reversed(machine.values):
        if type(value) is int and machine.tokens.kinds[value] == K["SELECT"]:
            _add(machine, d.SelectWithoutFrom(span=machine.tokens.span(value)))
            return False
    return None


def _unexpected(machine: Machine) -> bool:
    at = machine.at
    what = shown(machine, at)
    _add(machine, d.Unexpected(what, expected(machine.states), span=machine.tokens.span(at)))
    return False


def _report_before_declaration(machine: Machine, begun: int) -> None:
    """The declaration at `begun` was taken for an item of the list before it."""
    tokens = machine.tokens
    if tokens.kinds[begun - 1] == K["COMMA"]:
        _add(machine, d.LastComma(span=tokens.span(begun - 1)))
    else:
        _add(machine, d.Unexpected(shown(machine, begun), (), span=tokens.span(begun)))


ATTEMPTS: tuple[Callable[[Machine], bool | None], ...] = (
    _after_unclosed, _last_comma, _cell, _nothing_selected, _missing_pipe, _missing_by, _unknown_operator, _cast_operator,
    _interval_string, _property_equals, _missing_as, _missing_comma, _reserved_name, _later, _bracket,
    _unknown_declaration, _select_without_from, _unexpected,
)  # fmt: skip
