"""What stands at the head of a module for what its functions use: imports, and functions that PySpark lacks."""

from collections.abc import Iterable

from oftra.targets.engines.spark.functions.definitions import DEFINITIONS
from oftra.targets.python import tree as py

IMPORTS: dict[str, tuple[str, str | None]] = {
    "datetime": ("datetime", None),
    "Decimal": ("decimal", "Decimal"),
    "Column": ("pyspark.sql", "Column"),
    "DataFrame": ("pyspark.sql", "DataFrame"),
    "SparkSession": ("pyspark.sql", "SparkSession"),
    "Window": ("pyspark.sql", "Window"),
    "F": ("pyspark.sql", "functions"),
}
"""The names that our expressions and signatures use: the module of each, and what it is called there."""

RESERVED = frozenset({*IMPORTS, *DEFINITIONS, "spark"})
"""Names that nothing else in a module may have."""


def names_in(statements: Iterable[py.Statement]) -> set[str]:
    """The names that statements use."""
    found: set[str] = set()
    work: list[object] = list(statements)
    while work:
        part = work.pop()
        match part:
            case py.Name(id):
                found.add(id)
            case tuple():
                work.extend(part)
            case _:
                work.extend([getattr(part, name) for name in getattr(part, "__slots__", ())])
    return found


def definitions_in(statements: Iterable[py.Statement]) -> tuple[py.Def, ...]:
    """The functions of ours that statements call."""
    names = names_in(statements)
    return tuple([made for name, made in DEFINITIONS.items() if name in names])


def imports_in(statements: Iterable[py.Statement]) -> tuple[py.Statement, ...]:
    """The imports that statements need, in the order that linters ask for: the standard library, then PySpark."""
    used = names_in(statements) & IMPORTS.keys()
    made: list[py.Statement] = []
    modules = [module for module, name in IMPORTS.values() if name is None]
    made += [py.Import(module) for name, (module, _) in IMPORTS.items() if name in used and module in modules]
    for origin in ("decimal", "pyspark.sql"):
        names = [
            (there or name, name if there != name else None)
            for name, (module, there) in IMPORTS.items()
            if name in used and module == origin and there is not None
        ]
        if names and origin == "pyspark.sql" and made:
            made.append(py.Blank())
        plain = [pair for pair in names if pair[1] is None]
        if plain:
            made.append(py.ImportFrom(origin, tuple(plain)))
        made += [py.ImportFrom(origin, (pair,)) for pair in names if pair[1] is not None]
    return tuple(made)
