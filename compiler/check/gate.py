"""Gates of pipelines: what they ask, typed, and the relations that they are about."""

from collections.abc import Collection, Iterator

from oftra.check.context import BROKEN, Context
from oftra.check.naming import text_of
from oftra.check.scope import Scope
from oftra.check.surroundings import Surroundings
from oftra.datatypes import BIGINT, BOOLEAN
from oftra.diagnostics.model import nearest
from oftra.diagnostics.names import UnknownRelation
from oftra.diagnostics.pipelines import GateElsewhere, NeverFresh, NotMeasured
from oftra.ir.expr import Expr, Literal
from oftra.ir.program import Gate
from oftra.resolve.model import Declared
from oftra.source import Span
from oftra.syntax import nodes

MEASURES = ("rows", "fresh")
"""What gates alone can ask of a relation."""


def check_gate(
    require: nodes.Require, pipeline: str, involved: Collection[str], around: Surroundings, context: Context
) -> Gate:
    """A gate, typed. `involved` are the relations and sinks that the pipeline builds or reads."""

    def rows(call: nodes.Call) -> Expr:
        return BROKEN if _measured(call, context) is None else Literal(0, BIGINT, span=call.span)

    def fresh(call: nodes.Call) -> Expr:
        declared = _measured(call, context)
        if declared is not None:
            _check_fresh(declared, call.span, around, context)
        return BROKEN if declared is None else Literal(True, BOOLEAN, span=call.span)

    # What is asked for is the type: a run's count stands in for none of them.
    scope = Scope(context, None, "`require`", measures={"rows": rows, "fresh": fresh})
    scope.condition_of(require.condition)
    about: dict[str, None] = {}
    for path, span in _named_in(require.condition):
        found = context.names.find("relation", path, context.namespace)
        if found is not None and found.name not in about:
            about[found.name] = None
            if found.name not in involved:
                context.report.add(GateElsewhere(found.name, pipeline, span=span))
    return Gate(text_of(require.condition), require.action, tuple(about), span=require.span)


def _measured(call: nodes.Call, context: Context) -> Declared | None:
    """The relation that a measure is asked of; None if it is asked of none (reported)."""
    name = call.function.text
    match call.arguments:
        case (nodes.Column() | nodes.Member() as argument,):
            path = text_of(argument)
            found = context.names.find("relation", path, context.namespace)
            if found is None:
                near = nearest(path, context.names.visible("relation", context.namespace))
                context.report.add(UnknownRelation(path, near, span=argument.span))
            return found
        case _:
            context.report.add(NotMeasured(name, span=call.span))
            return None


def _check_fresh(declared: Declared, span: Span, around: Surroundings, context: Context) -> None:
    """Report a relation whose contract doesn't say how old its newest row may be."""
    relation = around.relations.get(declared.name)
    if relation is None or relation.is_broken:
        return
    contract = around.contracts.get(relation.contract) if relation.contract is not None else None
    lacking = ""
    if contract is None:
        lacking = "it has no contract"
    elif relation.interface.event_time is None:
        lacking = "it has no event time"
    elif "freshness" not in contract.options:
        lacking = f"`{contract.name}` says nothing of `freshness`"
    if lacking:
        context.report.add(NeverFresh(declared.name, lacking, span=span))


def _named_in(node: object) -> Iterator[tuple[str, Span]]:
    """The relations that a condition names, in its measures and in its queries."""
    match node:
        case nodes.TableRef(path):
            yield path.text, path.span
        case nodes.Call(function, (nodes.Column() | nodes.Member() as argument,)) if function.text in MEASURES:
            yield text_of(argument), argument.span
        case tuple():
            for item in node:
                yield from _named_in(item)
        case _ if hasattr(node, "__dataclass_fields__"):
            for name in node.__dataclass_fields__:
                if name != "span":
                    yield from _named_in(getattr(node, name))
