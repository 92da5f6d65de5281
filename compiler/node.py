"""The one way in which Oftra writes a tree node: a slotted dataclass that is frozen for the type checker.

`@dataclass(frozen=True)` pays `object.__setattr__` for every field of every node, a third of the time of a compile.
So the freeze is static: mypy refuses an assignment (`frozen_default=True`), and the running program pays nothing.
Equality and hash are by meaning: a field made with `luggage` (a span, a description) takes no part in them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(field,))
def node(cls: type[T]) -> type[T]:
    """Make `cls` an immutable value: slots, equality and hash over its fields."""
    make: Callable[[type[Any]], type[Any]] = dataclass(slots=True, unsafe_hash=True)
    return make(cls)
