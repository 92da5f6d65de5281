"""DuckDB in process: runs a program's script part by part, and answers queries over it."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from oftra.connectors import text_format
from oftra.diagnostics import Report
from oftra.ir.expr import Expr, Literal, Runtime
from oftra.ir.program import Program, Relation
from oftra.ir.rel import Rel
from oftra.target import BrokenRule, GateClosed, GateRun, Judged, Outcome, Progress, RelationRun, RunError, stopped_by
from oftra.targets.document import render
from oftra.targets.duckdb import files, gates, reports
from oftra.targets.duckdb.databases import attachment, is_database, stored_name
from oftra.targets.duckdb.gates import last_judged
from oftra.targets.duckdb.inspection import absent, must_be_as_promised, of_file, one_of_each, records, schemas
from oftra.targets.duckdb.interrupt import interruptible
from oftra.targets.duckdb.marks import since
from oftra.targets.duckdb.outside import Outside
from oftra.targets.duckdb.runtimes import Runtimes
from oftra.targets.duckdb.script import Part, Script, Wanted, script_of, session
from oftra.targets.duckdb.support import LIMITS
from oftra.targets.duckdb.values import values_of
from oftra.targets.engines.duckdb.dialect import DUCKDB
from oftra.targets.engines.duckdb.expressions import Expressions
from oftra.targets.engines.duckdb.functions.macros import MACROS
from oftra.targets.engines.duckdb.plan import Catalog, Planner
from oftra.targets.limits import stop_at
from oftra.targets.needs import Survey, findings
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.planning.engine import Around
from oftra.targets.sql.planning.scope import Scope
from oftra.targets.sql.write_query import Writer
from oftra.targets.writing import written_whole

if TYPE_CHECKING:  # heavy, and only a run needs them
    import duckdb
    import pyarrow


class DuckDbEngine:
    """DuckDB inside this process."""

    name = "duckdb"
    quote = '"'

    def open(self, root: str) -> "DuckDbSession":
        """Start it; relative paths of the program are below `root`."""
        return DuckDbSession(os.path.abspath(root))


class DuckDbSession:
    """An embedded DuckDB. Queries share a connection; a run has one of its own, so that nothing stays behind."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._shared: duckdb.DuckDBPyConnection | None = None

    def query(self, program: Program, rel: Rel, values: Mapping[str, Expr]) -> "pyarrow.Table":
        """The rows of `rel` over the program's relations, all computed afresh."""
        survey = Survey(program)
        names = survey.needed(findings(rel).scans, quarantines=False)
        if self._shared is None:
            self._shared = connect()
        connection = self._shared
        with failures(None), interruptible(connection):
            wanted = Wanted(names, afresh=True, root=self.root)
            script = self._prepared(connection, survey, wanted, values, Outside(program, values))
            connection.execute("begin")
            try:
                for part in script.parts:
                    with failures(part.name):
                        done = self._build(connection, part)
                    if isinstance(done, Judged) and (error := stopped_by(part.name, done)) is not None:
                        raise error
                report = Report()
                own: dict[str, Runtime] = {}  # values of the run that only the query itself uses
                query = Planner(script.catalog, report, own).query(rel, unique=False)
                head = session(program, Runtimes(own, self.root), report)
                stop_at(report)
                self._head(connection, [head], own, values)
                for border in script.catalog.borders:
                    must_be_as_promised(border, connection.sql(written(border.query)))
                return connection.sql(written(query)).to_arrow_table()
            finally:
                connection.execute("rollback")

    def run(
        self, program: Program, only: tuple[str, ...] | None, values: Mapping[str, Expr], progress: Progress
    ) -> Outcome:
        """Build the program's tables and sinks (or `only` these and what they need)."""
        survey = Survey(program)
        names = survey.asked(only)
        report = Report()
        LIMITS.refuse(survey, names, report)
        stop_at(report)
        connection = connect()
        try:
            with failures(None):
                outside = Outside(program, values)
                script = self._prepared(connection, survey, Wanted(names, root=self.root), values, outside)
            goes_on = "run.start" not in values and "run.end" not in values
            runs: dict[str, RelationRun] = {}
            judged: list[GateRun] = []
            try:
                for part in script.parts:
                    if part.name:
                        progress(part.name)
                    begin = time.perf_counter()
                    with failures(part.name), interruptible(connection):
                        if part.sends is not None:
                            outside.take(part.name, connection.sql(written(part.sends)).to_arrow_table())
                            continue
                        done = self._build(connection, part)
                        if part.gate is not None:
                            judged.append(last_judged(connection))
                            if not judged[-1].holds and judged[-1].action != "alert":
                                raise GateClosed(judged[-1])
                            continue
                        note(runs, part, done, time.perf_counter() - begin)
                        if part.is_slice and goes_on:
                            runs[part.name] = replace(runs[part.name], since=since(connection))
                        if isinstance(done, Judged) and (error := stopped_by(part.name, done)) is not None:
                            raise error
                for name, rows, seconds in outside.finish():
                    run = runs.get(name) or RelationRun(name, 0, 0.0)
                    runs[name] = replace(run, rows=rows, seconds=run.seconds + seconds, is_stored=True)
            except RunError as error:
                error.outcome = outcome_of(runs, judged)
                raise
            return outcome_of(runs, judged)
        finally:
            connection.close()

    def read(self, program: Program, relation: str, limit: int | None = None) -> "pyarrow.Table":
        """The rows of a stored table as the last run left them; no more than the first `limit`."""
        table = program.by_name[relation]
        connection = connect()
        try:
            with failures(relation):
                rows = connection.sql(written(self._stored(connection, program, table)))
                return (rows if limit is None else rows.limit(limit)).to_arrow_table()
        finally:
            connection.close()

    def wording(self, program: Program, rel: Rel) -> str:
        """The query that DuckDB is asked for `rel`."""
        survey = Survey(program)
        names = survey.needed(findings(rel).scans, quarantines=False)
        report = Report()
        script = script_of(survey, Wanted(names, afresh=True, root=self.root), report)
        query = Planner(script.catalog, report, {}).query(rel, unique=False)
        stop_at(report)
        return written(query)

    def raw(self, text: str) -> "pyarrow.Table":
        """The rows of a query in DuckDB's own SQL, in a DuckDB that nothing is set in."""
        import duckdb  # as in `connect`

        with failures(None), duckdb.connect(":memory:") as connection:
            rows = connection.sql(text)
            # A statement that has no rows is done by now.
            return (connection.sql("select null where false") if rows is None else rows).to_arrow_table()

    def close(self) -> None:
        """Give back what it holds."""
        if self._shared is not None:
            self._shared.close()
            self._shared = None

    # ------------------------------------------------------------------------------------------------- how it is done

    def _prepared(
        self,
        connection: "duckdb.DuckDBPyConnection",
        survey: Survey,
        wanted: Wanted,
        values: Mapping[str, Expr],
        outside: Outside,
    ) -> Script:
        """The script with its head run already, made to what the sources' files hold; what others hold is read."""
        report = Report()
        script = script_of(survey, wanted, report)
        stop_at(report)
        self._head(connection, script.parts, script.runtimes, values)
        for name, table in script.topics.items():
            with failures(name):
                outside.fill(connection, name, table)
        known: dict[str, files.Found] = {}
        for name in script.catalog.reads:
            relation = survey.program.by_name[name]
            with failures(name):
                found = self._inspected(connection, survey.program, relation, script)
            if found != files.Found():
                known[name] = found
        if known:
            script = script_of(survey, replace(wanted, found=known), report)
            stop_at(report)
        script.parts = [part for part in script.parts if not part.is_session]
        return script

    def _head(
        self,
        connection: "duckdb.DuckDBPyConnection",
        parts: Sequence[Part],
        runtimes: Mapping[str, Runtime],
        values: Mapping[str, Expr],
    ) -> None:
        """Set the session up, with the values that were given in place of the defaults."""
        given = values_of(runtimes, values)
        for name, runtime in runtimes.items():
            if runtime.kind == "env" and runtime.name in os.environ:
                given[name] = Literal(os.environ[runtime.name], runtime.type)
        say = Expressions(Scope({}), Around(Report(), Planner(Catalog({}, {}), Report()).subquery, {}))
        for part in [part for part in parts if part.is_session]:
            for statement in part.statements:
                match statement:
                    case q.SetVariable(name, _) if name in given:
                        statement = q.SetVariable(name, say.exact(given[name]))
                    case q.Attach(sql.Text(path), _, False):
                        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
                connection.execute(written_statement(statement))

    def _inspected(
        self, connection: "duckdb.DuckDBPyConnection", program: Program, relation: Relation, script: Script
    ) -> files.Found:
        """What the records of a source are; texts tell that themselves, when they are decoded."""
        place = program.connections[relation.connection or ""]
        if text_format(relation.options, place) is not None:
            return files.Found()
        what = "its table has" if is_database(place) else "its files have"
        reading = script.catalog.reads[relation.name]
        query = schemas(reading)
        each = [] if query is None else one_of_each(connection.sql(written(query)).fetchall())
        if len(each) <= 1:
            return files.Found(absent(relation, connection.sql(written(records(reading))), what))
        lacking = [absent(relation, connection.sql(written(of_file(reading, file))), what) for file in each]
        return files.Found(frozenset.intersection(*lacking), differ=True)

    def _build(self, connection: "duckdb.DuckDBPyConnection", part: Part) -> int | Judged:
        """Run a part: the rows that it stored, or what it counted."""
        if part.kind == "report":
            return 0
        for border in part.borders:
            with failures(border.name):
                must_be_as_promised(border, connection.sql(written(border.query)))
        if part.counts is not None or part.gate is not None:
            # What stops a script on its own is said here in other words.
            connection.execute(written_statement(part.statements[0]))
            return last_counts(connection) if part.counts is not None else 0
        counts = []
        for statement in part.statements:
            match statement:
                case q.Copy():
                    counts.append(self._copy(connection, statement))
                case _:
                    result = connection.execute(written_statement(statement)).fetchall()
                    if isinstance(statement, q.Create) and "view" not in statement.kind and result:
                        counts.append(int(result[0][0]))
        if not counts:
            return 0
        return counts[0 if part.is_slice else -1]

    def _copy(self, connection: "duckdb.DuckDBPyConnection", copy: q.Copy) -> int:
        found = connection.execute(f"select {written_expr(copy.path)}").fetchall()
        path = os.path.join(self.root, str(found[0][0])) if "://" not in str(found[0][0]) else str(found[0][0])
        rows: list[int] = []

        def write(place: str) -> None:
            beside = q.Copy(copy.source, sql.Text(place), copy.options)
            rows.append(int(connection.execute(written_statement(beside)).fetchall()[0][0]))

        written_whole(path, write)
        return rows[0]

    def _stored(self, connection: "duckdb.DuckDBPyConnection", program: Program, table: Relation) -> q.Query:
        place = program.connections.get(table.connection or "")
        if place is None or table.kind != "table":
            raise RunError("it is stored nowhere", table.name)
        runtimes = Runtimes(root=self.root)
        attached: tuple[q.Statement, ...] = ()
        if place.kind == "files":
            file = files.file_of(table.physical or table.name, table.options, place, runtimes)
            query = files.stored(file, table, place, runtimes)
        elif place.kind == "jdbc":
            Outside(program, {}).fill(connection, table.name, table.short)
            query = q.Select((q.SelectItem(sql.STAR),), q.Table(sql.column(table.short)))
        else:
            attached = (attachment(place, runtimes, read_only=True),)
            query = q.Select(
                (q.SelectItem(sql.STAR),), q.Table(stored_name(place, table.name, table.physical, table.options))
            )
        head = session(program, runtimes, Report())
        self._head(connection, [head, replace(head, statements=attached)], runtimes.used, {})
        return query


def last_counts(connection: "duckdb.DuckDBPyConnection") -> Judged:
    """What was counted last."""
    query = f"select read, dropped, quarantined, rules from {reports.TABLE} order by rowid desc limit 1"
    ((read, dropped, quarantined, rules),) = connection.execute(query).fetchall()
    broken = [BrokenRule(one["rule"], one["action"], int(one["records"])) for one in rules]
    return Judged(int(read), int(dropped), int(quarantined), tuple(broken))


def note(runs: dict[str, RelationRun], part: Part, done: int | Judged, seconds: float) -> None:
    """Put what a part did to what is known of its relation."""
    if not part.name:
        return
    run = runs.get(part.name) or RelationRun(part.name, 0, 0.0, is_stored=False)
    run = replace(run, seconds=run.seconds + seconds)
    match done:
        case Judged() if part.counts is not None and part.counts.assertion is not None:
            run = replace(run, assertions={**run.assertions, part.counts.assertion: done})
        case Judged():
            run = replace(run, judged=done, rows=done.passed)
        case rows if part.kind in ("table", "sink"):
            run = replace(run, rows=rows, is_stored=True)
    runs[part.name] = run


def outcome_of(runs: Mapping[str, RelationRun], judged: Sequence[GateRun]) -> Outcome:
    """What was stored, what was judged by rules, and the gates."""
    told = [run for run in runs.values() if run.is_stored or run.judged or run.assertions]
    return Outcome(tuple(told), tuple(judged))


def connect() -> "duckdb.DuckDBPyConnection":
    """A DuckDB in memory."""
    # Heavy: only what runs a program pays for it.
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute(written_statement(reports.table()))
    connection.execute(written_statement(gates.table()))
    for macro in MACROS.values():
        connection.execute(written_statement(macro))
    return connection


@contextmanager
def failures(relation: str | None) -> Iterator[None]:
    """Turns what DuckDB and the file system report into an error for people, about `relation`."""
    import duckdb  # as in `connect`

    try:
        yield
    except RunError as error:
        if error.relation is None and relation:
            raise RunError(str(error), relation) from error
        raise
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except (duckdb.Error, OSError) as error:
        raise RunError(message_of(error), relation or None) from error
    except RuntimeError as error:
        if str(error) == "Query interrupted":  # how DuckDB passes on that somebody pressed Ctrl-C
            raise KeyboardInterrupt from error
        raise


def message_of(error: Exception) -> str:
    """What an error says, without the SQL that DuckDB repeats."""
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror or error}{where}"
    said = str(error).partition("\n\nLINE ")[0].strip()
    kind, _, rest = said.partition(": ")
    return rest if rest and kind.endswith("Error") else said


def written(query: q.Query) -> str:
    """A query as text."""
    return written_statement(q.Run(query)).rstrip().removesuffix(";")


def written_statement(statement: q.Statement) -> str:
    """A statement as text."""
    return render(Writer(DUCKDB).statement(statement)).text


def written_expr(expr: Any) -> str:
    """An expression as text."""
    return render(Writer(DUCKDB).expr(expr)).text


ENGINE = DuckDbEngine()
