"""What a program says in engines' own words: its functions with their calls, its raw views."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from oftra.resolve.model import Declared, Resolved
from oftra.source import Span
from oftra.syntax import nodes


@dataclass(frozen=True)
class Escape:
    """A function or a view in engines' own words, and where a function is called."""

    kind: Literal["function", "view"]
    name: str
    engines: tuple[str, ...]
    span: Span
    calls: tuple[Span, ...] = ()


def escapes_of(resolved: Resolved) -> tuple[Escape, ...]:
    """All of them, in the order of the program's files."""
    functions = {name: one for name, one in resolved.names.declared["function"].items() if _is_foreign(one)}
    calls: dict[str, list[Span]] = {name: [] for name in functions}
    if functions:
        for namespace, declaration in _declarations(resolved):
            for path in _called(declaration):
                found = resolved.names.find("function", path.text, namespace)
                if found is not None and found.name in calls:
                    calls[found.name].append(path.span)
    made = [_function(one, calls[name]) for name, one in functions.items()]
    for name, declared in resolved.names.declared["relation"].items():
        match declared.declaration:
            case nodes.View(query=nodes.RawQuery(engine)):
                made.append(Escape("view", name, (engine.text,), declared.span))
            case _:
                pass
    return tuple(sorted(made, key=lambda one: _place(one.span)))


def _is_foreign(declared: Declared) -> bool:
    return isinstance(declared.declaration, nodes.Function) and isinstance(declared.declaration.body, tuple)


def _function(declared: Declared, calls: list[Span]) -> Escape:
    function = declared.declaration
    assert isinstance(function, nodes.Function) and isinstance(function.body, tuple)
    engines = tuple([body.engine.text for body in function.body])
    return Escape("function", declared.name, engines, declared.span, tuple(sorted(calls, key=_place)))


def _place(span: Span) -> tuple[str, int]:
    return span.file, span.start


def _declarations(resolved: Resolved) -> Iterator[tuple[str, nodes.Declaration]]:
    for declared in resolved.names.declared.values():
        for one in declared.values():
            if one.made_by is None:
                yield one.namespace, one.declaration
    yield from resolved.tests


def _called(node: Any) -> Iterator[nodes.Path]:
    """What is called anywhere in a node."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tuple):
            waiting.extend(part)
        elif hasattr(part, "__dataclass_fields__"):
            if isinstance(part, nodes.Call | nodes.CallOperator):
                yield part.function
            waiting.extend([getattr(part, name) for name in part.__dataclass_fields__ if name != "span"])
