"""Goes on after a mistake."""
from typing import Any
from oftra.diagnostics.syntax import Unexpected
def mend(m: Any) -> bool:
    t = m.tokens
    t.report.add(Unexpected(t.texts[m.at], (), span=t.span(m.at)))
    return False
