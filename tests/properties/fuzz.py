"""Asks engines many random programs and tells what was hit and where they differ: `make fuzz N=2000 SEED=7`."""

import argparse
import os
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from any_programs import LEFT_OUT, any_program  # noqa: E402 (the paths have to be there first)
from hits import Hits  # noqa: E402
from hostile_tables import ALL_TYPES  # noqa: E402
from known import KNOWN  # noqa: E402
from sameness import Answer, Ask, Asked, ask, disagree, told  # noqa: E402
from stored_tables import in_duckdb, in_spark  # noqa: E402
from typed_programs import Made  # noqa: E402

from oftra.diagnostics import Report  # noqa: E402
from oftra.ir.program import Program  # noqa: E402
from oftra.ir.rel import Aggregate, Item, Project, Rel, Window  # noqa: E402
from oftra.optimize import optimize_query  # noqa: E402
from oftra.project import installed  # noqa: E402
from oftra.target import Session  # noqa: E402
from oftra.targets.pyspark.local import quiet, started  # noqa: E402

FAST = "duckdb"
AS_WRITTEN = "duckdb, as written"
TRIES = 6
"""How many programs are thought of, for one that has rows."""

# To compile a query takes Spark longer than to answer it of so few rows. Java is to compile Spark as well as it can.
os.environ.setdefault("_JAVA_OPTIONS", "-XX:TieredStopAtLevel=4 -XX:+UseSerialGC")
QUICK = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.leafNodeDefaultParallelism": "1",
}


class Engines:
    """Both engines with the hostile tables in them. Several threads ask Spark; each has a DuckDB of its own."""

    def __init__(self, folder: Path, codegen: bool) -> None:
        self.folder = folder
        self.own = threading.local()
        self.spark = opened("spark", folder)
        self.tables: Mapping[str, Program] = {
            "duckdb": in_duckdb(self.session("duckdb"), ALL_TYPES, folder),
            "spark": in_spark(self.spark, ALL_TYPES),
        }
        self.earnest = threading.Lock()
        self.options = {} if codegen else QUICK
        self.usual = {option: started().conf.get(option, None) for option in self.options}
        self._set(self.options)

    def session(self, engine: str) -> Session:
        """The session of this thread."""
        if engine == "spark":
            return self.spark
        if not hasattr(self.own, engine):
            setattr(self.own, engine, opened(engine, self.folder))
        session: Session = getattr(self.own, engine)
        return session

    @contextmanager
    def in_earnest(self) -> Iterator[None]:
        """Meanwhile Spark answers as it does for everybody: what it interprets it may get wrong, which nobody sees."""
        with self.earnest:
            self._set(self.usual)
            yield
            self._set(self.options)

    @staticmethod
    def _set(options: Mapping[str, str | None]) -> None:
        for option, value in options.items():
            if value is None:
                started().conf.unset(option)
            else:
                started().conf.set(option, value)

    def asked(self, case: Made) -> Asked:
        """All ways to answer queries over the program of `case`."""
        return Asked({"duckdb": self.way(case, "duckdb"), "spark": self.way(case, "spark")})

    def way(self, case: Made, engine: str, is_optimized: bool = True) -> Ask:
        """An engine's way to answer queries over the program of `case`, whose tables it has."""
        tables = self.tables[engine]
        known = {one.name for one in tables.relations}
        own = tuple([one for one in case.program.relations if one.name not in known])
        program = replace(case.program, relations=tables.relations + own)

        def answer(rel: Rel) -> Answer:
            try:
                asked = optimize_query(program, rel) if is_optimized else (program, rel)
            except Exception:
                return Answer(error=traceback.format_exc(), is_broken=True)
            return ask(self.session(engine), *asked)

        return answer


def opened(name: str, folder: Path) -> Session:
    """An engine that is up."""
    engine = installed.find_engine(name, Report())
    assert engine is not None, name
    return engine.open(str(folder))


class Hunt:
    """What was asked so far, and what came out."""

    def __init__(self, engines: Engines, left_out: frozenset[str]) -> None:
        self.engines = engines
        self.left_out = left_out
        self.hits = Hits(left_out)
        self.outcomes: Counter[str] = Counter()
        self.known: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.found = 0

    def ask(self, seed: int) -> None:
        """Ask one program as it is compiled, and DuckDB also as it is written."""
        case, before = self.program(seed)
        asked = self.engines.asked(case)
        answers = asked.answers(case.query)
        if disagree(answers, case.query):
            with self.engines.in_earnest():
                answers = asked.answers(case.query)
                if disagree(answers, case.query):
                    self.tell(seed, case, asked)
                    return
        if before.error is None and before.differs(answers[FAST]):
            self.tell(seed, case, Asked({FAST: asked.ways[FAST], AS_WRITTEN: self.engines.way(case, FAST, False)}))
        elif refused := [one.error for one in answers.values() if one.is_refused]:
            self.outcomes["refused"] += 1
            self.refusals[str(refused[0])] += 1
            if answers[FAST].rows:
                self.hits.count_alone(case)
        else:
            one = answers[FAST]
            self.outcomes["same failure" if one.error else "same rows" if one.rows else "no rows"] += 1
            if one.rows:
                self.hits.count(case)

    def program(self, seed: int) -> tuple[Made, Answer]:
        """The program of this number, and what DuckDB says to it as written: of a few, mostly one that has rows."""
        random = Random(seed)
        tries = 1 if random.random() < 0.1 else TRIES
        for _ in range(tries):
            case = any_program(random, self.left_out)
            way = self.engines.way(case, FAST, False)
            case = without_failures(case, way)
            answer = way(case.query)
            if answer.rows:
                break
        return case, answer

    def tell(self, seed: int, case: Made, asked: Asked) -> None:
        """Note a difference, made as small as it can be, unless it is one that is known."""
        rel = asked.smallest(case.query)
        answers = asked.answers(rel)
        known = [one.name for one in KNOWN if one.explains(rel, answers)]
        if known:
            self.outcomes["known difference"] += 1
            self.known[known[0]] += 1
            return
        self.outcomes["differs"] += 1
        self.found += 1
        print(f"===== seed {seed} differs\n{told(case.program, rel, answers)}\n", flush=True)

    def report(self) -> str:
        """What was asked, what was hit, and what never."""
        outcomes = ", ".join([f"{times} {what}" for what, times in self.outcomes.most_common()])
        known = "; ".join([f"{times} x {what}" for what, times in self.known.most_common()]) or "none"
        refused = "; ".join([f"{times} x {why}" for why, times in self.refusals.most_common()]) or "none"
        programs = sum(self.outcomes.values())
        return f"{self.hits}\n{programs:,} programs: {outcomes}\nknown: {known}\nrefused: {refused}"


def without_failures(case: Made, way: Ask) -> Made:
    """The query without those of its last items that fail by themselves: one of many would hide the others."""
    match case.query:
        case Project(Project() | Aggregate() | Window() as inner, outer):
            source, made = inner.source, _made(inner)
            if len(made) < 2 or way(case.query).error is None:
                return case
            failing = {item.column.id for item in made if way(_with(inner, (item,))).error is not None}
            kept = tuple([item for item in made if item.column.id not in failing])
            if not kept or not failing or way(source).error is not None:
                return case
            fewer = _with(inner, kept)
            there = {column.id for column in fewer.columns}
            names = [item for item in outer if getattr(item.value, "id", None) in there]
            return Made(case.program, Project(fewer, tuple(names)))
        case _:
            return case


def _made(rel: Project | Aggregate | Window) -> tuple[Item, ...]:
    return rel.aggregates if isinstance(rel, Aggregate) else rel.items


def _with(rel: Project | Aggregate | Window, items: tuple[Item, ...]) -> Rel:
    match rel:
        case Project(source):
            return Project(source, items)
        case Window(source):
            return Window(source, items)
        case Aggregate(source, keys, _, sets):
            return Aggregate(source, keys, items, sets)


@contextmanager
def engines(codegen: bool) -> Iterator[Engines]:
    """Both engines; what they write meanwhile is gone in the end."""
    with tempfile.TemporaryDirectory() as folder, quiet():
        yield Engines(Path(folder), codegen)


def main() -> int:
    """Ask, and exit with 1 if a difference was found that is not known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0, help="the first program's; the others follow")
    parser.add_argument("--without", nargs="*", default=[], metavar="FUNCTION", help="functions to leave out")
    parser.add_argument("--codegen", action="store_true", help="let Spark compile each query, as it does in earnest")
    parser.add_argument("--seconds", type=int, default=10**9, help="begin no program after so long")
    parser.add_argument("--jobs", type=int, default=4, help="how many programs are asked at a time")
    args = parser.parse_args()
    begin = time.monotonic()
    with engines(args.codegen) as both:
        hunt = Hunt(both, LEFT_OUT | frozenset(args.without))

        def work(seed: int) -> None:
            if time.monotonic() - begin < args.seconds:
                hunt.ask(seed)

        with ThreadPoolExecutor(args.jobs) as pool:
            for done, _ in enumerate(pool.map(work, range(args.seed, args.seed + args.count)), start=1):
                if done % 100 == 0:
                    print(f"{done:,} asked, {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    print(hunt.report())
    print(f"{hunt.found} differences in {time.monotonic() - begin:.0f} s")
    return 1 if hunt.found else 0


if __name__ == "__main__":
    sys.exit(main())
