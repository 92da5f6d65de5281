"""Tokens into nodes: a shift-reduce loop over the grammar's tables.

Three shortcuts keep it fast, none of which changes what is read (a test holds that it equals Lark's own loop):
- A word that can only be a name here becomes a `Name` at once, without a visit to the state that says so.
- Reductions that build nothing (`sum: product`, `product: unary`, ...) are walked through once for each place and next
  token; after that the place they lead to is looked up.
- Rows of the tables are unpacked when the parser first comes to them.
"""

from array import array
from collections.abc import Callable
from typing import Any

from oftra.diagnostics.report import Report
from oftra.source import SourceFile, Span
from oftra.syntax import build_declaration, build_expression, build_query, recovery, trouble
from oftra.syntax.lexer import KIND, NAME, SOFT_KINDS, TABLES, Tokens
from oftra.syntax.nodes import Comment, File, Name, Query

_, _, _, NONTERMINALS, RULES, ACTION_ROWS, ACTION_OF, GOTO_ROWS, GOTO_OF, ENTRIES, NAME_STATE = TABLES

PROGRAM, QUERY = range(2)
"""The entries of the grammar, in the order in which the tables have them."""

Builder = Callable[..., Any]
BUILDERS: dict[str, Builder] = {
    **build_expression.BUILDERS, **build_query.BUILDERS, **build_declaration.BUILDERS
}  # fmt: skip

STEP = 512
"""More than there are terminals: a nonterminal times this, plus a terminal, is a key of its own."""


class Rule:
    """An alternative of the grammar: what it makes, of how many symbols, and the function that builds it."""

    __slots__ = ("build", "key", "name", "passes", "size")

    def __init__(self, nonterminal: int, size: int, name: str) -> None:
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
        # The table leaves out words that can only be names.
        action = row.get(NAME)
        if action is not None:
            row[kind] = action
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


def parse(file: SourceFile, report: Report) -> File:
    """The declarations of `file`. What cannot be read is reported, and stands as a `Broken` node in the tree."""
    tokens = _tokens(file, report)
    declarations = Machine(tokens, PROGRAM).run()
    return File(tuple(declarations or ()), _comments(tokens), span=Span(0, len(file.text), file.path))


def parse_query(file: SourceFile, report: Report) -> Query | None:
    """The query that `file` holds, as in `oftra query 'from ...'`; None if nothing of it could be read."""
    tokens = _tokens(file, report)
    found = Machine(tokens, QUERY).run()
    return found if isinstance(found, Query) else None


def _tokens(file: SourceFile, report: Report) -> Tokens:
    tokens = Tokens(file, report)
    trouble.settle(tokens, report)
    tokens.close()
    return tokens


def _comments(tokens: Tokens) -> tuple[Comment, ...]:
    """All comments in their order; a description that describes nothing is one too."""
    if tokens.descriptions:
        text = tokens.file.text
        left = [Comment(text[span.start : span.end], span=span) for _, span in tokens.descriptions.values()]
        return tuple(sorted([*tokens.comments, *left], key=lambda comment: comment.span))
    return tuple(tokens.comments)


class Machine:
    """The stacks of one parse. `run` goes on until the text is read, `recovery` where it does not fit the grammar."""

    __slots__ = ("at", "entry", "states", "tokens", "values")

    def __init__(self, tokens: Tokens, entry: int) -> None:
        self.tokens = tokens
        self.entry = entry
        self.at = 0
        self.states: list[int] = [ENTRIES[entry][0]]
        self.values: list[Any] = []

    def run(self) -> Any:
        """Read all tokens; gives what the entry builds, None if even recovery found nothing to build."""
        t = self.tokens
        states, values, reductions = self.states, self.values, REDUCTIONS
        rows, gotos, name_state, name_key = ROWS, GOTOS, NAME_STATE, NAME_KEY
        kinds, texts, ends, path = t.kinds, t.texts, t.ends, t.path
        make_span = tuple.__new__
        at = 0
        kind = kinds[0]
        row = rows[states[-1]]
        while True:
            action = row.get(kind)
            if action is None:
                action = action_in(states[-1], kind)
                if action is None:
                    if kind == KIND["$END"] and states[-1] == ENTRIES[self.entry][1]:
                        return values[-1]
                    self.at = at
                    if not recovery.mend(self):
                        return None
                    at = self.at
                    kind = kinds[at]
                    row = rows[states[-1]]
                    continue
            if action == name_state:
                text = texts[at]
                end = ends[at]
                values.append(Name(text, span=make_span(Span, (end - len(text), end, path))))
                at += 1
                kind = kinds[at]
                below = states[-1]
                key = name_key + kind
            elif action >= 0:
                values.append(at)
                states.append(action)
                at += 1
                kind = kinds[at]
                row = rows[action]
                continue
            else:
                build, size, key = reductions[~action]
                if size == 1:
                    states.pop()
                    if build is not None:
                        values[-1] = build(t, at, values[-1])
                elif size:
                    del states[-size:]
                    values[-size:] = (build(t, at, *values[-size:]),)  # type: ignore[misc]
                else:
                    values.append(build(t, at))  # type: ignore[misc]
                below = states[-1]
                key += kind
            target = gotos[below].get(key)
            if target is None:
                target = goto(below, key - kind, kind)
            states.append(target)
            row = rows[target]
