"""Functions that count, cut and put together pieces of text."""

from functools import partial

from oftra.functions.model import Example, Function

_piece = partial(Function, kind="scalar", area="text")

_NO_TEXT = "cast(null as string)"
_NO_INT = "cast(null as int)"

FUNCTIONS = (
    _piece(
        name="initcap",
        doc="The text in lower case but for the first letter of each word; words stand between spaces.",
        signatures=("(text string) -> string",),
        also=("proper", "capitalize", "title"),
        examples=(
            Example("initcap('ada  LOVELACE')", "'Ada  Lovelace'"),
            Example("initcap('jean-luc o''neil')", "'Jean-luc O''neil'"),
            Example("initcap('')", "''"),
            Example(f"initcap({_NO_TEXT})", _NO_TEXT),
        ),
    ),
    _piece(
        name="overlay",
        doc="The text with `count` characters from place `start` on (as many as `by` has, if not given) replaced by "
        "`by`; places below 1 count as 1.",
        signatures=(
            "(text string, by string, start int, count int) -> string",
            "(text string, by string, start int) -> string",
        ),
        examples=(
            Example("overlay('abcdef', 'XX', 2, 3)", "'aXXef'"),
            Example("overlay('abcdef', 'XX', 2)", "'aXXdef'"),
            Example("overlay('äbc', '', 1, 2)", "'c'"),
            Example("overlay('abc', 'X', 9, 1)", "'abcX'"),
            Example("overlay('abc', 'X', 0, 0)", "'Xabc'"),
        ),
    ),
    _piece(
        name="substring_index",
        doc="What stands before the `count`th separator (plain text, no pattern), or after it, counted from the end, "
        "if `count` is negative; all of the text if there are fewer.",
        signatures=("(text string, separator constant string, count constant int) -> string",),
        examples=(
            Example("substring_index('www.oftra.org', '.', 2)", "'www.oftra'"),
            Example("substring_index('www.oftra.org', '.', -2)", "'oftra.org'"),
            Example("substring_index('www', '.', 2)", "'www'"),
            Example("substring_index('www.oftra.org', '.', 0)", "''"),
            Example(f"substring_index({_NO_TEXT}, '.', 1)", _NO_TEXT),
        ),
    ),
    _piece(
        name="regexp_count",
        doc="How often the pattern matches, from left to right; matches don't overlap.",
        signatures=("(text string, pattern string) -> int",),
        also=("regexp_matches_count",),
        examples=(
            Example("regexp_count('a1b22', '[0-9]+')", "2"),
            Example("regexp_count('aaa', 'aa')", "1"),
            Example("regexp_count('abc', 'x')", "0"),
            Example(f"regexp_count({_NO_TEXT}, 'x')", _NO_INT),
        ),
    ),
    _piece(
        name="regexp_instr",
        doc="The place at which the pattern first matches; 0 if it does not.",
        signatures=("(text string, pattern string) -> int",),
        also=("regexp_position",),
        examples=(
            Example("regexp_instr('a1b22', '[0-9]{2}')", "4"),
            Example("regexp_instr('👍ßx', 'x|y')", "3"),
            Example("regexp_instr('abc', '^b')", "0"),
            Example("regexp_instr('', 'x*')", "1"),
            Example(f"regexp_instr('abc', {_NO_TEXT})", _NO_INT),
        ),
    ),
    _piece(
        name="levenshtein",
        doc="How many characters have to be put in, left out or replaced, at the least, to get from one text to the "
        "other.",
        signatures=("(left string, right string) -> int",),
        also=("edit_distance", "editdistance", "editdist3", "levenshtein_distance"),
        examples=(
            Example("levenshtein('kitten', 'sitting')", "3"),
            Example("levenshtein('straße', 'strasse')", "2"),
            Example("levenshtein('', 'ab')", "2"),
            Example("levenshtein('', '')", "0"),
            Example(f"levenshtein('a', {_NO_TEXT})", _NO_INT),
        ),
    ),
)
