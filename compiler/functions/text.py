"""Functions of text. A character is a Unicode code point; places are counted from 1; what is out of range is ''."""

from functools import partial

from oftra.functions import nulls
from oftra.functions.model import Example, Function

_text = partial(Function, kind="scalar", area="text")

_NO_TEXT = "cast(null as string)"

LETTERS = (
    _text(
        name="lower",
        doc="The text in lower case.",
        signatures=("(text string) -> string",),
        also=("lcase",),
        examples=(Example("lower('ÄBC1')", "'äbc1'"), Example("lower('')", "''"), Example("lower(null)", _NO_TEXT)),
    ),
    _text(
        name="upper",
        doc="The text in upper case.",
        signatures=("(text string) -> string",),
        also=("ucase",),
        examples=(Example("upper('äbc1')", "'ÄBC1'"), Example("upper('')", "''"), Example("upper(null)", _NO_TEXT)),
    ),
    _text(
        name="length",
        doc="The number of characters.",
        signatures=("(text string) -> int",),
        also=("len", "char_length", "character_length"),
        examples=(
            Example("length('straße')", "6"),
            Example("length('👍🏽')", "2"),
            Example("length('')", "0"),
            Example("length(cast(null as string))", "cast(null as int)"),
        ),
    ),
    _text(
        name="reverse",
        doc="The characters from last to first.",
        signatures=("(text string) -> string",),
        examples=(
            Example("reverse('aß👍')", "'👍ßa'"),
            Example("reverse('👍🏽')", "'🏽👍'"),
            Example("reverse('')", "''"),
        ),
    ),
    _text(
        name="repeat",
        doc="The text so many times over; '' for none and fewer.",
        signatures=("(text string, count int) -> string",),
        also=("replicate",),
        examples=(
            Example("repeat('ab', 3)", "'ababab'"),
            Example("repeat('ab', 0)", "''"),
            Example("repeat('ab', -1)", "''"),
        ),
    ),
    _text(
        name="translate",
        doc="The text with each character of `characters` replaced by the one at its place in `by`, or left "
        "out if there is none.",
        signatures=("(text string, characters string, by string) -> string",),
        examples=(Example("translate('12-34', '-1', '_')", "'2_34'"), Example("translate('abc', '', 'x')", "'abc'")),
    ),
)

PARTS = (
    _text(
        name="substring",
        doc="The `count` characters from place `start` on (all, if not given), as far as there are any.",
        signatures=("(text string, start int, count int) -> string", "(text string, start int) -> string"),
        also=("substr", "mid"),
        examples=(
            Example("substring('straße', 5)", "'ße'"),
            Example("substring('abc', 2, 1)", "'b'"),
            Example("substring('abc', 2, 9)", "'bc'"),
            Example("substring('abc', 0, 2)", "'a'"),
            Example("substring('abc', -1, 3)", "'a'"),
            Example("substring('abc', -1)", "'abc'"),
            Example("substring('abc', 4)", "''"),
            Example("substring('abc', 2, 0)", "''"),
            Example("substring('abc', 2, -1)", "''"),
            Example("substring(cast(null as string), 1)", _NO_TEXT),
        ),
    ),
    _text(
        name="left",
        doc="The first `count` characters; '' for none and fewer.",
        signatures=("(text string, count int) -> string",),
        examples=(
            Example("left('ßtraße', 2)", "'ßt'"),
            Example("left('abc', 9)", "'abc'"),
            Example("left('abc', -1)", "''"),
        ),
    ),
    _text(
        name="right",
        doc="The last `count` characters; '' for none and fewer.",
        signatures=("(text string, count int) -> string",),
        examples=(
            Example("right('straße', 2)", "'ße'"),
            Example("right('abc', 9)", "'abc'"),
            Example("right('abc', -1)", "''"),
        ),
    ),
    _text(
        name="trim",
        doc="The text without spaces, or without these characters, at both ends.",
        signatures=("(text string, characters string = ' ') -> string",),
        also=("btrim", "strip"),
        examples=(
            Example("trim('  a b ')", "'a b'"),
            Example("trim('xyaxy', 'yx')", "'a'"),
            Example("trim('  ')", "''"),
            Example("trim(cast(null as string))", _NO_TEXT),
        ),
    ),
    _text(
        name="ltrim",
        doc="The text without spaces, or without these characters, at its start.",
        signatures=("(text string, characters string = ' ') -> string",),
        also=("lstrip", "trim_start"),
        examples=(Example("ltrim('  a ')", "'a '"), Example("ltrim('xya', 'yx')", "'a'")),
    ),
    _text(
        name="rtrim",
        doc="The text without spaces, or without these characters, at its end.",
        signatures=("(text string, characters string = ' ') -> string",),
        also=("rstrip", "trim_end"),
        examples=(Example("rtrim(' a  ')", "' a'"), Example("rtrim('axy', 'yx')", "'a'")),
    ),
    _text(
        name="lpad",
        doc="The text made `length` characters long: filled at its start, or cut at its end.",
        signatures=("(text string, length int, fill constant string = ' ') -> string",),
        also=("pad_left", "rjust"),
        examples=(
            Example("lpad('7', 3, '0')", "'007'"),
            Example("lpad('a', 4, 'xy')", "'xyxa'"),
            Example("lpad('straße', 5)", "'straß'"),
            Example("lpad('a', -1)", "''"),
        ),
    ),
    _text(
        name="rpad",
        doc="The text made `length` characters long: filled or cut at its end.",
        signatures=("(text string, length int, fill constant string = ' ') -> string",),
        also=("pad_right", "ljust"),
        examples=(
            Example("rpad('7', 3, '0')", "'700'"),
            Example("rpad('ß', 2)", "'ß '"),
            Example("rpad('abc', 2)", "'ab'"),
            Example("rpad('a', -1)", "''"),
        ),
    ),
)

SEARCH = (
    _text(
        name="strpos",
        doc="The place at which `part` first stands in the text; 0 if it does not.",
        signatures=("(text string, part string) -> int",),
        also=("instr", "index_of", "find"),
        examples=(
            Example("strpos('straße', 'e')", "6"),
            Example("strpos('abc', 'z')", "0"),
            Example("strpos('abc', '')", "1"),
        ),
    ),
    _text(
        name="contains",
        doc="Whether `part` stands somewhere in the text.",
        signatures=("(text string, part string) -> boolean",),
        also=("includes", "contains_substr"),
        examples=(
            Example("contains('abc', 'bc')", "true"),
            Example("contains('abc', 'B')", "false"),
            Example("contains('abc', '')", "true"),
            Example("contains('a%', '%')", "true"),
        ),
    ),
    _text(
        name="starts_with",
        doc="Whether the text begins with `part`.",
        signatures=("(text string, part string) -> boolean",),
        also=("startswith", "prefix"),
        examples=(Example("starts_with('abc', 'ab')", "true"), Example("starts_with('abc', 'b')", "false")),
    ),
    _text(
        name="ends_with",
        doc="Whether the text ends with `part`.",
        signatures=("(text string, part string) -> boolean",),
        also=("endswith", "suffix"),
        examples=(Example("ends_with('abc', 'bc')", "true"), Example("ends_with('abc', 'b')", "false")),
    ),
    _text(
        name="replace",
        doc="The text with `part`, everywhere, replaced by another; unchanged if `part` is ''.",
        signatures=("(text string, part string, by string) -> string",),
        examples=(
            Example("replace('a.b.c', '.', '')", "'abc'"),
            Example("replace('aaa', 'aa', 'b')", "'ba'"),
            Example("replace('abc', '', 'x')", "'abc'"),
            Example("replace('abc', 'b', cast(null as string))", _NO_TEXT),
        ),
    ),
)

PIECES = (
    _text(
        name="concat_ws",
        doc="The texts one after the other with `separator` between them; nulls are left out.",
        signatures=("(separator string, texts string...) -> string",),
        may_be_null=nulls.of_first,
        examples=(
            Example("concat_ws('-', 'a', null, 'b')", "'a-b'"),
            Example("concat_ws('-', 'a', '')", "'a-'"),
            Example("concat_ws('-', cast(null as string))", "''"),
            Example("concat_ws(cast(null as string), 'a', 'b')", _NO_TEXT),
        ),
    ),
    _text(
        name="split",
        doc="The pieces between the separators (plain text, no pattern); between all characters if it is ''.",
        signatures=("(text string, separator string) -> array<string>",),
        also=("string_split", "str_split", "string_to_array"),
        examples=(
            Example("split('a.b', '.')", "['a', 'b']"),
            Example("split('a,,b,', ',')", "['a', '', 'b', '']"),
            Example("split('', ',')", "['']"),
            Example("split('aß', '')", "['a', 'ß']"),
            Example("split(cast(null as string), ',')", "cast(null as array<string>)"),
        ),
    ),
    _text(
        name="split_part",
        doc="The piece at a place between the separators (plain text, no pattern); '' if there is none.",
        signatures=("(text string, separator string, place int) -> string",),
        examples=(
            Example("split_part('a.b.c', '.', 2)", "'b'"),
            Example("split_part('a.b', '.', 3)", "''"),
            Example("split_part('a.b', '.', 0)", "''"),
            Example("split_part('a.b', '.', -1)", "''"),
            Example("split_part('ab', '.', 1)", "'ab'"),
        ),
    ),
)

PATTERNS = (
    _text(
        name="regexp_like",
        doc="Whether the pattern is found somewhere in the text.",
        signatures=("(text string, pattern string) -> boolean",),
        also=("regexp_matches", "rlike", "regexp_contains", "regexp"),
        examples=(
            Example("regexp_like('abc123', '[0-9]{3}')", "true"),
            Example("regexp_like('abc', '^b')", "false"),
        ),
    ),
    _text(
        name="regexp_extract",
        doc="What the pattern first matches, or what one of its groups then holds ('' if it took no part); "
        "null of no match.",
        signatures=("(text string, pattern string, group constant int = 0) -> string",),
        nulls="always",
        also=("regexp_substr",),
        examples=(
            Example("regexp_extract('a1b22', '[0-9]+')", "'1'"),
            Example("regexp_extract('key=value', '(\\w+)=(\\w+)', 2)", "'value'"),
            Example("regexp_extract('abc', '[0-9]+')", _NO_TEXT),
            Example("regexp_extract('abc', '[0-9]*')", "''"),
            Example("regexp_extract('b', '(a)?b', 1)", "''"),
        ),
    ),
    _text(
        name="regexp_extract_all",
        doc="All that the pattern matches from left to right, or what one of its groups holds each time.",
        signatures=("(text string, pattern string, group constant int = 0) -> array<string>",),
        also=("regexp_find_all",),
        examples=(
            Example("regexp_extract_all('a1b22', '[0-9]+')", "['1', '22']"),
            Example("regexp_extract_all('a=1,b=2', '(\\w)=(\\d)', 1)", "['a', 'b']"),
            Example("regexp_extract_all('abc', '[0-9]+')", "cast([] as array<string>)"),
        ),
    ),
    _text(
        name="regexp_replace",
        doc="The text with all that the pattern matches replaced; in the replacement `\\1` is what the first "
        "group holds.",
        signatures=("(text string, pattern string, replacement constant string) -> string",),
        examples=(
            Example("regexp_replace('a1b22', '[0-9]+', '#')", "'a#b#'"),
            Example("regexp_replace('John Smith', '(\\w+) (\\w+)', '\\2 \\1')", "'Smith John'"),
            Example("regexp_replace('abc', 'x', 'y')", "'abc'"),
            Example("regexp_replace('a.b', '\\.', '$1')", "'a$1b'"),
        ),
    ),
)

FUNCTIONS = LETTERS + PARTS + SEARCH + PIECES + PATTERNS
