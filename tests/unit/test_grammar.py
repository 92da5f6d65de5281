"""The grammar has no conflict, its words are those of the tables, and our loop reads exactly what Lark's reads."""

import marshal
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lark import Lark, Token, Tree
from lark.exceptions import GrammarError
from lark.lexer import Lexer

from oftra.diagnostics.report import Report
from oftra.grammar import tables
from oftra.grammar.build import automaton, build
from oftra.grammar.keywords import DECLARATIONS, LATER, RESERVED, SOFT
from oftra.source import SourceFile
from oftra.syntax import machine as machine_module
from oftra.syntax.automaton import PROGRAM, QUERY, RULE
from oftra.syntax.lexer import PUNCTUATION, TERMINALS, WORDS
from oftra.syntax.machine import Machine
from oftra.syntax.nodes import Name
from oftra.syntax.parser import _tokens

ROOT = Path(__file__).parent.parent.parent
GRAMMAR = tables.GRAMMAR.read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "grammar.md").read_text(encoding="utf-8")
EXAMPLES = [text for _, text in re.findall(r"^```oftra( not yet)?\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)]


def is_query(text: str) -> bool:
    return re.match(r"(?:from|select|with|values|\()", text) is not None


def test_no_conflict() -> None:
    """Strict mode refuses shift/reduce and reduce/reduce conflicts, and (by interegular) terminals that overlap."""
    automaton(GRAMMAR, strict=True)


def test_conflicts_would_be_found() -> None:
    """An implicit alias, and an operator without an order, would each be one."""
    for written, instead in (
        ('| path "as" name ', "| path name "),
        ('| disjunction "or" conjunction', '| disjunction "or" disjunction'),
    ):
        assert written in GRAMMAR
        with pytest.raises(GrammarError, match="conflict"):
            automaton(GRAMMAR.replace(written, instead), strict=True)


def test_words_of_the_tables_are_those_of_the_grammar() -> None:
    rules = re.sub(r"^//.*$", "", GRAMMAR, flags=re.MULTILINE).partition("// ---- terminals")[0]
    name_rule = GRAMMAR[GRAMMAR.index("\nname: PLAIN_NAME") : GRAMMAR.index("// ---- terminals")]
    assert set(re.findall(r'"([a-z_]+)"', name_rule)) == SOFT
    assert set(re.findall(r'"([a-z_]+)"', rules)) == SOFT | RESERVED
    assert not SOFT & RESERVED
    assert set(DECLARATIONS) <= SOFT
    assert not LATER & RESERVED


def test_each_word_and_sign_has_a_terminal_of_its_own() -> None:
    lark = automaton(GRAMMAR)
    written = {terminal.pattern.value: terminal.name for terminal in lark.terminals if terminal.pattern.type == "str"}
    assert {word: written[word] for word in WORDS} == {word: TERMINALS[kind] for word, kind in WORDS.items()}
    signs = {sign: name for sign, name in PUNCTUATION.items() if name != "NE"}
    assert {sign: written[sign] for sign in signs} == signs
    assert not [name for name in TERMINALS if "ANON" in name]


def test_each_rule_has_a_sentence_above_it() -> None:
    lines = GRAMMAR.splitlines()
    bare = [
        line
        for before, line in pairwise(lines)
        if re.match(r"[a-z_]+(\{x\})?:", line) and not re.match(r"// .*[.:]$", before)
    ]
    assert not bare


def test_tables_are_made_anew_when_the_grammar_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = 'program: "a"\nquery: name\nname: PLAIN_NAME -> name\nPLAIN_NAME: /[b-z]+/\n'
    grammar = tmp_path / "oftra.lark"
    grammar.write_text(small)
    monkeypatch.setattr(tables, "GRAMMAR", grammar)
    monkeypatch.setattr(tables, "BESIDE", tmp_path / "oftra.tables")
    first = tables.load()
    assert marshal.loads((tmp_path / "oftra.tables").read_bytes()) == first
    grammar.write_text(small.replace('"a"', '"aa"'))
    assert tables.load() != first


def test_tables_go_to_the_cache_of_the_user_where_the_package_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A path below a file cannot be written by anyone, root included.
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(tables, "BESIDE", tmp_path / "file" / "oftra.tables")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(tables, "GRAMMAR", tmp_path / "oftra.lark")
    (tmp_path / "oftra.lark").write_text('program: "a"\nquery: name\nname: PLAIN_NAME -> name\nPLAIN_NAME: /[b-z]+/\n')
    made = tables.load()
    kept = tmp_path / "cache" / "oftra" / "oftra.tables"
    assert marshal.loads(kept.read_bytes()) == made
    kept.write_bytes(b"no tables")
    assert tables.load() == made


def test_tables_do_not_depend_on_the_run() -> None:
    assert build(GRAMMAR) == build(GRAMMAR)


# --- our loop and Lark's ----------------------------------------------------------------------------------------------


class OurTokens(Lexer):
    """Our tokens for Lark, so that the two loops get the same."""

    def __init__(self, conf: Any) -> None:
        pass

    def lex(self, text: Any) -> Iterator[Token]:  # type: ignore[override]  # Lark calls it so
        tokens = _tokens(SourceFile("", str(text)), Report())
        for kind, text in zip(tokens.kinds[:-1], tokens.texts):
            yield Token(TERMINALS[kind], text)


NAMED = {rule.name for rule in RULE if rule.name}


def plain(tree: Any) -> Any:
    """Lark's tree with rules that build nothing taken out: alternatives' names, what they are made of, words."""
    if isinstance(tree, Token):
        return str(tree)
    children = [plain(child) for child in tree.children]
    # An alternative without a name gives Lark's tree the token of its rule.
    return children[0] if isinstance(tree.data, Token) else (tree.data, *children)


def read_by_us(text: str, entry: int, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What our loop reduces, with functions that only note the name of the alternative."""

    def noting(name: str) -> Any:
        return lambda tokens, at, *parts: (name, *(plain_value(tokens, part) for part in parts))

    def plain_value(tokens: Any, value: Any) -> Any:
        if isinstance(value, Name):
            return ("name", value.text)
        return tokens.texts[value] if isinstance(value, int) else value

    noted = [(noting(rule.name) if rule.name else None, rule.size, rule.key) for rule in RULE]
    monkeypatch.setattr(machine_module, "REDUCTIONS", noted)
    return Machine(_tokens(SourceFile("", text), Report()), entry).run(lambda machine: False)


@pytest.fixture(scope="module")
def lark() -> Lark:
    return automaton(GRAMMAR, lexer=OurTokens, keep_all_tokens=True, maybe_placeholders=False)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.split("\n")[0][:40])
def test_our_loop_reads_as_larks_does(text: str, lark: Lark, monkeypatch: pytest.MonkeyPatch) -> None:
    entry, start = (QUERY, "query") if is_query(text) else (PROGRAM, "program")
    theirs = lark.parse(text, start=start)
    assert isinstance(theirs, Tree)
    assert read_by_us(text, entry, monkeypatch) == plain(theirs)


def test_the_page_shows_each_alternative(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[str] = set()

    def collect(tree: Any) -> None:
        if isinstance(tree, tuple):
            seen.add(tree[0])
            for part in tree[1:]:
                collect(part)

    for text in EXAMPLES:
        collect(read_by_us(text, QUERY if is_query(text) else PROGRAM, monkeypatch))
    assert NAMED - seen == set()


# Without tags of raw text, capitals, descriptions and rows of tests, which only the lexer knows.
PLAIN_EXAMPLES = [text for text in EXAMPLES if text == text.lower() and not re.search(r"\$\w|///|^ *\| ", text, re.M)]


@pytest.fixture(scope="module")
def larks_lexer() -> Lark:
    return automaton(GRAMMAR)


@pytest.mark.parametrize("text", PLAIN_EXAMPLES, ids=lambda text: text.split("\n")[0][:40])
def test_larks_own_lexer_finds_the_same_tokens(text: str, larks_lexer: Lark) -> None:
    tokens = _tokens(SourceFile("", text), Report())
    ours = [(TERMINALS[kind], word) for kind, word in zip(tokens.kinds[:-1], tokens.texts)]
    assert [(token.type, str(token)) for token in larks_lexer.lex(text)] == ours
