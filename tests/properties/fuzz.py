"""Asks engines many random programs and tells what was hit and where they differ: `make fuzz N=2000 SEED=7`."""

import argparse
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from any_programs import LEFT_OUT, any_program  # noqa: E402 (the paths have to be there first)
from sameness import Answer, Pair, ask, disagree, told  # noqa: E402
from typed_programs import Asked  # noqa: E402

from oftra import functions  # noqa: E402
from oftra.diagnostics import Report  # noqa: E402
from oftra.ir.expr import AggregateCall, Call, Column, Expr, Literal, WindowCall  # noqa: E402
from oftra.ir.rel import Project, Rel, Values  # noqa: E402
from oftra.ir.walk import children, every_rel, expressions  # noqa: E402
from oftra.optimize import optimize_query  # noqa: E402
from oftra.project import installed  # noqa: E402
from oftra.targets.pyspark.local import started  # noqa: E402

ENGINES = ("duckdb", "spark")
FAST = "duckdb"

# To compile a query takes Spark, and to compile Spark takes Java, longer than to answer it of so few rows.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
QUICK = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
}


class Hunt:
    """What was asked so far, and what came out."""

    def __init__(self, pair: Pair, left_out: frozenset[str]) -> None:
        self.pair = pair
        self.left_out = left_out
        self.outcomes: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()
        self.operators: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.found: list[str] = []

    def ask(self, seed: int) -> None:
        """Ask one program as it is compiled, and one engine also before the optimizer's passes."""
        case = self.without_failures(any_program(Random(seed), self.left_out))
        optimized = case
        try:
            optimized = Asked(*optimize_query(case.program, case.query))
            before = ask(self.pair.sessions[FAST], case.program, case.query)
            after = self.pair.answers(optimized.program, optimized.query)
        except Exception:
            self.tell(seed, "breaks down", optimized, {}, traceback.format_exc())
            return
        one, other = after.values()
        if disagree(after, optimized.query):
            self.tell(seed, "differs", optimized, after)
        elif self.changed(before, after[FAST]):
            self.tell(seed, "differs once optimized", optimized, {"before": before, **after}, f"--- before\n{case}")
        elif one.is_refused or other.is_refused:
            self.outcomes["refused"] += 1
            self.refusals[one.error if one.is_refused else other.error or ""] += 1
        else:
            self.outcomes["same failure" if one.error else "same rows" if one.rows else "no rows"] += 1
            if one.rows:
                self.count(optimized.query)

    def without_failures(self, case: Asked) -> Asked:
        """The query without those of its last items that fail by themselves: one of many would hide the others."""
        session = self.pair.sessions[FAST]
        match case.query:
            case Project(Project(source, items), outer) if len(items) > 5:
                try:
                    if ask(session, case.program, case.query).error is None:
                        return case
                    alone = [Project(source, (item,)) for item in items]
                    kept = {one.items[0].column.id for one in alone if ask(session, case.program, one).error is None}
                except Exception:
                    return case
                if not kept:
                    return case
                fewer = Project(source, tuple([item for item in items if item.column.id in kept]))
                names = [item for item in outer if isinstance(item.value, Column) and item.value.id in kept]
                return Asked(case.program, Project(fewer, tuple(names)))
            case _:
                return case

    @staticmethod
    def changed(before: Answer, after: Answer) -> bool:
        """Whether the passes changed an answer: what failed need not fail any more."""
        return before.error is None and before.differs(after)

    def tell(self, seed: int, what: str, case: Asked, answers: dict[str, Answer], more: str = "") -> None:
        """Note a difference, made as small as it can be."""
        self.outcomes[what] += 1
        rel = case.query
        if what != "differs once optimized":
            rel = self.pair.smallest(case.program, rel)
            try:
                answers = self.pair.answers(case.program, rel)
            except Exception:
                more = traceback.format_exc()
        self.found.append(f"===== seed {seed}: {what}\n{told(case.program, rel, answers)}\n{more}")
        print(self.found[-1], flush=True)

    def count(self, rel: Rel) -> None:
        """Count what stands in a program whose rows are the same."""
        for part in every_rel(rel):
            if not isinstance(part, Values):
                self.operators[type(part).__name__] += 1
            for expr in expressions(part):
                self.functions.update(called_in(expr))

    def report(self) -> str:
        """What was hit, and what never."""
        known = [name for name in functions.names() if name not in self.left_out]
        missed = [name for name in known if not self.functions[name]]
        hit = len(known) - len(missed)
        lines = [
            f"{sum(self.outcomes.values()):,} programs: "
            + ", ".join([f"{n} {w}" for w, n in self.outcomes.most_common()]),
            "operators: " + ", ".join([f"{name} {times}" for name, times in self.operators.most_common()]),
            f"functions: {hit} of {len(known)} hit ({100 * hit // len(known)} %)",
            "never hit: " + (", ".join(missed) or "none"),
            "refused: " + ("; ".join([f"{times} x {why}" for why, times in self.refusals.most_common()]) or "none"),
        ]
        return "\n".join(lines)


def called_in(expr: Expr) -> Iterator[str]:
    """The functions that an expression calls."""
    waiting = [expr]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Call | AggregateCall | WindowCall):
            yield part.function
        if not isinstance(part, Column | Literal):
            waiting.extend(children(part))


def main() -> int:
    """Ask, and exit with 1 if a difference was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0, help="the first program's; the others follow")
    parser.add_argument("--without", nargs="*", default=[], metavar="FUNCTION", help="functions to leave out")
    parser.add_argument("--codegen", action="store_true", help="let Spark compile each query, as it does in earnest")
    args = parser.parse_args()
    sessions = {}
    for name in ENGINES:
        engine = installed.find_engine(name, Report())
        assert engine is not None, name
        sessions[name] = engine.open(".")
    if not args.codegen:
        for option, value in QUICK.items():
            started().conf.set(option, value)
    hunt = Hunt(Pair(sessions), LEFT_OUT | frozenset(args.without))
    begin = time.monotonic()
    for seed in range(args.seed, args.seed + args.count):
        hunt.ask(seed)
    print(hunt.report())
    print(f"{len(hunt.found)} differences in {time.monotonic() - begin:.0f} s")
    return 1 if hunt.found else 0


if __name__ == "__main__":
    sys.exit(main())
