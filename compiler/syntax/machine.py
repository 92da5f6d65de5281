"""Tokens into nodes: a shift-reduce loop over the grammar's tables.

Three shortcuts keep it fast, none of which changes what is read (a test holds that it equals Lark's own loop):
- A word that can only be a name here becomes a `Name` at once, without a visit to the state that says so.
- Reductions that build nothing (`sum: product`, `product: unary`, ...) are walked through once for each place and next
  token; after that the place they lead to is looked up.
- Rows of the tables are unpacked when the parser first comes to them.
"""

from collections.abc import Callable
from typing import Any

from oftra.source import Span
from oftra.syntax.automaton import ENTRIES, GOTOS, NAME_KEY, NAME_STATE, REDUCTIONS, ROWS, action_in, goto
from oftra.syntax.lexer import END, OPENERS, Tokens
from oftra.syntax.nodes import Name


class Machine:
    """The stacks of one parse: `values[i]` is what was built of the symbol that led to `states[i + 1]`."""

    __slots__ = ("at", "entry", "mended", "states", "tokens", "values")

    def __init__(self, tokens: Tokens, entry: int) -> None:
        self.tokens = tokens
        self.entry = entry
        self.at = 0
        self.mended = 0
        """How often `mend` was called."""
        self.states: list[int] = [ENTRIES[entry][0]]
        self.values: list[Any] = []

    def run(self, mend: "Callable[[Machine], bool]") -> Any:
        """Read all tokens; gives what the entry builds, None if `mend` gave up.

        `mend` is called where a token does not fit. It changes the stacks or the tokens so that the one at `at` fits.
        """
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
                    if kind == END and states[-1] == ENTRIES[self.entry][1]:
                        return values[-1]
                    self.at = at
                    if not mend(self):
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

    # What a repair needs: to look around, and to change the tokens from `at` on.

    def around(self) -> tuple[int, int, int]:
        """The kinds of the token before, of the one that does not fit, and of the one after it."""
        kinds, at = self.tokens.kinds, self.at
        return kinds[at - 1] if at else 0, kinds[at], kinds[at + 1] if at + 1 < len(kinds) else END

    def open_brackets(self) -> list[int]:
        """Where on the stack of values brackets stand that are still open."""
        kinds = self.tokens.kinds
        return [place for place, value in enumerate(self.values) if type(value) is int and kinds[value] in OPENERS]

    def shown(self, at: int) -> str:
        """The token `at` as messages name it."""
        if self.tokens.kinds[at] == END:
            return "the end"
        text = self.tokens.texts[at]
        return f"`{text if len(text) <= 30 else text[:29] + '…'}`"

    def insert(self, *kinds: int) -> None:
        """Put tokens without text before the one at `at`."""
        tokens, at = self.tokens, self.at
        start = tokens.span(at).start
        tokens.kinds[at:at] = kinds
        tokens.texts[at:at] = [""] * len(kinds)
        tokens.ends[at:at] = [start] * len(kinds)

    def remove(self, count: int = 1) -> None:
        """Take out `count` tokens from `at` on."""
        tokens, at = self.tokens, self.at
        del tokens.kinds[at : at + count], tokens.texts[at : at + count], tokens.ends[at : at + count]
