"""What planning has to know of streams: what ends, what has versions, and which operators keep the event time."""

from collections.abc import Mapping
from typing import NamedTuple

from oftra.ir.expr import Call, Column
from oftra.ir.facts import facts_of, time_bound
from oftra.ir.keys import conjuncts
from oftra.ir.program import Interface
from oftra.ir.rel import Aggregate, Distinct, Filter, Join, Rel, Scan, SetOperation, Step
from oftra.ir.walk import every_rel


class Streams(NamedTuple):
    """What relations offer and are, and what the versions of some are called: a name and the columns of the key.

    Rows of `lookups` are asked for one by one.
    """

    interfaces: Mapping[str, Interface]
    rels: Mapping[str, Rel]
    versions: Mapping[str, tuple[str, frozenset[str]]]
    lookups: frozenset[str] = frozenset()

    def looks_up(self, join: Join) -> str | None:
        """The relation that a stream is joined with whose rows are asked for when they are needed, if it is."""
        right = join.right
        while isinstance(right, Step | Filter):
            right = right.source
        if not isinstance(right, Scan) or right.relation not in self.lookups or join.kind not in ("inner", "left"):
            return None
        if not self.waits(join) or join.condition is None:
            return None
        return right.relation if facts_of(join.left, self.interfaces).changes == "append" else None

    def looks_into(self, join: Join) -> str | None:
        """The relation with versions that a stream is joined with by its key, if it is."""
        right = join.right
        while isinstance(right, Step):
            right = right.source
        if not self.waits(join) or not isinstance(right, Scan) or right.relation not in self.versions:
            return None
        left = facts_of(join.left, self.interfaces)
        if join.condition is None or left.changes != "append" or left.event_time is None:
            return None
        own = {one.id: one.name for one in right.columns}
        asked = set[str]()
        for part in conjuncts(join.condition):
            if isinstance(part, Call) and part.function == "equal":
                asked |= {own[one.id] for one in part.arguments if isinstance(one, Column) and one.id in own}
        return right.relation if asked >= self.versions[right.relation][1] else None

    def waits(self, join: Join) -> bool:
        """Whether a stream is joined with what ends."""
        is_open = not facts_of(join.left, self.interfaces).bounded
        return is_open and facts_of(join.right, self.interfaces).bounded

    def keeps_time(self, rel: Rel) -> bool:
        """Whether rows keep the event time of what they are read from, as Flink knows it."""
        for part in every_rel(rel):
            match part:
                case Aggregate() | Distinct() | SetOperation(kind="intersect" | "except") | SetOperation(all=False):
                    return False
                case Join() if self.looks_into(part) is None and self.looks_up(part) is None:
                    left, right = facts_of(part.left, self.interfaces), facts_of(part.right, self.interfaces)
                    if not time_bound(part, left, right):
                        return False
                case Scan(name) if name in self.rels and not self.keeps_time(self.rels[name]):
                    return False
        return True
