"""Mistakes in the operators of a query: other dialects' names and habits, and words left out. See `repair`."""

from oftra.diagnostics import syntax as d
from oftra.diagnostics.model import nearest
from oftra.grammar.keywords import DECLARATIONS
from oftra.syntax.expected import accepts
from oftra.syntax.lexer import CLOSERS, END, KIND, NAME, QUOTED, RESERVED_KINDS, SOFT_KINDS, WORDS
from oftra.syntax.machine import Machine

K = KIND
_OPERATORS = frozenset(
    WORDS[word]
    for word in (
        "where select extend set drop rename aggregate join inner left right full cross semi anti union intersect"
        " except order limit distinct tablesample pivot unpivot call assert window"
    ).split()
)
_OPERATOR_NAMES = tuple(
    "where select extend set drop rename as aggregate join union intersect except order limit distinct tablesample"
    " pivot unpivot call assert window match_recognize left right full inner cross semi anti".split()
)
_OTHER_NAMES = {
    "filter": "where", "having": "where", "qualify": "where", "map": "select", "project": "select", "keep": "select",
    "with_column": "extend", "withcolumn": "extend", "mutate": "extend", "derive": "extend", "compute": "extend",
    "sort": "order by", "sort_by": "order by", "take": "limit", "head": "limit", "top": "limit",
    "summarize": "aggregate", "summarise": "aggregate", "agg": "aggregate", "group": "aggregate … group by",
    "remove": "drop", "alias": "as", "dedup": "distinct", "unique": "distinct", "concat": "union all",
}  # fmt: skip


def named(kind: int) -> bool:
    """Whether a token of `kind` can be a name."""
    return kind in (NAME, QUOTED) or kind in SOFT_KINDS


def declares(machine: Machine) -> bool:
    """Whether the token is the first on its line and begins a declaration's name, as after a missing bracket."""
    tokens, at = machine.tokens, machine.at
    text, start = tokens.file.text, tokens.span(at).start
    return tokens.texts[at].lower() in DECLARATIONS and (start == 0 or text[start - 1] == "\n")


def nothing_selected(machine: Machine) -> bool | None:
    before, kind, _ = machine.around()
    words = ("SELECT", "EXTEND", "AGGREGATE", "SET", "DROP", "RENAME")
    at = machine.at - 1
    if before == K["DISTINCT"] and at and machine.tokens.kinds[at - 1] == K["SELECT"]:
        before, at = K["SELECT"], at - 1
    if before not in [K[word] for word in words] or accepts(machine.states, kind):
        return None
    if kind not in (K["PIPE"], K["FROM"], END, K["WHERE"]) and kind not in CLOSERS:
        return None
    machine.tokens.report.add(d.NothingSelected(machine.tokens.texts[at].lower(), span=machine.tokens.span(at)))
    if accepts(machine.states, K["STAR"], kind):
        machine.insert(K["STAR"])
        return True
    return False


def missing_pipe(machine: Machine) -> bool | None:
    before, kind, after = machine.around()
    states, tokens, at = machine.states, machine.tokens, machine.at
    if kind == K["GROUP"]:
        for kinds in ((K["AGGREGATE"],), (K["PIPE"], K["AGGREGATE"])):
            if accepts(states, *kinds, kind, after):
                machine.tokens.report.add(d.GroupWithoutAggregate(span=tokens.span(at)))
                machine.insert(*kinds)
                return True
    word = tokens.texts[at].lower()
    if word in ("having", "qualify") and before != K["PIPE"] and accepts(states, K["PIPE"], K["WHERE"], after):
        machine.tokens.report.add(d.UnknownOperator(word, "|> where", span=tokens.span(at)))
        tokens.kinds[at] = K["WHERE"]
        machine.insert(K["PIPE"])
        return True
    if kind in _OPERATORS and before != K["PIPE"] and accepts(states, K["PIPE"], kind, after):
        machine.tokens.report.add(d.MissingPipe(word, span=tokens.span(at)))
        machine.insert(K["PIPE"])
        return True
    if kind in _OPERATORS and kind != K["DISTINCT"] and accepts(states, K["PIPE"], kind) and before != K["PIPE"]:
        # The operator has a mistake of its own, found next.
        machine.tokens.report.add(d.MissingPipe(word, span=tokens.span(at)))
        machine.insert(K["PIPE"])
        return True
    return None


def missing_by(machine: Machine) -> bool | None:
    before, kind, _ = machine.around()
    if before not in (K["ORDER"], K["GROUP"], K["PARTITION"]) or not accepts(machine.states, K["BY"], kind):
        return None
    word = machine.tokens.texts[machine.at - 1].lower()
    machine.tokens.report.add(d.MissingBy(word, span=machine.tokens.span(machine.at)))
    machine.insert(K["BY"])
    return True


def unknown_operator(machine: Machine) -> bool | None:
    before, kind, after = machine.around()
    if before != K["PIPE"] or not (named(kind) or kind in RESERVED_KINDS):
        return None
    tokens, at = machine.tokens, machine.at
    word = tokens.texts[at].lower()
    meant = _OTHER_NAMES.get(word) or nearest(word, _OPERATOR_NAMES)
    machine.tokens.report.add(d.UnknownOperator(word, meant, span=tokens.span(at)))
    if meant in WORDS and accepts(machine.states, WORDS[meant], after):
        tokens.kinds[at] = WORDS[meant]
        return True
    if meant == "order by" and accepts(machine.states, K["ORDER"], K["BY"], after):
        tokens.kinds[at] = K["BY"]
        machine.insert(K["ORDER"])
        return True
    return False
