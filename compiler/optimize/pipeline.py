"""The passes, in their order, and the way of a program through them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, wraps
from typing import TypeAlias

from oftra.ir.program import Interface, Program, Relation
from oftra.ir.rel import Rel
from oftra.ir.walk import every_rel, map_exprs, map_inputs, rewriter
from oftra.optimize.assertions_apart import assertions_apart
from oftra.optimize.bound_windows import bound_windows
from oftra.optimize.gates import gates_again, gates_as_relations
from oftra.optimize.infer_conditions import infer_conditions
from oftra.optimize.inline_views import inline_views
from oftra.optimize.merge_filters import merge_filters
from oftra.optimize.merge_projections import merge_projections
from oftra.optimize.narrow_joins import narrow_joins
from oftra.optimize.notes import Needless, Note, listening
from oftra.optimize.order_joins import order_joins
from oftra.optimize.prune_columns import prune_columns
from oftra.optimize.push_filters import push_filters
from oftra.optimize.push_limits import push_limits
from oftra.optimize.remove_dead import outputs_of, remove_dead
from oftra.optimize.remove_distinct import remove_distinct
from oftra.optimize.remove_identity_projections import remove_identity_projections
from oftra.optimize.remove_trivial import remove_trivial
from oftra.optimize.share_steps import share_steps
from oftra.optimize.simplify import simplify
from oftra.optimize.slices import made_whole, sliced
from oftra.optimize.survey import Survey, survey_of

Interfaces: TypeAlias = Mapping[str, Interface]
Pass: TypeAlias = Callable[[Rel, Interfaces], Rel]


@dataclass(frozen=True)
class Change:
    """What a pass made of a relation's definition (or of a query in it); `after` is None where the relation is gone.

    `notes` are what it told of its reasons.
    """

    pass_name: str
    relation: str
    before: Rel
    after: Rel | None
    notes: tuple[Note, ...] = ()


def _alone(rewrite: Callable[[Rel], Rel]) -> Pass:
    return wraps(rewrite)(lambda rel, interfaces: rewrite(rel))


PASSES: tuple[tuple[str, Pass], ...] = (
    ("simplify", _alone(simplify)),
    ("remove_trivial", remove_trivial),
    ("remove_distinct", remove_distinct),
    ("narrow_joins", _alone(narrow_joins)),
    ("push_filters", _alone(push_filters)),
    ("merge_filters", _alone(merge_filters)),
    ("order_joins", _alone(order_joins)),
    ("infer_conditions", _alone(infer_conditions)),
    ("bound_windows", _alone(bound_windows)),
    ("push_limits", push_limits),
    ("merge_projections", _alone(merge_projections)),
)
"""What is done to each relation by itself.

Joins are narrowed before conditions move: more sides let them in. Conditions move before joins are ordered, as they are
what connects them, and before projections merge: less stands in the way.
"""

_WORK = frozenset({"aggregate", "distinct", "window", "unnest", "sets"})

ONLY_WITH: Mapping[str, tuple[frozenset[str], ...]] = {
    "remove_distinct": (frozenset({"distinct", "sets", "semi", "anti", "query"}),),
    "narrow_joins": (frozenset({"left", "right", "full"}),),
    "order_joins": (frozenset({"cross"}),),
    "infer_conditions": (_WORK, frozenset({"inner", "left", "right", "semi", "anti"})),
    "push_limits": (frozenset({"limit"}), frozenset({"left"})),
    "bound_windows": (frozenset({"times"}),),
}
"""Passes that a relation needs only if it has one of each of these marks (see `survey`): most have none."""

AFTER_PRUNING: tuple[tuple[str, Pass], ...] = (
    ("merge_projections", _alone(merge_projections)),
    ("remove_identity_projections", _alone(remove_identity_projections)),
    ("remove_trivial", remove_trivial),
)
"""What tidies up once columns are gone."""


def optimize(
    program: Program,
    outputs: Sequence[str] | None = None,
    *,
    inline: bool = True,
    explain: list[Change] | None = None,
    whole: bool = False,
) -> Program:
    """`program` with the same rows in each of its outputs, said with less.

    Of tables that aren't made whole they are those of the run's slice, unless `whole` ones are asked for.

    `outputs` are full names of relations, sinks and tasks; None is all tables, sinks and tasks (all views, if there is
    neither table nor sink). With `explain`, each change is added to it.
    """
    program = made_whole(program) if whole else sliced(program)
    kept, sinks = outputs_of(program, outputs)
    tasks = {task.name for task in program.tasks if outputs is None or task.name in outputs}
    program, gates = gates_as_relations(program, kept | sinks | tasks)
    if gates:
        program = replace(program, relations=(*program.relations, *gates))
        kept = kept.union([gate.name for gate in gates])
    surveys: Mapping[str, Survey] = {relation.name: survey_of(relation) for relation in program.relations}
    relations = remove_dead(program.relations, kept, surveys)
    _explain("remove_dead", program.relations, relations, explain)
    if inline:
        before = relations
        relations, surveys = inline_views(relations, kept, surveys)
        _explain("inline_views", before, relations, explain)
    before = relations
    relations = tuple([_shared(one) if surveys[one.name].repeats else one for one in relations])
    _explain("share_steps", before, relations, explain)
    interfaces = {relation.name: relation.interface for relation in relations}
    relations = tuple([_run(PASSES, relation, interfaces, surveys, explain) for relation in relations])
    before = relations
    with listening() as notes:
        relations = prune_columns(relations, kept, surveys)
    _explain("prune_columns", before, relations, explain, notes)
    interfaces = {relation.name: relation.interface for relation in relations}
    relations = tuple([_run(AFTER_PRUNING, relation, interfaces, surveys, explain) for relation in relations])
    found = replace(program, relations=relations, sinks=tuple([sink for sink in program.sinks if sink.name in sinks]))
    return gates_again(found) if gates else found


QUERY = ""
"""The name under which an ad hoc query is a relation for a while: no relation can have it."""


def optimize_query(program: Program, rel: Rel) -> tuple[Program, Rel]:
    """The query `rel` over relations of `program`, and what it needs of the program: it is the only output."""
    query = Relation(QUERY, "table", rel, Interface(rel.columns))
    optimized = optimize(
        replace(program, relations=(*program.relations, query), sinks=(), pipelines=()), (QUERY,), whole=True
    )
    *relations, found = optimized.relations
    return assertions_apart(replace(optimized, relations=tuple(relations)), found.rel)


def _shared(relation: Relation) -> Relation:
    rel = share_steps(relation.rel)
    return relation if rel is relation.rel else replace(relation, rel=rel)


def _run(
    passes: tuple[tuple[str, Pass], ...],
    relation: Relation,
    interfaces: Interfaces,
    surveys: Mapping[str, Survey],
    explain: list[Change] | None,
) -> Relation:
    rel, survey = relation.rel, surveys[relation.name]
    passes = _with_work(passes, survey.marks)
    if explain is not None:
        passes = tuple([(name, _told(name, rewrite, relation.name, explain)) for name, rewrite in passes])
    if survey.queries:
        rel = _inside_queries(rel, passes, interfaces)
    for _, rewrite in passes:
        rel = rewrite(rel, interfaces)
    return relation if rel is relation.rel else replace(relation, rel=rel)


@cache
def _with_work(passes: tuple[tuple[str, Pass], ...], marks: frozenset[str]) -> tuple[tuple[str, Pass], ...]:
    """Those that may find something to do in a relation of these marks."""
    return tuple([one for one in passes if not any(map(marks.isdisjoint, ONLY_WITH.get(one[0], ())))])


def _told(name: str, rewrite: Pass, relation: str, explain: list[Change]) -> Pass:
    """A pass whose changes are added to `explain`."""

    def told(rel: Rel, interfaces: Interfaces) -> Rel:
        with listening() as notes:
            after = rewrite(rel, interfaces)
        if after is not rel:
            explain.append(Change(name, relation, rel, after, tuple(notes)))
        return after

    return told


def _inside_queries(rel: Rel, passes: tuple[tuple[str, Pass], ...], interfaces: Interfaces) -> Rel:
    """`rel` with the passes done to the queries in its expressions."""

    def query(inner: Rel) -> Rel:
        inner = within(inner)
        for _, rewrite in passes:
            inner = rewrite(inner, interfaces)
        return inner

    def within(part: Rel) -> Rel:
        return map_exprs(map_inputs(part, within), inside)

    inside = rewriter(lambda expr: expr, query)
    return within(rel)


def _explain(
    pass_name: str,
    before: Sequence[Relation],
    after: Sequence[Relation],
    explain: list[Change] | None,
    notes: Sequence[Note] = (),
) -> None:
    """Note what a pass over the whole program changed; of its `notes` each relation gets those about its own parts."""
    if explain is None:
        return
    now = {relation.name: relation.rel for relation in after}
    for relation in before:
        rel = now.get(relation.name)
        if rel is not relation.rel:
            own = [id(part) for part in every_rel(relation.rel)] if notes else ()
            keyed = [(one, one.rests_on) for one in notes if isinstance(one, Needless)]
            about = [one for one, key in keyed if key is not None and id(key.source) in own]
            explain.append(Change(pass_name, relation.name, relation.rel, rel, tuple(about)))
