"""`oftra import`: programs made of what is there already."""

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from oftra.cli.report import tell
from oftra.cli.session import ENV, checked_program
from oftra.diagnostics import Report
from oftra.project.find import read_file
from oftra.project.output import write_files
from oftra.project.read import decoded
from oftra.source import SourceFile

if TYPE_CHECKING:  # with it come the parser and the formatter
    from oftra.syntax import nodes

OUTPUT = click.option("-o", "--output", metavar="FILE", help="Where to write to; `-` is the terminal.")
FORCE = click.option("--force", is_flag=True, help="Replace the file if it is there.")


@click.group("import")
def command() -> None:
    """Make a program of SQL, of a dbt project, or of data."""


@command.command("sql")
@click.argument("file")
@click.option("--dialect", default="", metavar="NAME", help="The database that FILE is for, as `sqlglot` calls it.")
@click.option("--connection", metavar="NAME", help="The connection of all sources, declared elsewhere.")
@OUTPUT
@FORCE
def sql(file: str, dialect: str, connection: str | None, output: str | None, force: bool) -> int:
    """Make a program of the statements in FILE: `create table` becomes a contract and a source, a view or query a view.

    What has no counterpart is listed, and the exit status is then 1; the rest is written all the same.
    """
    report = Report()
    source = _text_of(file, report)
    if source is None or not _is_installed("sqlglot", "import", report) or not _is_dialect(dialect, report):
        return tell(report, {source.path: source} if source is not None else {})
    from oftra.importing.sql import Importer  # with it come sqlglot and the formatter

    made = Importer(source, dialect, connection, report).declarations()
    if not made and not report.has_errors:
        from oftra.diagnostics.importing import NothingToImport

        report.add(NothingToImport(file, ("create table", "create view", "select")))
    return _write(made, {source.path: source}, _place(file, output), force, report)


def _text_of(path: str, report: Report) -> SourceFile | None:
    """The text of a file that is to be imported, in any encoding that a program may have."""
    found = read_file("", path, "", report)
    return decoded(found, report) if found is not None else None


def _is_installed(package: str, extra: str, report: Report) -> bool:
    if find_spec(package) is not None:
        return True
    from oftra.diagnostics.importing import NeedsPackage  # only when it is missing

    report.add(NeedsPackage(package, extra))
    return False


def _is_dialect(name: str, report: Report) -> bool:
    from oftra.importing.sql import dialects  # sqlglot is heavy, and may be missing

    if not name or name in dialects():
        return True
    from oftra.diagnostics.importing import UnknownDialect

    report.add(UnknownDialect(name, dialects()))
    return False


def _place(file: str, output: str | None) -> str:
    """Where the program goes: beside nothing of somebody's, under the name of what was imported."""
    if output is not None:
        return output
    return os.path.splitext(os.path.basename(os.path.normpath(file)))[0] + ".oftra"


def _write(
    made: "tuple[nodes.Declaration, ...]", sources: dict[str, SourceFile], place: str, force: bool, report: Report
) -> int:
    """Write the program, whole or not at all, and say what is in it."""
    if not made:
        return tell(report, sources)
    from oftra.syntax import nodes  # the formatter comes once there is something to format
    from oftra.syntax.format import format_file

    text = format_file(nodes.File(made))
    if place == "-":
        click.echo(text, nl=False)
        return tell(report, sources)
    if os.path.lexists(place) and not force:
        from oftra.diagnostics.importing import WouldOverwrite  # only where somebody forgot

        refused = Report()
        refused.add(WouldOverwrite(place))
        return tell(refused, {})
    folder, name = os.path.split(place)
    write_files(folder or ".", {name: text})
    status = tell(report, sources)
    click.echo(f"wrote {place}: {_counted(made)}")
    return status


def _counted(made: "tuple[nodes.Declaration, ...]") -> str:
    """`1 connection, 8 contracts, 8 sources`."""
    kinds = [type(one).__name__.lower() for one in made]
    counts = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    return ", ".join([f"{number} {kind}{'' if number == 1 else 's'}" for kind, number in counts.items()])


@command.command("table")
@click.argument("file", metavar="FILE|CONNECTION")
@ENV
@OUTPUT
@FORCE
def table(file: str, env: str | None, output: str | None, force: bool) -> int:
    """Draft a contract of the rows in FILE, or of all that a CONNECTION of the program here holds; and sources.

    FILE is a parquet, csv or json file, or a DuckDB database, of which every table is taken; so are the tables and
    files of a CONNECTION, but for those that the program has a relation for. Types are those of the data; what is never
    null there is declared `not null`, and the first column, or pair of columns, that tells all rows apart is the key:
    all true of the rows of today, and yours to correct.
    """
    report = Report()
    if not _is_installed("duckdb", "duckdb", report):
        return tell(report, {})
    if not os.path.splitext(file)[1] and not os.path.exists(file):
        return _write(_of_connection(file, env, report), {}, _place(file, output), force, report)
    import duckdb  # an engine is heavy

    from oftra.diagnostics.importing import NotImported, UnreadableData
    from oftra.importing.data import declarations, drafts
    from oftra.importing.left import Left

    found = []
    try:
        with duckdb.connect(":memory:") as connection:
            for name, draft in drafts(file, connection):
                found.append(draft.contract(name))
                for left in draft.left:
                    report.add(NotImported(f"{left} of `{name}`"))
    except Left as left:
        report.add(UnreadableData(file, str(left)))
    except (duckdb.Error, OSError) as error:
        report.add(UnreadableData(file, str(error).splitlines()[0]))
    if report.has_errors and not found:
        return tell(report, {})
    return _write(declarations(file, found, "."), {}, _place(file, output), force, report)


def _of_connection(name: str, env: str | None, report: Report) -> "tuple[nodes.Declaration, ...]":
    """Contracts and sources of what a connection holds that the program has no relation for."""
    project, checked = checked_program(".", env)
    import duckdb  # an engine is heavy

    from oftra.diagnostics.importing import NothingNew, NotImported, UnreadableData
    from oftra.diagnostics.model import nearest
    from oftra.diagnostics.names import UnknownDeclaration
    from oftra.importing.data import source
    from oftra.importing.left import Left
    from oftra.importing.places import places_of

    connections = checked.program.connections
    if name not in connections:
        report.add(UnknownDeclaration("connection", name, nearest(name, tuple(connections))))
        return ()
    known = {relation.name.lower() for relation in checked.program.relations}
    found: list[nodes.Declaration] = []
    sources: list[nodes.Declaration] = []
    try:
        with duckdb.connect(":memory:") as session:
            for place in places_of(connections[name], project.root, session):
                if place.name.lower() not in known:
                    known.add(place.name.lower())
                    found.append(contract := place.draft.contract(place.name))
                    sources.append(source(contract, name, place.options))
                    for left in place.draft.left:
                        report.add(NotImported(f"{left} of `{place.name}`"))
    except Left as left:
        report.add(UnreadableData(name, str(left)))
    except (duckdb.Error, OSError) as error:
        report.add(UnreadableData(name, str(error).splitlines()[0]))
    if not found and not report.has_errors:
        report.add(NothingNew(name))
    return (*found, *sources)


@command.command("dbt")
@click.argument("project")
@OUTPUT
@FORCE
def dbt(project: str, output: str | None, force: bool) -> int:
    """Make a program of the dbt project in the folder PROJECT, by what dbt left in its folder `target`.

    Run `dbt docs generate` there before: it writes the SQL of models and the types of columns. Seeds and sources become
    contracts and sources, models views and tables, and tests what contracts promise.
    """
    report = Report()
    if not _is_installed("sqlglot", "import", report) or not _is_installed("duckdb", "duckdb", report):
        return tell(report, {})
    from oftra.diagnostics.importing import NothingToImport  # only where something is wrong
    from oftra.importing.dbt import DbtProject  # with it come sqlglot and an engine

    manifest = _json(os.path.join(project, "target", "manifest.json"), report)
    if manifest is None:
        return tell(report, {})
    place = os.path.join(project, "target", "catalog.json")
    catalog = (_json(place, report) if os.path.exists(place) else None) or {}
    made = DbtProject(manifest, catalog, project, report).declarations()
    if not made and not report.has_errors:
        report.add(NothingToImport(project, ("models", "seeds", "sources")))
    return _write(made, {}, _place(project, output), force, report)


def _json(path: str, report: Report) -> "dict[str, Any] | None":
    """An object that dbt wrote; None, with a diagnostic, if there is none."""
    import json  # one command of many reads any

    from oftra.diagnostics.importing import UnreadableProject

    try:
        with open(path, encoding="utf-8") as stream:
            found = json.load(stream)
    except (OSError, ValueError) as error:
        report.add(UnreadableProject(path, str(error)))
        return None
    if isinstance(found, dict):
        return found
    report.add(UnreadableProject(path, "it holds no object"))
    return None
