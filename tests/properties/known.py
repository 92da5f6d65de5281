"""Differences that are an engine's own fault, each with where its makers were told, and how it is known again."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sameness import Answer

from oftra.ir.rel import Rel


class Known(NamedTuple):
    """A difference, once it is made as small as it can be."""

    name: str
    reference: str
    explains: Callable[[Rel, Mapping[str, Answer]], bool]


KNOWN: tuple[Known, ...] = ()
