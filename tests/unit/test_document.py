"""The document printer: what fits stays on a line, what doesn't breaks at its own lines; origins follow the lines."""

import time

import pytest

from oftra.source import Span
from oftra.targets.document import COMMA, HARD, LINE, SOFT, Doc, Mark, Origin, cat, group, nest, render, separated


def call(name: str, *arguments: Doc) -> Doc:
    return group(name + "(", nest(SOFT, separated(arguments, (",", LINE))), COMMA, ")", short=0)


CASES: dict[str, tuple[Doc, int, str]] = {
    "fits": (call("f", "a", "b"), 80, "f(a, b)\n"),
    "breaks, with a comma after the last": (call("f", "a", "b"), 5, "f(\n  a,\n  b,\n)\n"),
    "outer breaks, inner fits": (call("f", call("g", "a"), "b"), 9, "f(\n  g(a),\n  b,\n)\n"),
    "what follows counts": (cat(call("f", "a", "b"), ";" * 3), 9, "f(\n  a,\n  b,\n);;;\n"),
    "what follows after a break does not": (cat(call("f", "a", "b"), HARD, ";" * 9), 9, "f(a, b)\n;;;;;;;;;\n"),
    "a hard line breaks its groups": (group("a", nest(HARD, "b"), LINE, "c"), 80, "a\n  b\nc\n"),
    "an empty line has no indent": (nest("a", HARD, HARD, "b"), 80, "a\n\n  b\n"),
    "a line break inside a text": (cat("'a\nb'", call("f", "a")), 5, "'a\nb'f(\n  a,\n)\n"),
    "nothing": ("", 80, ""),
}


@pytest.mark.parametrize("case", CASES)
def test_lines(case: str) -> None:
    doc, width, text = CASES[case]
    assert render(doc, width).text == text


def test_origins_are_lines_outer_before_inner() -> None:
    outer, inner, last = Span(0, 9, "a"), Span(1, 2, "a"), Span(3, 4, "a")
    doc = Mark(outer, cat("select", HARD, Mark(inner, "a"), HARD, "from t", HARD, Mark(last, cat("where", HARD, "b"))))
    assert render(doc).origins == (Origin(1, 5, outer), Origin(2, 2, inner), Origin(4, 5, last))


def test_a_mark_does_not_reach_past_its_last_line() -> None:
    span = Span(0, 1, "a")
    assert render(cat(Mark(span, cat("a", HARD)), "b")).origins == (Origin(1, 1, span),)


@pytest.mark.parametrize("short", [0, 40])
def test_parts_that_share_a_line_keep_their_origins(short: int) -> None:
    first, second, whole = Span(0, 1, "a"), Span(2, 3, "a"), Span(0, 9, "a")
    inner = group(Mark(first, "a"), LINE, Mark(second, "b"), short=short)
    doc = cat("x", HARD, group("(", Mark(whole, nest(SOFT, inner)), SOFT, ")", short=short))
    assert render(doc) == ("x\n(a b)\n", (Origin(2, 2, whole), Origin(2, 2, first), Origin(2, 2, second)))
    broken = render(doc, 4)
    # What is short stays together: it was one text from the start.
    assert broken.text == ("x\n(a b)\n" if short else "x\n(\n  a\n  b\n)\n")
    assert {origin.span for origin in broken.origins} == {whole, first, second}


def test_deep_documents_take_no_more_than_their_length() -> None:
    doc: Doc = "x"
    for _ in range(3000):
        doc = call("f", doc)
    begin = time.process_time()
    text = render(doc).text
    assert text.count("f(") == 3000
    # Far above what it takes, far below what a printer takes that looks ahead at every level.
    assert time.process_time() - begin < 2
