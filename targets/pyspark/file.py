"""A module as text: imports, constants, the program's own functions, and below them the fixed code that these call."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from oftra.diagnostics import Report
from oftra.ir.program import Program, Relation
from oftra.ir.refresh import UNTIL
from oftra.ir.rel import Rel
from oftra.targets.document import HARD, Doc, Printed, render
from oftra.targets.engines.spark.functions.definitions import DEFINITIONS
from oftra.targets.manifest import made_by
from oftra.targets.needs import Survey
from oftra.targets.pyspark import session
from oftra.targets.pyspark.fixed import FIXED, with_needs, words
from oftra.targets.pyspark.gates import with_gates
from oftra.targets.pyspark.lineage import NAMES as LINEAGE
from oftra.targets.pyspark.lineage import with_lineage
from oftra.targets.pyspark.main import Main
from oftra.targets.pyspark.module import Builder
from oftra.targets.pyspark.moves import Judging, Module, Reading, Storing
from oftra.targets.pyspark.outputs import Outputs
from oftra.targets.pyspark.refresh_code import with_slices, without_start
from oftra.targets.pyspark.stream_code import with_streams
from oftra.targets.pyspark.stream_main import StreamingMain
from oftra.targets.pyspark.streams import Streams
from oftra.targets.pyspark.version import DEFAULT
from oftra.targets.python import text, write
from oftra.targets.python import tree as py
from oftra.targets.python.lines import LIMIT

STANDARD = (
    "argparse", "datetime", "json", "logging", "os", "re", "shutil", "signal", "subprocess", "sys", "threading", "time",
    "uuid",
)  # fmt: skip
"""Modules of the standard library, by the name that says that one is used."""

FROM = (
    ("collections.abc", ("Callable", "Iterable")),
    ("concurrent.futures", ("ThreadPoolExecutor",)),
    ("decimal", ("Decimal",)),
    ("functools", ("partial", "reduce")),
    ("typing", ("Any",)),
    ("urllib.parse", ("unquote",)),
)
PYSPARK = ("Column", "DataFrame", "Observation", "SparkSession", "Window")


def file_of(
    survey: Survey, names: Collection[str], version: tuple[int, int], report: Report, lineage: bool = False
) -> Printed:
    """The module that builds `names`; with `lineage` it can tell OpenLineage of its runs."""
    outputs = Outputs(survey, names)
    streams = Streams(survey, outputs) if survey.program.streams else None
    reserved = LINEAGE if lineage else ()
    module = Builder(survey, names, version, report, streams=streams, reserved=reserved).build()
    main = Main(module, outputs, report) if streams is None else StreamingMain(module, outputs, report, streams)
    definition = main.definition()
    return printed(module, definition, outputs, report, main.listed, lineage)


def answering(survey: Survey, names: Collection[str], rel: Rel, version: tuple[int, int], report: Report) -> str:
    """A module whose `main` gives the rows of a query over `names`; it stores nothing."""
    builder = Builder(survey, names, version, report, afresh=True)
    module = builder.build()
    answer = builder.answer(rel)
    main = Main(module, Outputs(survey, ()), report).definition(answer)
    return printed(module, main, None, report).text


def reading_of(program: Program, relation: Relation, report: Report) -> str:
    """A module whose `main` gives the rows of a stored table."""
    only = replace(program, relations=(relation,), sinks=())
    builder = Builder(Survey(only), (), DEFAULT, report, also=(relation,))
    builder.stored(relation)
    main = Main(builder.module, Outputs(Survey(only), ()), report).definition(relation.name)
    return printed(builder.module, main, None, report).text


def printed(
    module: Module,
    main: py.Def,
    outputs: Outputs | None,
    report: Report,
    needs: Mapping[str, Collection[str]] | None = None,
    lineage: bool = False,
) -> Printed:
    """The module as text; without `outputs` it can't be started from a command line. `needs` is what each takes."""
    own = [*[one.definition for one in module.functions], main]
    if outputs is not None or module.connections:
        own.append(session.definition(module.program, module.connections, report))
    used = set().union(*map(names_in, own))
    definitions = [made for name, made in DEFINITIONS.items() if name in used]
    used = used.union(*[names_in(one) for one in definitions])
    wanted = used | ({"run", "entry"} if outputs is not None else set())
    fixed = with_needs(wanted)
    codes = {name: FIXED[name] for name in fixed}
    if "stream" in codes and "arguments" in codes:
        codes["arguments"] = with_streams(codes["arguments"])
    if "arguments" in codes and any(UNTIL in made.runtimes.values() for made in module.functions):
        codes["arguments"] = with_slices(codes["arguments"], goes_on="where_tables_end" in used)
    if "where_tables_end" in used and "run" in codes:
        codes["run"] = without_start(codes["run"])
    if "require" in codes and "run" in codes:
        codes["run"] = with_gates(codes["run"])
    if lineage:
        codes = with_lineage(codes)
    for code in codes.values():
        used |= words(code)
    if "log" in used:
        used.add("logging")
    program = module.program
    docs: list[Doc] = [_lines(f"# {text.escaped(made_by(program))}", ""), _lines(*imports(used))]
    if "log" in used:
        docs.append(_lines("", f"log = logging.getLogger({text.string(program.name)})"))
    docs.append(_lines(*_program(program, used)))
    if outputs is not None and "OUTPUTS" in used:
        docs.append(_outputs(outputs, needs or {}))
    if "PLACES" in used:
        named = [
            move.name if isinstance(move, Storing) else move.relation.name
            for move in module.moves
            if isinstance(move, Reading | Judging | Storing)
        ]
        docs.append(_lines(*places(program, named)))
    docs.append(_lines(*constants(module.schemas, module.rules)))
    parts: list[Doc] = [write.body([one], 0) for one in (*own, *definitions)]
    parts += [_lines(*code.rstrip("\n").split("\n")) for code in codes.values()]
    for part in parts:
        docs += [HARD, HARD, part]
    return render(tuple(docs), LIMIT)


def _lines(*lines: str) -> Doc:
    return tuple([part for line in lines for part in (line, HARD)])


def imports(used: set[str]) -> Iterator[str]:
    """The lines that import what is `used`."""
    yield "from __future__ import annotations"
    yield ""
    standard = [f"import {name}" for name in STANDARD if name in used]
    for source, names in FROM:
        found = [name for name in names if name in used]
        if found:
            standard.append(f"from {source} import {', '.join(found)}")
    yield from standard
    if standard:
        yield ""
    found = [name for name in PYSPARK if name in used]
    if "AnalysisException" in used:
        yield "from pyspark.errors import AnalysisException"
    if found:
        yield f"from pyspark.sql import {', '.join(found)}"
    if "F" in used:
        yield "from pyspark.sql import functions as F"
    if "T" in used:
        yield "from pyspark.sql import types as T"
    if "StreamingQuery" in used:
        yield "from pyspark.sql.streaming import StreamingQuery"


def _program(program: Program, used: set[str]) -> Iterator[str]:
    if "PROGRAM" in used:
        yield f"PROGRAM = {text.string(program.name)}"
    if "PARAMS" in used:
        yield from _bracketed("PARAMS", "(", [text.string(param.name) for param in program.params], ")")


def _outputs(outputs: Outputs, needs: Mapping[str, Collection[str]]) -> Doc:
    """What may be asked for, with what it needs where that is known."""
    if not needs:
        return _lines(*_bracketed("OUTPUTS", "(", [text.string(name) for name in outputs.names], ")"))
    entries: list[tuple[py.Expr, py.Expr]] = []
    for name in outputs.names:
        taken = tuple([py.String(one) for one in dict.fromkeys(needs[name])])
        entries.append((py.String(name), py.SetOf(taken) if taken else py.call("set")))
    return write.body([py.Assign(py.Name("OUTPUTS"), py.DictOf(tuple(entries)))], 0)


def constants(schemas: Mapping[str, tuple[str, ...]], rules_: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """The lines of constants: columns with their types, rules with what is done about each."""
    for name, columns in schemas.items():
        yield from _schema(name, columns)
    for name, rules in rules_.items():
        entries = [f"{text.string(rule)}: {text.string(action)}" for rule, action in rules.items()]
        yield from _bracketed(name, "{", entries, "}")


def places(program: Program, names: Iterable[str]) -> Iterator[str]:
    """The lines of a constant that says where relations and sinks stand in the program."""
    found = {name: program.declared[name] for name in names if name in program.declared}
    entries = [f"{text.string(name)}: {text.string(f'{file}:{line}')}" for name, (file, line) in found.items()]
    yield from _bracketed("PLACES" if entries else "PLACES: dict[str, str]", "{", entries, "}")


def _bracketed(name: str, opening: str, items: list[str], closing: str) -> Iterator[str]:
    """Items between brackets: in a line if they fit."""
    flat = f"{name} = {opening}{', '.join(items)}{',' if opening == '(' and len(items) == 1 else ''}{closing}"
    if text.width(flat) <= LIMIT:
        yield flat
    else:
        yield f"{name} = {opening}"
        yield from [f"    {item}," for item in items]
        yield closing


def _schema(name: str, columns: tuple[str, ...]) -> Iterator[str]:
    """Columns with their types, as Spark's DDL: as many in a line as fit."""
    flat = f"{name} = {text.string(', '.join(columns))}"
    if text.width(flat) <= LIMIT:
        yield flat
        return
    yield f'{name} = """'
    line = "   "
    for at, column in enumerate(columns):
        word = text.escaped(column).replace('"""', '\\"\\"\\"') + ("," if at + 1 < len(columns) else "")
        if line.strip() and text.width(f"{line} {word}") > LIMIT:
            yield line
            line = "   "
        line = f"{line} {word}"
    yield line
    yield '"""'


def names_in(node: object) -> set[str]:
    """The names that a piece of a module uses."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        match part:
            case py.Name(id):
                found.add(id)
            case tuple():
                waiting.extend(part)
            case str() | bytes() | bool() | None:
                pass
            case _:
                waiting.extend([getattr(part, name) for name in getattr(part, "__slots__", ()) if name != "span"])
    return found
