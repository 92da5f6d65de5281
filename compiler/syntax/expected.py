"""What could stand at a place, found by trying, and said in words for people."""

from oftra.grammar.keywords import DECLARATIONS
from oftra.syntax.automaton import ENTRIES, GOTOS, ROWS, RULE, action_in
from oftra.syntax.lexer import END, KIND, PUNCTUATION, SOFT_KINDS, WORDS

_SPELLED = {KIND[name]: f"`{text}`" for text, name in PUNCTUATION.items()}
_SPELLED.update({kind: f"`{word}`" for word, kind in WORDS.items()})
_SPELLED.update({KIND["ROW_OPEN"]: "a row", KIND["CELL"]: "`|`", KIND["ROW_CLOSE"]: "`|`", END: "the end"})

_OPERATORS = frozenset(
    KIND[name]
    for name in (
        "PLUS MINUS_SIGN STAR SLASH PERCENT_SIGN CONCAT EQUAL NE LESS LE GREATER GE AND OR NOT IN IS BETWEEN LIKE BAR"
        " CARET AMPERSAND LSHIFT RSHIFT ARROW DOT LSQB"
    ).split()
)
_STARTS = frozenset(
    KIND[name]
    for name in (
        "NUMBER STRING RAW_TEXT LPAR LSQB MINUS_SIGN PLUS TILDE NOT CASE CAST TRY_CAST INTERVAL TRUE FALSE NULL DATE"
        " TIMESTAMP DATETIME X JSON"
    ).split()
)
_FINISHED = frozenset(end for _, end in ENTRIES)
_DECLARING = frozenset(WORDS[word] for word in DECLARATIONS)


def accepts(states: list[int], *kinds: int) -> bool:
    """Whether the grammar takes tokens of `kinds`, one after the other, in the place that `states` stands for."""
    stack = list(states)
    for kind in kinds:
        while True:
            action = action_in(stack[-1], kind)
            if action is None:
                return kind == END and stack[-1] in _FINISHED
            if action >= 0:
                stack.append(action)
                break
            rule = RULE[~action]
            if rule.size:
                del stack[-rule.size :]
            GOTOS[stack[-1]]
            stack.append(GOTOS.plain[stack[-1]][rule.nonterminal])
    return True


def expected(states: list[int]) -> tuple[str, ...]:
    """What may follow here: kinds of things first, then signs and words; at most six."""
    fitting = {kind for kind in _SPELLED if accepts(states, kind)}
    named = accepts(states, KIND["QUOTED"])
    found: list[str] = []
    if accepts(states, KIND["NUMBER"]) and accepts(states, KIND["STRING"]):
        found.append("an expression")
        fitting -= _STARTS
    elif named:
        found.append("a name")
    elif accepts(states, KIND["PLAIN_NAME"]):
        found.append("a type")
        fitting -= {KIND[name] for name in "DATE TIMESTAMP DATETIME JSON TIME INTERVAL ARRAY MAP STRUCT".split()}
    for name, words in (("NUMBER", "a number"), ("STRING", "a string"), ("RAW_TEXT", "text between `$$`")):
        if "an expression" not in found and accepts(states, KIND[name]):
            found.append(words)
    if fitting >= {KIND["PLUS"], KIND["STAR"], KIND["EQUAL"]}:
        found.append("an operator")
        fitting -= _OPERATORS
    if fitting >= _DECLARING and not named:
        found.append("a declaration")
        fitting -= _DECLARING
    if named:
        # Any soft word is a name here: only those count that mean something more.
        fitting = {kind for kind in fitting if kind not in SOFT_KINDS or _means_more(states, kind)}
    if len(fitting) > 1:
        fitting.discard(KIND["DOT"])
    rest = sorted((_SPELLED[kind] for kind in fitting), key=lambda word: (word[1:2].isalpha(), word))
    return tuple(dict.fromkeys([*found, *rest]))[:6]


def _means_more(states: list[int], kind: int) -> bool:
    """Whether a soft word is more than a name in this place."""
    return ROWS[states[-1]].get(kind) != ROWS[states[-1]].get(KIND["PLAIN_NAME"])
