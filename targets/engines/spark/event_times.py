"""The event time of windows' rows in a stream, which Spark knows only of what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oftra.ir.facts import facts_of
from oftra.ir.rel import Rel
from oftra.targets.engines.spark.frame import Called, Frame
from oftra.targets.python import tree as py

if TYPE_CHECKING:  # the planner and what it plans with need each other
    from oftra.targets.engines.spark.plan import Planner

MARK = "spark.watermarkDelayMs"
"""By what Spark knows the column that it forgets rows by; how long rows may be late is said where they are read."""


def timed(planner: Planner, frame: Frame, rel: Rel) -> None:
    """Let Spark forget the rows of `frame` by the end of their windows, if they are an aggregate's of such."""
    facts = facts_of(rel, planner.catalog.interfaces) if planner.streaming else None
    if facts is None or facts.bounded or facts.window is None or facts.event_time != facts.window[1]:
        return
    slot = frame.held.get(facts.event_time)
    if slot is None or slot.path:
        # A window that is still whole is known already.
        return
    marked = Called("withMetadata", (py.String(slot.name), py.DictOf(((py.String(MARK), py.number(0)),))))
    # Rows have an alias for what stands behind: it would be lost here.
    at = next((at for at, part in enumerate(frame.calls) if part is slot.owner), len(frame.calls))
    frame.calls.insert(at, marked)
