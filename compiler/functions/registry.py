"""All functions and operators of the language by their name."""

from oftra.diagnostics.model import nearest
from oftra.functions import (
    aggregates,
    arithmetic,
    brackets,
    calendar,
    codes,
    collecting,
    conditional,
    documents,
    elements,
    logic,
    maps,
    mathematics,
    moments,
    nested,
    numbers,
    pieces,
    regression,
    text,
    windows,
)
from oftra.functions.model import Function

_MODULES = (
    logic, arithmetic, brackets, numbers, mathematics, text, pieces, codes, documents, calendar, moments, conditional,
    nested, elements, maps, aggregates, collecting, regression, windows,
)  # fmt: skip

_FUNCTIONS: dict[str, Function] = {function.name: function for module in _MODULES for function in module.FUNCTIONS}


def lookup(name: str) -> Function | None:
    """The function of that name, however it is written."""
    return _FUNCTIONS.get(name) or _FUNCTIONS.get(name.lower())


def names() -> tuple[str, ...]:
    """The names of all functions, area by area."""
    return tuple(_FUNCTIONS)


def suggest(name: str) -> str | None:
    """The function that somebody who wrote `name` most likely meant: it is called so elsewhere, or its name is near."""
    wanted = name.lower()
    for function in _FUNCTIONS.values():
        if wanted in function.also:
            return function.name
    return nearest(wanted, tuple(_FUNCTIONS))
