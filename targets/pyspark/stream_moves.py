"""Moves of a stream in their order: what each makes and takes, and which are needed for what."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from oftra.targets.pyspark.moves import Gating, Judging, Making, Move, Naming, Narrowing, Reading, Splitting, Storing

ENDS = (Storing, Judging, Splitting)
"""Moves that are made for their own sake."""


def made(move: Move) -> str:
    """The rows that a move makes; nothing that is judged or stored."""
    match move:
        case Judging() | Storing() | Gating():
            return ""
        case _:
            return move.name


def taken(move: Move) -> tuple[str, ...]:
    """The rows that a move needs."""
    match move:
        case Reading():
            return ()
        case Making(function=function) | Gating(function=function):
            return function.relations
        case Splitting(relation=relation):
            return (relation.name,)
        case Naming(other=other) | Narrowing(other=other):
            return (other,)
        case Judging(counts=counts, judged=judged):
            return (*(counts.relations if counts is not None else ()), *((judged,) if judged is not None else ()))
        case Storing(relation=relation, make=make):
            return make.relations if make is not None else (relation,)


def needed_for(moves: Collection[Move], names: Iterable[str]) -> list[Move]:
    """Those of `moves` that the rows `names` need, in their order, and those that judge or store."""
    wanted = set(names)
    found: list[Move] = []
    for move in reversed(list(moves)):
        if isinstance(move, ENDS) or made(move) in wanted:
            found.append(move)
            wanted.update(taken(move))
    return found[::-1]


def judged_first(moves: Sequence[Move]) -> Iterator[Move]:
    """The same moves; what comes late is told of what is judged by then."""
    waiting: dict[str, Splitting] = {}
    for at, move in enumerate(moves):
        if isinstance(move, Splitting) and move.relation.name in _judged(moves[at:]):
            waiting[move.relation.name] = move
            continue
        yield move
        if isinstance(move, Judging) and move.relation.name in waiting:
            yield waiting.pop(move.relation.name)


def _judged(moves: Sequence[Move]) -> set[str]:
    return {move.relation.name for move in moves if isinstance(move, Judging)}
