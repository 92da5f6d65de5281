"""Window specifications under names of their own, above the statements that look through them.

row_number().over(Window.partitionBy("k").orderBy("t"))   =>   by_t = Window.partitionBy("k").orderBy("t")
                                                               row_number().over(by_t)
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from oftra.targets.python import tree as py
from oftra.targets.python.rewrite import exchanged, parts

FRAMES = frozenset({"rowsBetween", "rangeBetween"})
_OUTSIDE = re.compile(r"[^0-9A-Za-z_]+")


class Spec(NamedTuple):
    """A specification taken apart: `Window.partitionBy(partition).orderBy(order)`, and its frame behind."""

    partition: py.Call | None
    order: tuple[py.Expr | py.Keyword | py.Starred, ...]
    frame: tuple[str, tuple[py.Expr | py.Keyword | py.Starred, ...]] | None

    @property
    def without_frame(self) -> "Spec":
        """The same rows, all that its order allows."""
        return self._replace(frame=None)


def hoisted(statements: list[py.Statement], free: Callable[[str], str]) -> list[py.Statement]:
    """The statements, with the windows that they use named before; `free` gives names that are free."""
    used = [spec for node in parts(tuple(statements)) if (spec := _spec_over(node)) is not None]
    named = _Named(used, free)
    made: list[py.Statement] = []
    for statement in statements:
        changed = exchanged(statement, named.change)
        at = len(made) - (1 if made and isinstance(made[-1], py.Comment) else 0)
        made[at:at] = named.taken()
        made.append(changed)
    return made


class _Named:
    """The windows that have a name; those that no statement has been put before yet."""

    def __init__(self, used: list[Spec], free: Callable[[str], str]) -> None:
        self.used = used
        self.free = free
        self.names: dict[Spec, py.Name] = {}
        self.new: list[py.Statement] = []

    def taken(self) -> list[py.Statement]:
        """The assignments that are needed from here on."""
        new, self.new = self.new, []
        return new

    def change(self, node: py.Expr) -> py.Expr:
        """An expression over a window, over its name."""
        spec = _spec_over(node)
        if spec is None or not isinstance(node, py.Call):
            return node
        return py.Call(node.function, (self.named(spec),))

    def named(self, spec: Spec) -> py.Expr:
        """What stands for a window: a name, unless it is as short as one."""
        same = [other for other in self.used if other.without_frame == spec.without_frame]
        if spec.frame is not None and any(other != spec for other in same):
            return py.method(self.named(spec.without_frame), spec.frame[0], *spec.frame[1])
        if spec in self.names:
            return self.names[spec]
        keys = (*(() if spec.partition is None else spec.partition.arguments), *spec.order)
        is_short = spec.frame is None and len(keys) < 2
        if is_short and len(same) == 1 and not self._is_base(spec):
            return _written(spec, _start(spec.partition))
        start = _start(spec.partition)
        base = Spec(spec.partition, (), None)
        if spec.order and self._is_used(base):
            start = self.named(base)
        name = py.Name(self._name(spec))
        self.names[spec] = name
        self.new.append(py.Assign(name, _written(spec, start)))
        return name

    def _is_used(self, base: Spec) -> bool:
        return base.partition is not None and base in self.used

    def _is_base(self, spec: Spec) -> bool:
        """Whether other windows are ordered parts of it."""
        if spec.order or spec.partition is None:
            return False
        return any(other.order and other.partition == spec.partition for other in self.used)

    def _name(self, spec: Spec) -> str:
        keys = spec.order or (() if spec.partition is None else spec.partition.arguments)
        word = _word(keys[0]) if keys else None
        return self.free("all_rows" if not keys else "window" if word is None else f"by_{word}")


def _start(partition: py.Call | None) -> py.Expr:
    return py.Name("Window") if partition is None else partition


def _written(spec: Spec, start: py.Expr) -> py.Expr:
    made = py.method(start, "orderBy", *spec.order) if spec.order else start
    return made if spec.frame is None else py.method(made, spec.frame[0], *spec.frame[1])


def _spec_over(node: object) -> Spec | None:
    """The window of `x.over(window)`."""
    match node:
        case py.Call(py.Attribute(_, "over"), (py.Call() as window,)):
            pass
        case _:
            return None
    frame = None
    match window:
        case py.Call(py.Attribute(py.Call() as inner, name), bounds) if name in FRAMES:
            window, frame = inner, (name, bounds)
    order: tuple[py.Expr | py.Keyword | py.Starred, ...] = ()
    partition: py.Expr = window
    match window:
        case py.Call(py.Attribute(start, "orderBy"), keys):
            partition, order = start, keys
    match partition:
        case py.Name("Window"):
            return Spec(None, order, frame)
        case py.Call(py.Attribute(py.Name("Window"), "partitionBy"), _):
            return Spec(partition, order, frame)
        case _:
            return None


def _word(key: object) -> str | None:
    """A word for a key: the last part of the first column in it."""
    for part in parts(key):
        if isinstance(part, py.String):
            word = _OUTSIDE.sub("_", part.value.rpartition(".")[2]).strip("_").lower()
            return word if word.isascii() and word else None
    return None
