"""What tasks count, for gates to ask: each count is a param that the task gives."""

from collections.abc import Iterable, Iterator

from oftra.datatypes import BIGINT
from oftra.ir.expr import Literal
from oftra.ir.options import words
from oftra.ir.program import Param, Program, Task

VARIABLE = "COUNTS"
"""The environment variable that says in which file a task leaves what it counted, as an object of JSON."""


def counts_of(task: Task) -> tuple[str, ...]:
    """What a task counts, in the order in which it says so."""
    return words(task.options.get("counts"))


def param_of(task: str, count: str) -> str:
    """The name of the param that holds a count."""
    return f"{task}.{count}"


def counted_params(tasks: Iterable[Task]) -> Iterator[Param]:
    """The params that tasks give. Without a task that has given it each is null."""
    for task in tasks:
        for count in counts_of(task):
            yield Param(param_of(task.name, count), BIGINT, Literal(None, BIGINT), span=task.span)


def counters(program: Program) -> dict[str, tuple[str, str]]:
    """By the name of its param, each count: the task, and what it counts."""
    return {param_of(task.name, count): (task.name, count) for task in program.tasks for count in counts_of(task)}
