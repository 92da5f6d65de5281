"""What rules refer to: it is there, of a type that can be compared, and doesn't depend on what refers to it."""

from collections.abc import Mapping

from oftra.datatypes import Unknown, show, widens
from oftra.diagnostics import Report
from oftra.diagnostics.contracts import CircularReference
from oftra.diagnostics.names import UnknownColumn
from oftra.diagnostics.typecheck import Mismatch
from oftra.ir.program import Relation
from oftra.ir.rel import Checked, Rule
from oftra.resolve.model import Declared


def check_references(relations: Mapping[str, Relation], order: tuple[Declared, ...], report: Report) -> None:
    """Report what is wrong with the `references` of contracts, once all relations are typed."""
    uses: dict[str, tuple[str, ...]] = {}
    for relation in relations.values():
        rules = relation.rel.rules if isinstance(relation.rel, Checked) else ()
        for rule in rules:
            if rule.target is not None and (target := relations.get(rule.target)) is not None:
                uses = uses or {declared.name: declared.uses for declared in order}
                _check(rule, relation, target, uses, report)


def _check(
    rule: Rule, relation: Relation, target: Relation, uses: Mapping[str, tuple[str, ...]], report: Report
) -> None:
    columns = {column.name: column for column in target.columns}
    for ours, name in zip(rule.columns, rule.target_columns):
        theirs = columns.get(name)
        if theirs is None:
            if not target.is_broken:
                report.add(UnknownColumn(name, tuple(columns), span=rule.span))
        elif not (widens(ours.type, theirs.type) or widens(theirs.type, ours.type)) and not isinstance(
            theirs.type, Unknown
        ):
            report.add(Mismatch("`references`", show(ours.type), show(theirs.type), span=rule.span))
    if target is not relation and _depends(target.name, relation.name, uses):
        report.add(CircularReference(relation.name, target.name, span=rule.span))


def _depends(name: str, on: str, uses: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the rows of `name` are made, in whatever number of steps, of those of `on`."""
    seen, waiting = {name}, [name]
    while waiting:
        for used in uses.get(waiting.pop(), ()):
            if used == on:
                return True
            if used not in seen:
                seen.add(used)
                waiting.append(used)
    return False
