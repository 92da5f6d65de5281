"""What Structured Streaming can't do with rows that may change: what is said last of keys, and sources of changes."""

from oftra.diagnostics import Report
from oftra.diagnostics.spark import UnsupportedInStream
from oftra.ir.options import words
from oftra.ir.program import Relation, Sink
from oftra.ir.rel import Aggregate, Distinct, Join, Rel, SetOperation, Sort
from oftra.ir.walk import every_rel
from oftra.targets.pyspark.streams import Streams, stateful, upserts


def refuse_operators(streams: Streams, relation: Relation, rel: Rel, report: Report) -> None:
    """Report what a relation does with such rows that takes several of them, or could not find them again."""
    last = streams.last.get(relation.name)
    if last is not None and last.is_final:
        return
    if last is None:
        for part in stateful(rel, streams.relations):
            report.add(UnsupportedInStream(f"{_called(part)} over rows that may change", span=part.span))
        return
    source = next(part.source for part in every_rel(last.rel) if isinstance(part, Aggregate))
    above = streams.upstream(last.name) - {last.name}
    if next(stateful(source, streams.relations), None) is not None or above & streams.computed:
        report.add(UnsupportedInStream("the last row of a key behind what keeps a state", span=last.span))
    elif above.intersection(streams.split):
        remedy = "leave `on late` out: an older record says nothing of a key that a newer one is there of"
        report.add(UnsupportedInStream("`on late` of rows that may change", remedy, span=last.span))
    elif any(streams.program.by_name[name].interface.event_time in last.key for name in above):
        remedy = "a key without the event time: what goes by time is forgotten as time goes"
        report.add(UnsupportedInStream("the last row of a key with the event time", remedy, span=last.span))


def refuse_output(streams: Streams, output: Relation | Sink, report: Report) -> None:
    """Report an output that such rows can't go to: each replaces what stands under its key, or does away with it."""
    last = streams.last_behind(streams.stored(output.name))
    if last is None:
        refuse_unordered(streams, output, report)
        return
    key = ", ".join(last.key)
    if not upserts(output):
        remedy = (
            f"`refresh: merge` of a table in Delta Lake or Iceberg, or `mode: upsert` of a sink, with the key ({key})"
        )
        report.add(UnsupportedInStream("rows that may change here", remedy, span=output.span))
    elif streams.key_behind(output.name) is None:
        remedy = f"the key has to be of the columns ({key}), as they are: by these rows change"
        report.add(UnsupportedInStream("rows that change by another key", remedy, span=output.span))


def refuse_unordered(streams: Streams, output: Relation | Sink, report: Report) -> None:
    """Report a table whose rows of one key may come together, and nothing says which of them is to stay."""
    interface = streams.program.by_name[streams.stored(output.name)].interface
    key = set(words(output.options.get("key")))
    if interface.window is not None and key.intersection(interface.window):
        # Where a window begins says where it ends.
        key.update(interface.window)
    if "order_by" not in output.options and not any(key.issuperset(known) for known in interface.keys):
        remedy = "`order_by`: of the rows of a key it says which is the last"
        report.add(UnsupportedInStream("rows that have a key in no order", remedy, span=output.span))


def _called(rel: Rel) -> str:
    match rel:
        case Aggregate():
            return "an aggregate"
        case Join():
            return "a join of two streams"
        case SetOperation():
            return f"`{rel.kind}`"
        case Distinct():
            return "`distinct`"
        case Sort():
            return "`order by`"
        case _:
            return "this"
