"""Goes on after a mistake, so that one run finds them all.

First the mistakes that a token more, less or other would mend (`repair`). Where none does, what was begun is given up
as far as the next place from which reading can go on: the comma or brace of a block, a line of a test, a `|>`, a
declaration. What is given up stands in the tree as a `Broken` node, so that its name is still known.
"""

from oftra.diagnostics.syntax import TooManyMistakes
from oftra.grammar.keywords import DECLARATIONS
from oftra.source import Span
from oftra.syntax import nodes as n
from oftra.syntax.automaton import GOTOS, NONTERMINALS, PROGRAM
from oftra.syntax.build_query import Piped
from oftra.syntax.expected import accepts
from oftra.syntax.lexer import CLOSERS, END, KIND, NAME, OPENERS, QUOTED, SOFT_KINDS, STRING, WORDS
from oftra.syntax.machine import Machine
from oftra.syntax.repair import repair

LIMIT = 100
"""After so many mistakes a file is no program: the rest is not read."""

_PIPED = NONTERMINALS.index("piped")
_DECLARATIONS = NONTERMINALS.index("many{declaration}")
_PIPE, _COMMA, _RBRACE, _LBRACE, _ROW_OPEN = (KIND[name] for name in ("PIPE", "COMMA", "RBRACE", "LBRACE", "ROW_OPEN"))
_QUERY_WORDS = frozenset((KIND["FROM"], KIND["SELECT"], KIND["WITH"]))
_DECLARING = frozenset(WORDS[word] for word in DECLARATIONS)
_STEPS = frozenset((KIND["GIVEN"], KIND["EXPECT"], KIND["ADVANCE"]))
_AFTER_NAME = {
    "contract": ("LBRACE",), "connection": ("EQUAL",), "source": ("COLON",), "view": ("EQUAL", "COLON", "LBRACE"),
    "table": ("EQUAL", "COLON", "LBRACE", "IN"), "sink": ("FROM",), "function": ("LPAR",), "model": ("LPAR",),
    "pipeline": ("LBRACE",), "task": ("EQUAL", "LBRACE"),
}  # fmt: skip


def mend(machine: Machine) -> bool:
    """Report why the token at `machine.at` does not fit, and find a place to go on from; False if there is none."""
    machine.mended += 1
    if machine.mended > LIMIT:
        machine.tokens.report.add(TooManyMistakes(LIMIT, span=machine.tokens.span(machine.at)))
        machine.at = len(machine.tokens.kinds) - 1
        return _go_on(machine, machine.at)
    at = _begun_by_mistake(machine)
    if repair(machine, at):
        return True
    return _go_on(machine, machine.at if at is None else at)


def begins_declaration(machine: Machine, at: int) -> bool:
    """Whether the token `at` is the first on its line, a declaration's word, and what follows it looks like one."""
    tokens = machine.tokens
    kind = tokens.kinds[at]
    if kind not in _DECLARING or not first_on_line(machine, at):
        return False
    word = tokens.texts[at].lower()
    after, then = tokens.kinds[at + 1], tokens.kinds[min(at + 2, len(tokens.kinds) - 1)]
    if word == "test":
        return after == STRING
    named = after in (NAME, QUOTED) or after in SOFT_KINDS
    if word == "param":
        return named and (then == NAME or then in SOFT_KINDS or then == KIND["INTERVAL"])
    return named and then in {KIND[name] for name in _AFTER_NAME[word]}


def first_on_line(machine: Machine, at: int) -> bool:
    """Whether nothing but white space stands before the token `at` on its line."""
    text, start = machine.tokens.file.text, machine.tokens.span(at).start
    return not text[text.rfind("\n", 0, start) + 1 : start].strip()


def _begun_by_mistake(machine: Machine) -> int | None:
    """The declaration whose first word was taken for a name, because the list before it did not end."""
    before = machine.at - 1
    return before if before >= 0 and len(machine.states) > 2 and begins_declaration(machine, before) else None


# --- places to go on from ---------------------------------------------------------------------------------------------


def _go_on(machine: Machine, at: int) -> bool:
    """Give up what was begun, up to the first place at or after the token `at` where reading can go on."""
    kinds, column_zero = machine.tokens.kinds, machine.tokens
    depth = len(machine.open_brackets())
    for number in range(at, len(kinds)):
        kind = kinds[number]
        if kind == END:
            return _at_declaration(machine, number) if machine.entry == PROGRAM else _at_pipe(machine, number, 0)
        if kind in _DECLARING and begins_declaration(machine, number):
            start = column_zero.span(number).start
            flush = start == 0 or machine.tokens.file.text[start - 1] == "\n"
            if (depth == 0 or flush) and machine.entry == PROGRAM and _at_declaration(machine, number):
                return True
        if kind == _PIPE and _at_pipe(machine, number, depth):
            return True
        if kind in (_COMMA, _RBRACE) and _in_block(machine, number, depth):
            return True
        if (kind == _ROW_OPEN or kind in _STEPS) and first_on_line(machine, number) and _in_test(machine, number):
            return True
        if kind in OPENERS:
            depth += 1
        elif kind in CLOSERS and depth:
            depth -= 1
    return False


def _at_declaration(machine: Machine, at: int) -> bool:
    """Go on with the declaration (or the end) at `at`: a query that was begun keeps what could be read of it."""
    kind = machine.tokens.kinds[at]
    if len(machine.states) > 2 and _at_pipe(machine, at, 0):
        return True
    if len(machine.values) == 0:
        GOTOS[machine.states[0]]
        machine.values.append([])
        machine.states.append(GOTOS.plain[machine.states[0]][_DECLARATIONS])
    broken = _broken(machine, at)
    del machine.states[2:], machine.values[1:]
    if broken is not None:
        machine.values[0].append(broken)
    machine.at = at
    return accepts(machine.states, kind)


def _broken(machine: Machine, at: int) -> n.BrokenDeclaration | None:
    """What is known of the declaration that is given up: its word and its name."""
    tokens, values = machine.tokens, machine.values
    first = values[1] if len(values) > 1 else machine.at
    if not isinstance(first, int):
        span = first.span if hasattr(first, "span") else tokens.span(machine.at)
        return n.BrokenDeclaration(span=Span(span[0], tokens.ends[max(at - 1, 0)], tokens.path))
    if first >= at:
        return None
    name = values[2] if len(values) > 2 and isinstance(values[2], n.Name) else None
    return n.BrokenDeclaration(tokens.texts[first].lower(), name, span=tokens.since(first, at))


def _at_pipe(machine: Machine, at: int, depth: int) -> bool:
    """Go on with the `|>` at `at`, in the innermost query that is open at `depth` brackets."""
    states, values, tokens = machine.states, machine.values, machine.tokens
    brackets = machine.open_brackets()
    kind = tokens.kinds[at]
    for height in range(len(values) - 1, -1, -1):
        if sum(1 for place in brackets if place < height) != depth:
            continue
        value = values[height]
        if isinstance(value, Piped) and accepts(states[: height + 2], kind):
            broken = n.BrokenOperator(span=_given_up(machine, height + 1, at))
            value.operators.append(broken)
            del states[height + 2 :], values[height + 1 :]
            machine.at = at
            return True
        if isinstance(value, int) and tokens.kinds[value] in _QUERY_WORDS:
            GOTOS[states[height]]
            target = GOTOS.plain[states[height]].get(_PIPED)
            if target is not None and accepts([*states[: height + 1], target], kind):
                start = n.BrokenOperator(span=tokens.since(value, max(at, value + 1)))
                values[height:] = [Piped(start, [], start.span)]
                states[height + 1 :] = [target]
                machine.at = at
                return True
    return False


def _given_up(machine: Machine, height: int, at: int) -> Span:
    """The span of what stands on the stack from `height` on, and of all tokens up to `at`."""
    tokens = machine.tokens
    first = machine.values[height] if len(machine.values) > height else machine.at
    if isinstance(first, int):
        return tokens.since(min(first, max(at - 1, 0)), at)
    return tokens.span(min(machine.at, at))


def _in_block(machine: Machine, at: int, depth: int) -> bool:
    """Go on with the comma or brace at `at`, if it belongs to the block in braces that is innermost at `depth`."""
    states, values, kinds = machine.states, machine.values, machine.tokens.kinds
    brackets = machine.open_brackets()
    if depth == 0 or depth > len(brackets):
        return False
    opening = brackets[depth - 1]
    if kinds[values[opening]] != _LBRACE:
        return False
    for height in (opening + 3, opening + 2):
        # With the items that were read before, or else as if none had been.
        if height <= len(states) and accepts(states[:height], kinds[at]):
            del states[height:], values[height - 1 :]
            machine.at = at
            return True
    if kinds[at] == _COMMA and not accepts(states[: opening + 2], _ROW_OPEN):
        del states[opening + 2 :], values[opening + 1 :]
        machine.at = at + 1
        if kinds[at + 1] == _RBRACE or accepts(states, kinds[at + 1]):
            return True
    return False


def _in_test(machine: Machine, at: int) -> bool:
    """Go on with the row or step of a test at `at`."""
    states, kind = machine.states, machine.tokens.kinds[at]
    for height in range(len(states), 2, -1):
        if isinstance(machine.values[height - 2], list) and accepts(states[:height], kind):
            del states[height:], machine.values[height - 1 :]
            machine.at = at
            return True
    return False
