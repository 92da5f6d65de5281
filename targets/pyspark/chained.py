"""Operators that keep a state behind others: Spark has them where all forget by the windows that rows are of."""

from collections.abc import Mapping

from oftra.ir.expr import Column
from oftra.ir.facts import facts_of
from oftra.ir.program import Interface, Relation
from oftra.ir.rel import Aggregate, TimeWindow
from oftra.ir.walk import every_rel
from oftra.targets.pyspark.streams import Streams

Interfaces = Mapping[str, Interface]


def has_other_windows(streams: Streams, relation: Relation) -> bool:
    """Whether what a relation is made of has windows whose rows Spark gives later than at their end."""
    rels = [streams.program.by_name[name].rel for name in streams.upstream(relation.name)]
    parts = [part for rel in rels for part in every_rel(rel)]
    return any(isinstance(part, TimeWindow) and part.kind in ("cumulate", "session") for part in parts)


def is_grouped_by_window(rel: Aggregate, interfaces: Interfaces) -> bool:
    """Whether an aggregate over rows of windows groups by the end of these."""
    facts = facts_of(rel.source, interfaces)
    keys = {item.value.id for item in rel.keys if isinstance(item.value, Column)}
    return facts.window is not None and facts.event_time == facts.window[1] and facts.event_time in keys
