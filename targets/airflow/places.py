"""Where something stands in the program, as people say it."""

from bisect import bisect_right

from oftra.ir.program import Program
from oftra.source import Span


def line_of(program: Program, span: Span) -> int:
    """The line that a span begins in."""
    return bisect_right(program.line_starts.get(span.file, (0,)), span.start)
