"""What passes tell of their reasons while somebody listens; a compile pays a look at each change for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import ParamSpec, TypeAlias

from oftra.ir.expr import Call, Case, Expr, Literal
from oftra.ir.keys import Key
from oftra.ir.rel import Join, JoinKind, Rel


@dataclass(frozen=True)
class Rewritten:
    """A rule made `after` of an expression."""

    before: Expr
    after: Expr

    @property
    def relied_on(self) -> tuple[Expr, ...]:
        """The parts of `before` that could not have been null, or a rule would not have made `after` of it."""
        match self.before:
            case Call("is_null" | "is_true" | "is_false", (operand,)):
                parts: tuple[Expr, ...] = (operand,)
            case Call("is_distinct" | "is_not_distinct", both):
                compares = isinstance(self.after, Call) and self.after.function in ("equal", "not_equal")
                parts = both if compares else ()
            case Call("coalesce", arguments):
                parts = tuple([argument for argument in arguments if not argument.nullable][:1])
            case Case(((condition, _),), _) if self.after is condition:
                parts = (condition,)
            case _:
                parts = ()
        return tuple([part for part in parts if not part.nullable and not isinstance(part, Literal)])


@dataclass(frozen=True)
class NoTwoAlike:
    """An operator was left out, as no two rows of `source` agree in `key`."""

    source: Rel
    key: Key


@dataclass(frozen=True)
class Narrowed:
    """A join became one of `kind`, as only rows are needed in which the columns `there` are not null."""

    join: Join
    kind: JoinKind
    there: frozenset[int]


@dataclass(frozen=True)
class Needless:
    """An operator was left out, or moved: `what`, `because`; perhaps that rests on a key."""

    what: str
    because: str
    rests_on: NoTwoAlike | None = None


Note: TypeAlias = Rewritten | NoTwoAlike | Narrowed | Needless

P = ParamSpec("P")

_LISTENER: ContextVar[list[Note] | None] = ContextVar("listener", default=None)


def note(kind: Callable[P, Note], *facts: P.args, **named: P.kwargs) -> None:
    """Tell whoever listens; nothing is made for nobody."""
    listener = _LISTENER.get()
    if listener is not None:
        listener.append(kind(*facts, **named))


@contextmanager
def listening() -> Iterator[list[Note]]:
    """What is told while the block runs."""
    told: list[Note] = []
    before = _LISTENER.set(told)
    try:
        yield told
    finally:
        _LISTENER.reset(before)
