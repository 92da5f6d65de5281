"""Verdicts as JUnit XML, which every CI reads."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:  # the compiler comes once there is something to test
    from oftra.testing import Verdict

# XML 1.0 has no way at all to say these.
_UNSPEAKABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(name: str, verdicts: "Sequence[Verdict]", explained: Sequence[str]) -> str:
    """One suite, a case a test; `explained` says of each that failed why."""
    failures = sum(not verdict.passed and verdict.error is None for verdict in verdicts)
    errors = sum(verdict.error is not None for verdict in verdicts)
    seconds = sum(verdict.seconds for verdict in verdicts)
    counts = f'tests="{len(verdicts)}" failures="{failures}" errors="{errors}" time="{seconds:.3f}"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {counts}>"]
    lines.append(f"  <testsuite name={attribute(name)} {counts}>")
    for verdict, why in zip(verdicts, explained):
        case = f"    <testcase classname={attribute(verdict.test.span.file)} name={attribute(verdict.test.title)}"
        case += f' time="{verdict.seconds:.3f}"'
        if verdict.passed:
            lines.append(case + "/>")
            continue
        kind = "failure" if verdict.error is None else "error"
        differing = ", ".join(difference.expected.relation for difference in verdict.differences)
        message = verdict.error or f"rows differ in {differing}"
        text = escape(speakable(why))
        lines += [case + ">", f"      <{kind} message={attribute(message)}>{text}</{kind}>", "    </testcase>"]
    return "\n".join([*lines, "  </testsuite>", "</testsuites>"]) + "\n"


def attribute(text: str) -> str:
    """`text` as an attribute's value, quotes included."""
    return quoteattr(speakable(text), {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})


def speakable(text: str) -> str:
    """`text` without characters that XML forbids."""
    return _UNSPEAKABLE.sub("\ufffd", text)
