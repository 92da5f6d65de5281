"""The shape of the house: who may import whom, how long a file may be, what nothing may be called."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = {"compiler": "oftra", "targets": "oftra.targets", "grammar": "oftra.grammar", "cli": "oftra.cli"}

# A layer imports itself and the layers above it, never one below; those on one line don't see each other.
LAYERS = [
    ("oftra.node", "oftra.source", "oftra.grammar", "oftra.leftovers", "oftra.arrow_values"),
    ("oftra.diagnostics",),
    ("oftra.datatypes",),
    ("oftra.ir",),
    ("oftra.functions", "oftra.connectors"),
    ("oftra.syntax",),
    ("oftra.resolve",),
    ("oftra.check",),
    ("oftra.optimize", "oftra.lineage"),
    ("oftra.target",),
    ("oftra.project",),
    ("oftra.driver", "oftra.importing"),
    ("oftra.testing",),
    ("oftra.api",),
    ("oftra",),
    ("oftra.cli",),
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}

# What the back ends may know of the compiler: the typed program and what it is made of, never how it came to be.
SEEN_BY_TARGETS = {
    "oftra.node",
    "oftra.source",
    "oftra.leftovers",
    "oftra.diagnostics",
    "oftra.datatypes",
    "oftra.ir",
    "oftra.functions",
    "oftra.connectors",
    "oftra.lineage",
    "oftra.target",
}
# What several back ends share: no packaging, so packagings and engines may import it.
SHARED_BY_TARGETS = {
    "cells",
    "document",
    "postgres",
    "limits",
    "logins",
    "manifest",
    "maven",
    "needs",
    "openlineage",
    "sql",
    "python",
    "engines",
    "stored_types",
    "writing",
}
# What says when and where the files of an engine run, or shows them to people: it builds on their packagings.
ABOVE_PACKAGINGS = {"airflow", "databricks", "notebook"}
PACKAGINGS = {"duckdb", "flink_sql", "pyspark"}
# Of these, whose jobs another one starts.
STARTED_BY = {"airflow": {"databricks"}}

# Longer than 400 lines, each with its reason.
PAGES = "one class a code, most of it the code's page in the docs: read as a list, and an area stays in one file"
LONG = {
    "compiler/diagnostics/contracts.py": PAGES,
    "compiler/diagnostics/names.py": PAGES,
    "compiler/diagnostics/project.py": PAGES,
    "compiler/diagnostics/streams.py": PAGES,
    "compiler/diagnostics/syntax.py": PAGES,
    "compiler/diagnostics/targets.py": PAGES,
    "compiler/diagnostics/typecheck.py": PAGES,
    "compiler/syntax/nodes.py": "one class a form of the language: read as a list, and its unions close in one file",
}
LIMIT = 400

FORBIDDEN_MODULES = {"util", "utils", "helper", "helpers", "common", "base", "misc", "manager", "stuff"}


def modules() -> dict[str, Path]:
    """Every module of the package by its name."""
    found = {}
    for folder, package in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            name = ".".join([package, *parts]).removesuffix(".__init__")
            found[name] = path
    return found


MODULES = modules()


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """The modules of ours that a file imports, with the line."""
    for found in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match found:
            case ast.Import(names):
                yield from ((name.name, found.lineno) for name in names if name.name.split(".")[0] == "oftra")
            case ast.ImportFrom(module, names, 0) if module and module.split(".")[0] == "oftra":
                for name in names:
                    full = f"{module}.{name.name}"
                    yield (full if full in MODULES else module), found.lineno
            case ast.ImportFrom(level=level) if level:
                raise AssertionError(f"{path}:{found.lineno}: a relative import hides where it goes")
            case _:
                pass


def room(module: str) -> str:
    """The layer of a module: `oftra.ir.expr` is in `oftra.ir`."""
    parts = module.split(".")
    return module if len(parts) == 1 else ".".join(parts[:2])


def breach(importer: str, target: str) -> str | None:
    """Why `importer` may not import `target`; None if it may."""
    mine, other = room(importer), room(target)
    if mine == "oftra.targets":
        return _breach_of_target(importer, target)
    if other == "oftra.targets":
        return "the compiler and the command line find targets by entry point"
    if mine not in RANK or other not in RANK:
        return f"no layer is declared for {mine if mine not in RANK else other}"
    if mine != other and RANK[other] >= RANK[mine]:
        return f"{mine} comes before {other}"
    return None


def _breach_of_target(importer: str, target: str) -> str | None:
    if room(target) != "oftra.targets":
        return None if room(target) in SEEN_BY_TARGETS else f"targets don't see {room(target)}"
    mine, other = importer.split(".")[2:3], target.split(".")[2:3]
    if mine == other or (other and other[0] in SHARED_BY_TARGETS):
        if mine and mine[0] in SHARED_BY_TARGETS and mine[0] != "engines" and other == ["engines"]:
            return f"{mine[0]} is shared by all engines and knows none"
        return None
    if mine and other and other[0] in STARTED_BY.get(mine[0], set()):
        return None
    if mine and mine[0] in ABOVE_PACKAGINGS and other and other[0] in PACKAGINGS:
        return None
    return "packagings import engines, never each other"


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module: str) -> None:
    breaches = [
        f"{MODULES[module].relative_to(ROOT)}:{line} imports {target}: {why}"
        for target, line in imported(MODULES[module])
        if (why := breach(module, target))
    ]
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize(
    "importer, target, allowed",
    [
        ("oftra.check.types", "oftra.ir.expr", True),
        ("oftra.ir.expr", "oftra.check.types", False),
        ("oftra.functions.text", "oftra.connectors.files", False),
        ("oftra.driver", "oftra.targets.duckdb", False),
        ("oftra.targets.duckdb.files", "oftra.targets.engines.duckdb", True),
        ("oftra.targets.engines.duckdb", "oftra.targets.duckdb", False),
        ("oftra.targets.duckdb", "oftra.targets.airflow", False),
        ("oftra.targets.airflow", "oftra.targets.duckdb", True),
        ("oftra.targets.airflow", "oftra.targets.notebook", False),
        ("oftra.targets.sql.write", "oftra.targets.engines.duckdb", False),
        ("oftra.targets.duckdb", "oftra.syntax.nodes", False),
        ("oftra.newcomer", "oftra.ir", False),
    ],
)
def test_the_rule_itself(importer: str, target: str, allowed: bool) -> None:
    assert (breach(importer, target) is None) == allowed


@pytest.mark.parametrize("module", MODULES)
def test_an_import_inside_a_function_says_why(module: str) -> None:
    """A local import keeps a heavy library out of start-up, and a comment beside it says so."""
    text = MODULES[module].read_text(encoding="utf-8")
    lines = text.split("\n")
    bare = [
        f"{MODULES[module].relative_to(ROOT)}:{found.lineno}"
        for scope in ast.walk(ast.parse(text))
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef)
        for found in ast.walk(scope)
        if isinstance(found, ast.Import | ast.ImportFrom)
        and not any("#" in line for line in lines[max(found.lineno - 6, 0) : found.lineno])
        and not is_local_import(lines[found.lineno - 2])
    ]
    assert not bare, f"say why this is not imported at the top: {bare}"


def is_local_import(line: str) -> bool:
    """Whether a line is itself a local import: one comment may stand above several."""
    return re.match(r"\s+(import|from) ", line) is not None


def test_files_stay_short() -> None:
    sizes = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for folder in [*FOLDERS, "tests", "benchmarks"]
        for path in (ROOT / folder).rglob("*.py")
        if not path.is_relative_to(ROOT / "benchmarks" / "out")
        and not path.is_relative_to(ROOT / "tests" / "golden")  # as long as the programs that they are made of
    }
    long = {name: size for name, size in sizes.items() if size > LIMIT}
    assert {name: size for name, size in long.items() if name not in LONG} == {}, "is it one room, or two?"
    assert set(LONG) <= set(long), "an exception that nothing needs"


def test_no_module_is_a_drawer() -> None:
    drawers = [name for name in MODULES if name.rpartition(".")[2] in FORBIDDEN_MODULES]
    assert not drawers, f"a name that says nothing: {drawers}"


def test_modules_of_tests_have_names_of_their_own() -> None:
    """pytest imports them by their names alone: of two that are called the same it reads one."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert not {name for name in names if names.count(name) > 1}


def test_pyproject_lists_every_package() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    packages = [name for name, path in MODULES.items() if path.name == "__init__.py"]
    assert setuptools["packages"] == sorted(packages)


# Spelled in pieces, so that this file does not find itself.
MACHINE = re.compile("/" + "home/|/" + "tmp/|/" + "Users/|/" + "work/|/" + r"root/|C:" + r"\\\\Users")


def test_no_path_of_a_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if MACHINE.search(line)
    ]
    assert not found, "\n".join(found)


def tracked() -> Iterator[Path]:
    """The text files of the project."""
    kinds = {".py", ".md", ".oftra", ".toml", ".lark", ".sql", ".yaml", ".yml", ".txt", ""}
    skipped = {".git", ".venv", "build", "__pycache__", ".typing", "oftra.egg-info", ".mypy_cache", ".ruff_cache"}
    skipped |= {".pytest_cache", ".hypothesis", ".oftra", "out", "dist"}
    for top in sorted(ROOT.iterdir()):
        if top.name in skipped:
            continue
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.suffix in kinds and not skipped & set(path.relative_to(ROOT).parts) and path.is_file():
                yield path
