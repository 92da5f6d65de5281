"""How diagnostics look. A program here marks its labels: `‹a:totl›` is the span of label `a`."""

import json
import re
from textwrap import dedent

import pytest

from oftra.diagnostics import Diagnostic, Edit, Label, Severity
from oftra.diagnostics.render import render_github, render_json, render_sarif, render_text, without_allowed
from oftra.source import NOWHERE, SourceFile, Span


class Finding(Diagnostic):
    """Something made up.

    With a second paragraph.
    """

    words: tuple[Label, ...] = ()
    advice: str | None = None
    mend: Edit | None = None
    what: str = "something is wrong"
    code = "OF9999"

    @property
    def title(self) -> str:
        return self.what

    @property
    def labels(self) -> tuple[Label, ...]:
        return self.words or super().labels

    @property
    def help(self) -> str | None:
        return self.advice

    @property
    def edit(self) -> Edit | None:
        return self.mend


class Doubt(Finding):
    """Something made up that is a warning."""

    code = "OF9998"
    severity: Severity = "warning"  # type: ignore[misc]


def marked(text: str, path: str = "a.oftra") -> tuple[SourceFile, dict[str, Span]]:
    """The source without its marks, and the span of each mark. Marks may nest."""
    plain, spans, open_marks = "", {}, []
    for piece in re.split(r"(‹\w:|›)", text):
        if piece.startswith("‹"):
            open_marks.append((piece[1], len(plain)))
        elif piece == "›":
            name, start = open_marks.pop()
            spans[name] = Span(start, len(plain), path)
        else:
            plain += piece
    return SourceFile(path, plain), spans


# Each case: what it shows, the marked program, the words of each label (the first is primary), the rendering.
CASES = [
    (
        "one label",
        "from rides\n  |> select ‹a:totl›, id",
        {"a": "no such column"},
        """
          |
        2 |   |> select totl, id
          |             ^^^^ no such column
        """,
    ),
    (
        "a label without words",
        "from ‹a:rides›",
        {"a": ""},
        """
          |
        1 | from rides
          |      ^^^^^
        """,
    ),
    (
        "two on one line: the words of the left one hang below",
        "from a join b on ‹b:a.x› = ‹a:b.y›",
        {"a": "an int", "b": "a string"},
        """
          |
        1 | from a join b on a.x = b.y
          |                  ---   ^^^ an int
          |                  |
          |                  a string
        """,
    ),
    (
        "lines between are left out, a single one is shown",
        "‹b:one›\ntwo\n‹c:three›\nfour\nfive\n‹a:six›",
        {"a": "A", "b": "B", "c": "C"},
        """
          |
        1 | one
          | --- B
        2 | two
        3 | three
          | ----- C
        ...
        6 | six
          | ^^^ A
        """,
    ),
    (
        "a span of several lines has a rail",
        "‹a:from t\n|> where x\n|> where y\n|> where z\n|> limit 1›",
        {"a": "all of it"},
        """
          |
        1 | / from t
        2 | | |> where x
        ... |
        5 | | |> limit 1
          | |__________^ all of it
        """,
    ),
    (
        "a rail that starts within a line has an arm",
        "view v = ‹a:from t\n|> limit 1›",
        {"a": "its query"},
        """
          |
        1 |   view v = from t
          |  __________^
        2 | | |> limit 1
          | |__________^ its query
        """,
    ),
    (
        "tabs open to four columns",
        "\tselect\t‹a:x›",
        {"a": "here"},
        """
          |
        1 |     select  x
          |             ^ here
        """,
    ),
    (
        "wide letters take two columns, combining ones none",
        "select 名前, cafe\u0301, ‹a:乗車›, ‹b:y›",
        {"a": "", "b": "after"},
        """
          |
        1 | select 名前, cafe\u0301, 乗車, y
          |                    ^^^^  - after
        """,
    ),
    (
        "what a terminal would obey is made visible",
        "select ‹a:'\x1b[2J\u202e'›",
        {"a": "\x07ring"},
        """
          |
        1 | select '␛[2J\ufffd'
          |        ^^^^^^^ ␇ring
        """,
    ),
    (
        "the end of a file without a line break",
        "from rides |>‹a:›",
        {"a": "an operator is expected"},
        """
          |
        1 | from rides |>
          |              ^ an operator is expected
        """,
    ),
]


@pytest.mark.parametrize("text, words, expected", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_snippet(text: str, words: dict[str, str], expected: str) -> None:
    source, spans = marked(text)
    labels = tuple(Label(spans[name], word) for name, word in words.items())
    rendered = render_text([Finding(labels, span=labels[0].span)], {source.path: source})
    lines = rendered.split("\n")
    start = source.position(labels[0].span.start)
    assert lines[:2] == ["error[OF9999]: something is wrong", f" --> a.oftra:{start.line}:{start.column}"]
    assert "\n".join(lines[2:-3]) == dedent(expected).strip("\n")


# The advice, the program with the span `e` of the edit, its replacement, what follows the snippet.
EDITS = [
    ("a replaced word", "select ‹e:totl›, x", "total", "1 | select total, x\n  |        ~~~~~"),
    ("an inserted word", "select x‹e:› y", " as", "1 | select x as y\n  |         +++"),
    ("a removed word", "select x‹e:,› from t", "", "1 - select x, from t\n1 + select x from t"),
    (
        "an inserted line",
        "from t‹e:› limit 1",
        "\n|>",
        "1 - from t limit 1\n1 + from t\n2 + |> limit 1",
    ),
]


@pytest.mark.parametrize("text, replacement, expected", [case[1:] for case in EDITS], ids=[case[0] for case in EDITS])
def test_edit(text: str, replacement: str, expected: str) -> None:
    source, spans = marked(text)
    finding = Finding(advice="do this", mend=Edit(spans["e"], replacement), span=spans["e"])
    rendered = render_text([finding], {source.path: source})
    assert rendered.partition("  = help: do this\n  |\n")[2].partition("\n\n")[0] == expected


def test_labels_in_other_files_and_help_of_two_lines() -> None:
    here, spans = marked("from ‹a:zones›", "models/a.oftra")
    there, others = marked("\n" * 9 + "view ‹b:zones› = from x", "b.oftra")
    labels = (Label(spans["a"], "this one?"), Label(others["b"], "or this one?"))
    finding = Finding(labels, "write one of\n`a.zones`", span=spans["a"])
    expected = """\
        error[OF9999]: something is wrong
          --> models/a.oftra:1:6
           |
         1 | from zones
           |      ^^^^^ this one?
           |
          ::: b.oftra:10:6
           |
        10 | view zones = from x
           |      ----- or this one?
           |
           = help: write one of
                   `a.zones`

        1 error; `oftra explain OF9999` tells more
        """
    assert render_text([finding], {"models/a.oftra": here, "b.oftra": there}) == dedent(expected)


def test_without_a_text_the_path_is_named() -> None:
    lost = Span(0, 0, "data/zones.parquet")
    rendered = render_text([Finding((Label(lost, "permission denied"),), span=lost)], {})
    assert rendered.split("\n")[:3] == [
        "error[OF9999]: something is wrong",
        " --> data/zones.parquet",
        "  = note: permission denied",
    ]
    assert render_text([Finding(span=NOWHERE)], {}).startswith("error[OF9999]: something is wrong\n\n1 error;")


def test_sorted_by_file_and_place_and_counted() -> None:
    source = SourceFile("a.oftra", "abcdef")
    other = SourceFile("b.oftra", "abcdef")
    found = [
        Finding(what="third", span=Span(0, 1, "b.oftra")),
        Finding(what="second", span=Span(3, 4, "a.oftra")),
        Doubt(what="first", span=Span(1, 2, "a.oftra")),
    ]
    rendered = render_text(found, {"a.oftra": source, "b.oftra": other})
    assert re.findall(r"first|second|third", rendered) == ["first", "second", "third"]
    assert rendered.endswith("\n2 errors and 1 warning; `oftra explain OF9998` tells more\n")
    assert render_text([], {}) == ""


def test_color_changes_nothing_but_color() -> None:
    source, spans = marked("from ‹b:t›\n|> select ‹a:totl›\n")
    labels = (Label(spans["a"], "here"), Label(spans["b"], "there"))
    finding = Finding(labels, "mend it", Edit(spans["a"], "total"), span=spans["a"])
    colored = render_text([finding], {source.path: source}, color=True)
    bare = render_text([finding], {source.path: source})
    assert "\x1b[1;31m^^^^ here\x1b[0m" in colored
    assert [line.rstrip() for line in re.sub(r"\x1b\[[\d;]*m", "", colored).split("\n")] == bare.split("\n")


def test_a_line_of_two_megabytes_is_cut_around_each_label() -> None:
    text = "(" * 1_000_000 + "x" + ")" * 1_000_000
    source = SourceFile("a.oftra", text)
    labels = (Label(Span(1_000_000, 1_000_001, "a.oftra"), "here"), Label(Span(0, 1, "a.oftra"), "opened"))
    rendered = render_text([Finding(labels, span=labels[0].span)], {"a.oftra": source}, width=40)
    assert rendered.split("\n")[1:7] == [
        " --> a.oftra:1:1000001",
        "  |",
        "1 | ..." + "(" * 24 + "x" + ")" * 12 + "...",
        "  | " + " " * 27 + "^ here",
        "1 | " + "(" * 40 + "...",
        "  | - opened",
    ]


def test_json_has_the_promised_shape() -> None:
    source, spans = marked("from t\n|> select ‹a:名前 x›")
    doubt = Doubt(advice="name it", span=spans["a"])
    assert json.loads(render_json([doubt], {source.path: source})) == [
        {
            "code": "OF9998",
            "severity": "warning",
            "message": "something is wrong",
            "path": "a.oftra",
            "line": 2,
            "column": 11,
            "end_line": 2,
            "end_column": 15,
            "help": "name it",
        }
    ]
    assert json.loads(render_json([], {})) == []


def test_github_commands_cannot_be_broken_out_of() -> None:
    source = SourceFile("a,b:%.oftra", "x")
    finding = Finding(what="100% wrong:\n::error::no", advice="a\r\nb: c, d", span=Span(0, 1, "a,b:%.oftra"))
    assert render_github([finding], {source.path: source}) == (
        "::error file=a%2Cb%3A%25.oftra,line=1,endLine=1,col=1,endColumn=2,"
        "title=OF9999 100%25 wrong%3A%0A%3A%3Aerror%3A%3Ano::a%0D%0Ab: c, d\n"
    )


def test_sarif_names_rules_with_their_pages() -> None:
    source, spans = marked("from ‹a:t›", "models/a b.oftra")
    found = [Finding(span=spans["a"]), Doubt(span=spans["a"]), Finding(what="again", span=NOWHERE)]
    run = json.loads(render_sarif(found, {source.path: source}))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["OF9998", "OF9999"]
    assert rules[1]["help"]["text"] == "Something made up.\n\nWith a second paragraph."
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == ["OF9999", "OF9998", "OF9999"]
    assert "locations" not in run["results"][0]
    assert run["results"][1]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "models/a%20b.oftra"},
        "region": {"startLine": 1, "startColumn": 6, "endLine": 1, "endColumn": 7},
    }


@pytest.mark.parametrize(
    "text, kept",
    [
        ("‹a:x› -- oftra: allow OF9998", False),
        ("-- oftra: allow OF9998\n‹a:x›", False),
        ("-- oftra: allow OF1234, OF9998 because we know\n‹a:x›", False),
        ("y -- oftra: allow OF9998\n‹a:x›", True),
        ("-- oftra: allow OF9998\n\n‹a:x›", True),
        ("‹a:x› -- oftra: allow OF1234", True),
    ],
)
def test_a_warning_is_allowed_in_its_place(text: str, kept: bool) -> None:
    source, spans = marked(text)
    error, doubt = Finding(span=spans["a"]), Doubt(span=spans["a"])
    assert without_allowed([error, doubt], {source.path: source}) == ([error, doubt] if kept else [error])
