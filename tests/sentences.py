"""Programs made from the grammar itself: any sentence of it, with comments between its words.

What the grammar allows but a builder refuses (a header of a test's table that is no name, say) is written so that it
doesn't come up; all else is left to chance.
"""

from collections.abc import Iterator
from functools import cache
from random import Random

from lark.grammar import NonTerminal, Rule, Symbol

from oftra.grammar.build import automaton
from oftra.grammar.tables import GRAMMAR
from oftra.syntax.lexer import PUNCTUATION, WORDS

_SIGNS = {name: sign for sign, name in PUNCTUATION.items()}
_WORDS = {word.upper(): word for word in WORDS}
_NAMES = ("a", "b_1", "Mixed", "from_here", "_z")
_OTHERS = {
    "QUOTED": ("`a name`", "`select`", "`tick``s`", "`-- no comment`"),
    "NUMBER": ("0", "42", "1.50", "1.5e-3"),
    "STRING": ("''", "'text'", "'it''s'", "'-- no comment'", "'/*'", "'größe | '"),
    "RAW_TEXT": ("$$ raw $$", "$t$ $$ $t$", "$$\n  two\n\n   \nlines  \n$$"),
}
_COMMENTS = ("-- one line\n", "-- another  \n", "/* short */", "/* of two\n   lines */", "/// told\n", "--\n")
# The operator, which must not be the first thing on its line: there it would open a row.
_BAR = "| "
# Alternatives whose parts must fit together in a way that the grammar doesn't say.
_WRITTEN = {
    "extract": ["extract", "(", "@name", "from", "@expr", ")"],
    "exists": ["exists", "(", "@rows", ")"],
    "lambda_of_several": ["(", "@name", ",", "@name", ")", "->", "@expr"],
    "given_run": ["given", "run", ".", "start", "=", "@expr"],
    "qualified_star": ["@name", ".", "*", "@star_except", "@star_replace"],
    "sized_type": ["decimal", "(", "10", ",", "2", ")"],
    "match_recognize": ["match_recognize", "(", "pattern", "(", "up", "+", ")", ")"],
}
_ROWS = ["\n|", "@name", "|", "@name", "|\n", "\n|", "@expr", "|", "@expr", "|\n"]


@cache
def _alternatives() -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in automaton(GRAMMAR.read_text(encoding="utf-8")).rules:
        if rule.alias != "delete_when":
            found.setdefault(str(rule.origin.name), []).append(rule)
    return found


@cache
def _heights() -> dict[str, int]:
    """How many rules at least must be gone down from each nonterminal."""
    heights: dict[str, int] = {}
    while len(heights) < len(_alternatives()):
        for name, rules in _alternatives().items():
            known = [height for rule in rules if (height := _height(rule, heights)) is not None]
            if known and heights.get(name, 99) > min(known):
                heights[name] = min(known)
    return heights


def _height(rule: Rule, heights: dict[str, int]) -> int | None:
    below = [heights.get(str(symbol.name)) for symbol in rule.expansion if isinstance(symbol, NonTerminal)]
    return None if None in below else 1 + max((height for height in below if height is not None), default=0)


def words(start: str, chance: Random, depth: int = 24) -> Iterator[str]:
    """The words of some sentence of `start`, at most about `depth` rules deep."""
    rules = _alternatives()[start]
    if start == "test_rows":
        yield from _spelt(_ROWS, chance, depth)
        return
    fitting = [rule for rule in rules if (_height(rule, _heights()) or 0) <= depth]
    rule = chance.choice(fitting or [min(rules, key=lambda rule: _height(rule, _heights()) or 0)])
    if rule.alias in _WRITTEN:
        yield from _spelt(_WRITTEN[rule.alias], chance, depth)
        return
    for symbol in rule.expansion:
        if isinstance(symbol, NonTerminal):
            yield from words(str(symbol.name), chance, depth - 1)
        else:
            yield _word(symbol, chance)


def _spelt(parts: list[str], chance: Random, depth: int) -> Iterator[str]:
    for part in parts:
        if part.startswith("@"):
            yield from words(part[1:], chance, min(depth, 8))
        else:
            yield part


def _word(terminal: Symbol, chance: Random) -> str:
    name = str(terminal.name)
    match name:
        case "PLAIN_NAME":
            return chance.choice(_NAMES)
        case "ROW_OPEN":
            return "\n|"
        case "CELL":
            return "|"
        case "BAR":
            return _BAR
        case "ROW_CLOSE":
            return "|\n"
        case "NE":
            return chance.choice(("<>", "!="))
        case _ if name in _OTHERS:
            return chance.choice(_OTHERS[name])
        case _ if name in _SIGNS:
            return _SIGNS[name]
        case _:
            word = _WORDS[name]
            return chance.choice((word, word, word.upper()))


def sentence(start: str, chance: Random, comments: float = 0.0) -> str:
    """The text of some sentence of `start`, with a comment after every so manieth word."""
    text: list[str] = []
    in_row = False
    for word in words(start, chance):
        in_row = (in_row or word == "\n|") and word != "|\n"
        if in_row and "\n" in word.lstrip("\n"):
            word = "'one line'"
        while word == _BAR and not in_row and text and (text[-1].isspace() or text[-1].endswith("\n")):
            text.pop()
        text.append(word)
        if chance.random() < comments:
            comment = chance.choice(_COMMENTS)
            if not in_row:
                text += [chance.choice((" ", "\n", "\n\n")), comment, chance.choice((" ", "\n", "\n\n"))]
            elif "\n" not in comment:
                text.append(comment)
        text.append(" " if in_row else chance.choice((" ", " ", "\n")))
    return "".join(text)
