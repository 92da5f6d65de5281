"""Differences that are not ours to settle, each with where to read of it, and how it is known again."""

import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import NamedTuple

from sameness import Answer

from oftra.ir.expr import AggregateCall, Call, Expr, WindowCall
from oftra.ir.rel import Aggregate, Item, Project, Rel, Window
from oftra.optimize.effects import may_fail
from oftra.testing import compare

Answers = Mapping[str, Answer]


class Known(NamedTuple):
    """A difference, once it is made as small as it can be."""

    name: str
    reference: str
    explains: Callable[[Rel, Answers], bool]


def _only(rel: Rel) -> Expr | None:
    """The one expression that a relation is about, if there is one."""
    match rel:
        case Project(_, (Item(_, value),)) | Window(_, (Item(_, value),)) | Aggregate(_, _, (Item(_, value),)):
            return value
        case _:
            return None


def _fails_alone(answers: Answers, engine: str) -> bool:
    """Whether the engine fails, and not because it does not understand, where the others answer."""
    failing = [name for name, answer in answers.items() if answer.error is not None and not answer.is_broken]
    return failing == [engine]


def _filtered(rel: Rel, answers: Answers) -> bool:
    call = _only(rel)
    if not isinstance(call, AggregateCall | WindowCall) or call.filter is None:
        return False
    return _fails_alone(answers, "duckdb") and any(may_fail(argument) for argument in call.arguments)


def _beside_null(rel: Rel, answers: Answers) -> bool:
    """One engine fails over an argument, the other gives null because of another one and does not look."""
    call = _only(rel)
    if not isinstance(call, Call) or sum(argument.nullable for argument in call.arguments) == 0:
        return False
    if not any(_fails_alone(answers, engine) for engine in answers) or not may_fail(call):
        return False
    return all(value is None for answer in answers.values() for row in answer.rows for value in row)


def _alike(answers: Answers, as_known: Callable[[object], object]) -> bool:
    """Whether all engines answer, and their values are the same once each is looked at `as_known`."""
    if any(answer.error is not None for answer in answers.values()):
        return False
    seen = [tuple([tuple([as_known(cell) for cell in row]) for row in answer.rows]) for answer in answers.values()]
    return all(compare.unmatched(one, seen[0]) == ([], []) for one in seen)


_LONG_YEAR = re.compile(r"\+(?=[0-9]{5})")


def _in_a_far_year(rel: Rel, answers: Answers) -> bool:
    return _alike(answers, lambda cell: _LONG_YEAR.sub("", cell) if isinstance(cell, str) else cell)


_OF_PAIRS = frozenset({"corr", "covar_pop", "covar_samp", "regr_intercept", "regr_r2", "regr_slope", "regr_sxy"})


def _of_infinite_pairs(rel: Rel, answers: Answers) -> bool:
    call = _only(rel)
    if not isinstance(call, AggregateCall | WindowCall) or call.function not in _OF_PAIRS:
        return False
    return _alike(answers, lambda cell: "not finite" if isinstance(cell, float) and not isfinite(cell) else cell)


KNOWN: tuple[Known, ...] = (
    Known(
        "Java's formatter, and so Spark, puts a plus before years past 9999",
        "https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/time/format/SignStyle.html",
        _in_a_far_year,
    ),
    Known(
        "of pairs with what is infinite Spark makes NaN, or infinity if that stands in x: it adds pairs one by one",
        "https://github.com/apache/spark/blob/master/sql/catalyst/src/main/scala/org/apache/spark/sql/catalyst/"
        "expressions/aggregate/Covariance.scala",
        _of_infinite_pairs,
    ),
    Known(
        "DuckDB computes an aggregate's argument for rows that its filter leaves out",
        "https://github.com/duckdb/duckdb/issues/16967",
        _filtered,
    ),
    Known(
        "what fails is not computed where another argument is null already, or is",
        "docs/ir.md, Passes: what nobody needs is not computed, even if it had failed",
        _beside_null,
    ),
)
