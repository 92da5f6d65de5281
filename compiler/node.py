"""The one way in which Oftra writes a tree node: a slotted dataclass that is frozen for the type checker.

Two things make this more than `@dataclass(frozen=True, slots=True)`, both for speed:
- That pays `object.__setattr__` for every field of every node, a third of the time of a compile. So the freeze is
  static: mypy refuses an assignment (`frozen_default=True`), and the running program does not pay for it.
- It writes and compiles five methods a class, which for our two hundred classes is longer than a small compile takes.
  Here only `__init__` is compiled; equality, hash and text work on the fields' values.

Equality and hash are by meaning: a field made with `compare=False` (a span, a description) takes no part in them.
"""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(field,))
def node(cls: type[T]) -> type[T]:
    """Make `cls` an immutable value: slots, equality and hash over its fields; `replace` and `fields` work on it."""
    # For its list of fields, which `replace` and `fields` read: it makes no method.
    declare: Callable[[type[Any]], type[Any]] = dataclass(init=False, repr=False, eq=False, match_args=True)
    declare(cls)
    members = dict(vars(cls))
    names = [one.name for one in fields(cls)]  # type: ignore[arg-type]
    for name in (*names, "__dict__", "__weakref__"):
        members.pop(name, None)
    members["__slots__"] = tuple(names)
    members["__qualname__"] = cls.__qualname__
    members["__init__"] = _init_of(cls)
    compared = [one.name for one in fields(cls) if one.compare]  # type: ignore[arg-type]
    members["__eq__"], members["__hash__"] = _comparison(compared)
    members["__repr__"] = _repr
    metaclass: Any = type(cls)
    made: type[T] = metaclass(cls.__name__, cls.__bases__, members)
    return made


def _init_of(cls: type[Any]) -> Callable[..., None]:
    """The constructor, as one would write it by hand."""
    scope: dict[str, Any] = {}
    positional: list[str] = ["self"]
    named: list[str] = []
    body: list[str] = []
    for one in fields(cls):
        parameter = one.name
        if one.default is not MISSING:
            scope[f"_{one.name}"] = one.default
            parameter += f"=_{one.name}"
        assert one.default_factory is MISSING, "a node's default is a value"
        (named if one.kw_only else positional).append(parameter)
        body.append(f"self.{one.name}={one.name}")
    if named:
        positional += ["*", *named]
    exec(f"def __init__({','.join(positional)}):{';'.join(body) or 'pass'}", scope)  # what dataclasses do, once
    init: Callable[..., None] = scope["__init__"]
    return init


def _comparison(names: list[str]) -> tuple[Callable[[Any, object], Any], Callable[[Any], int]]:
    if not names:
        return (lambda self, other: True if self.__class__ is other.__class__ else NotImplemented), lambda self: hash(
            self.__class__
        )
    key = attrgetter(*names)

    def equal(self: Any, other: object) -> Any:
        if self is other:
            return True
        if self.__class__ is not other.__class__:
            return NotImplemented
        return key(self) == key(other)

    def hashed(self: Any) -> int:
        return hash((self.__class__, key(self)))

    return equal, hashed


def _repr(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__name__}({shown})"
