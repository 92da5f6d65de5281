"""From parsed files to declarations by full name, with the names of relations bound, in an order to check them in."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from oftra.diagnostics import Report
from oftra.diagnostics.model import nearest
from oftra.diagnostics.names import (
    CyclicRelations,
    DuplicateName,
    NameDiffersByCase,
    NoRows,
    UnknownRelation,
)
from oftra.resolve.bind import Binder
from oftra.resolve.model import Category, Declared, Module, Names, Resolved, Settings
from oftra.syntax import nodes
from oftra.syntax.format import format_expr

__all__ = ["Declared", "Module", "Names", "Resolved", "Settings", "bind_query", "resolve"]

_CATEGORIES: dict[type[nodes.Declaration], Category] = {
    nodes.Contract: "contract",
    nodes.Connection: "connection",
    nodes.Source: "relation",
    nodes.View: "relation",
    nodes.Table: "relation",
    nodes.Sink: "relation",
    nodes.Function: "function",
    nodes.Param: "param",
    nodes.Model: "model",
    nodes.Task: "relation",
    nodes.Pipeline: "pipeline",
}


def resolve(modules: Sequence[Module], settings: Settings, report: Report) -> Resolved:
    """Bind the names of a program. What can't be bound is reported and left as it stands."""
    names = Names()
    tests: list[tuple[str, nodes.Test]] = []
    for module in modules:
        for declaration in module.tree.declarations:
            if isinstance(declaration, nodes.Test):
                tests.append((module.namespace, declaration))
            elif not isinstance(declaration, nodes.BrokenDeclaration):
                _add(names, _declare(declaration, module.namespace), report)
            elif declaration.name is not None:
                # Whatever it was going to be, what refers to it is not the mistake.
                names.declared["relation"].setdefault(
                    _full(module.namespace, declaration.name.text),
                    Declared(
                        _full(module.namespace, declaration.name.text),
                        module.namespace,
                        "relation",
                        declaration,
                        declaration.span,
                    ),
                )
    relations = names.declared["relation"]
    for declared in list(relations.values()):
        for quarantine in _quarantines(declared, names):
            _add(names, quarantine, report)
    functions = names.declared["function"]
    for name, declared in functions.items():
        functions[name] = _bind_function(declared, names, report)
    for name, declared in relations.items():
        relations[name] = _bind(declared, names, report)
    for declared in [one for one in relations.values() if isinstance(one.declaration, nodes.Task)]:
        for written in _data_of(declared, "writes", names):
            relations[written] = replace(relations[written], uses=(*relations[written].uses, declared.name))
    pipelines = names.declared["pipeline"]
    for name, declared in pipelines.items():
        bound = _binder(names, declared.namespace, report).bind(declared.declaration)
        pipelines[name] = replace(declared, declaration=bound)
    files = tuple(sorted({module.tree.span.file for module in modules}))
    return Resolved(settings, names, tuple(_ordered(relations, report)), tuple(tests), files)


def bind_query(query: nodes.Query, names: Names, report: Report) -> nodes.Query:
    """An ad hoc query with its relations' names in full, looked up at the root."""
    bound: nodes.Query = _binder(names, "", report).bind(query)
    return bound


def _full(namespace: str, name: str) -> str:
    return f"{namespace}.{name}" if namespace else name


def _declare(declaration: nodes.Declaration, namespace: str) -> Declared:
    """The declaration under its full name."""
    assert not isinstance(declaration, nodes.Test | nodes.BrokenDeclaration)
    name = _full(namespace, declaration.name.text)
    return Declared(name, namespace, _CATEGORIES[type(declaration)], declaration, declaration.name.span)


def _quarantines(declared: Declared, names: Names) -> Iterator[Declared]:
    """The quarantines that a source, view or table fills: those that it names itself, and those of its contract.

    Also the tables of what comes late from a source.
    """
    declaration = declared.declaration
    places: list[tuple[str, nodes.OnViolation | nodes.Watermark]]
    match declaration:
        case nodes.Source(contract=path, on_invalid=on_invalid):
            places = [] if on_invalid is None else [(declared.namespace, on_invalid)]
        case nodes.View(contract=nodes.Path() as path) | nodes.Table(contract=nodes.Path() as path):
            places = []
        case _:
            return
    contract = names.find("contract", path.text, declared.namespace)
    places += _violations(contract, names, ()) if contract is not None else ()
    for namespace, place in places:
        is_late = isinstance(place, nodes.Watermark)
        if place.into is not None and (isinstance(declaration, nodes.Source) or not is_late):
            yield Declared(
                _full(namespace, place.into.text),
                namespace,
                "relation",
                declaration,
                place.into.span,
                uses=(declared.name,),
                made_by=declared.name,
                made_at=(place,),
                is_late=is_late,
            )


def _violations(
    contract: Declared, names: Names, seen: tuple[str, ...]
) -> list[tuple[str, nodes.OnViolation | nodes.Watermark]]:
    """What a contract and those that it extends say of broken rules and late rows, with the namespace of each."""
    declaration = contract.declaration
    if contract.name in seen or not isinstance(declaration, nodes.Contract):
        return []
    found: list[tuple[str, nodes.OnViolation | nodes.Watermark]] = []
    for item in declaration.items:
        match item:
            case nodes.ContractColumn(checks=checks, watermark=watermark):
                found += [(contract.namespace, check.on_violation) for check in checks if check.on_violation]
                found += [] if watermark is None else [(contract.namespace, watermark)]
            case nodes.Check(on_violation=nodes.OnViolation() as place):
                found.append((contract.namespace, place))
            case nodes.Property(nodes.Name("extends"), value) if not isinstance(value, nodes.Properties):
                base = names.find("contract", format_expr(value), contract.namespace)
                found += _violations(base, names, (*seen, contract.name)) if base is not None else []
    return found


def _add(names: Names, declared: Declared, report: Report) -> None:
    known = names.declared[declared.category]
    if (first := known.get(declared.name)) is not None:
        if (
            first.made_by and declared.made_by and first.is_late == declared.is_late
        ):  # several relations may share a quarantine
            uses = tuple(dict.fromkeys((*first.uses, *declared.uses)))
            known[declared.name] = replace(first, uses=uses, made_at=(*first.made_at, *declared.made_at))
        else:
            report.add(DuplicateName(declared.name, declared.category, first.span, span=declared.span))
        return
    # Engines and file systems fold case, each in its own way: such a pair could never be told apart everywhere.
    folded = declared.name.lower()
    if folded in names.folded[declared.category]:
        first = known[names.folded[declared.category][folded]]
        report.add(NameDiffersByCase(declared.name, first.name, first.span, span=declared.span))
    names.folded[declared.category][folded] = declared.name
    known[declared.name] = declared


def _binder(names: Names, namespace: str, report: Report) -> Binder:
    def find(path: nodes.Path) -> str | None:
        declared = names.find("relation", path.text, namespace)
        if declared is None:
            available = names.visible("relation", namespace)
            report.add(UnknownRelation(path.text, nearest(path.text, available), span=path.span))
            return None
        if isinstance(declared.declaration, nodes.Sink | nodes.Task):
            report.add(NoRows(declared.name, type(declared.declaration).__name__.lower(), span=path.span))
            return None
        return declared.name

    return Binder(find)


def _data_of(declared: Declared, word: str, names: Names) -> list[str]:
    """The relations that a task names under `word`; what there isn't is told when it is checked."""
    assert isinstance(declared.declaration, nodes.Task)
    found = []
    for item in declared.declaration.properties.items:
        if item.name.text == word and not isinstance(item.value, nodes.Properties):
            several = item.value.items if isinstance(item.value, nodes.Array) else (item.value,)
            named = [names.find("relation", _dotted(one), declared.namespace) for one in several]
            found += [one.name for one in named if one is not None]
    return found


def _dotted(expr: nodes.Expr) -> str:
    """The name of a relation that stands as an expression."""
    match expr:
        case nodes.Member(operand, name):
            return f"{_dotted(operand)}.{name.text}"
        case nodes.Column(name):
            return name.text
        case _:
            return ""


def _bind(declared: Declared, names: Names, report: Report) -> Declared:
    declaration = declared.declaration
    if declared.made_by is not None:
        return declared
    binder = _binder(names, declared.namespace, report)
    match declaration:
        case nodes.View(query=nodes.RawQuery(inputs=inputs)):
            for path in inputs:
                if full := binder.find(path):
                    binder.uses[full] = None
            return replace(declared, uses=tuple(binder.uses))
        case nodes.View(query=query) | nodes.Table(query=query):
            bound = binder.bind(query)
            if bound is not query:
                declaration = replace(declaration, query=bound)
            uses = _with_functions(binder, names, declared.namespace)
            return replace(declared, declaration=declaration, uses=uses)
        case nodes.Sink(relation=path):
            full = binder.find(path)
            return replace(declared, uses=(full,) if full else ())
        case nodes.Task():
            return replace(declared, uses=tuple(_data_of(declared, "reads", names)))
        case _:
            return declared


def _bind_function(declared: Declared, names: Names, report: Report) -> Declared:
    """A function whose body names relations in full; it uses them, and calls others that may."""
    function = declared.declaration
    assert isinstance(function, nodes.Function)
    if isinstance(function.body, tuple | nodes.PythonBody):
        return declared
    binder = _binder(names, declared.namespace, report)
    own = frozenset([one.name.text for one in function.parameters if isinstance(one.type, nodes.RelationType)])
    body = binder.bind(function.body, own)
    if body is not function.body:
        function = replace(function, body=body)
    return replace(declared, declaration=function, uses=tuple(binder.uses), calls=tuple(binder.calls))


def _with_functions(binder: Binder, names: Names, namespace: str) -> tuple[str, ...]:
    """The relations that a query uses: those that it names, and those of the functions that it calls."""
    if not names.declared["function"]:
        return tuple(binder.uses)
    uses = dict(binder.uses)
    waiting = [(name, namespace) for name in binder.calls]
    seen: set[str] = set()
    while waiting:
        function = names.find("function", *waiting.pop())
        if function is not None and function.name not in seen:
            seen.add(function.name)
            uses.update(dict.fromkeys(function.uses))
            waiting += [(name, function.namespace) for name in function.calls]
    return tuple(uses)


def _ordered(relations: dict[str, Declared], report: Report) -> Iterator[Declared]:
    """Relations, each after those that it uses. A cycle is reported once, with its path, and cut where it closes.

    An explicit stack, not recursion: a chain of relations may be longer than Python's own.
    """
    done: set[str] = set()
    for root in relations:
        if root in done:
            continue
        path: dict[str, Iterator[str]] = {root: iter(relations[root].uses)}
        while path:
            name = next(reversed(path))
            for used in path[name]:
                if used in path:
                    cycle = [*list(path)[list(path).index(used) :], used]
                    if relations[used].category == "relation":
                        report.add(CyclicRelations(tuple(cycle), span=relations[used].span))
                elif used not in done:
                    path[used] = iter(relations[used].uses)
                    break
            else:
                del path[name]
                done.add(name)
                yield relations[name]
