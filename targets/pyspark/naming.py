"""What relations and their functions are called in a module."""

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping

from oftra.targets.engines.spark.functions.definitions import DEFINITIONS

_OUTSIDE = re.compile(r"[^0-9A-Za-z_]+")

MODULE = frozenset(
    {
        "annotations", "argparse", "datetime", "json", "log", "logging", "os", "re", "shutil", "sys", "time",
        "uuid",
        "Any", "Callable", "Column", "Decimal", "DataFrame", "F", "Observation", "SparkSession", "StreamingQuery", "T",
        "ThreadPoolExecutor", "Window",
        "args", "asked", "batch", "broker", "main", "marks", "partial", "reduce", "report", "root", "rows", "servers",
        "spark", "streams",
        "unquote", "wanted",
        "OUTPUTS", "PARAMS", "PLACES", "PROGRAM",
        *DEFINITIONS,
    }
)  # fmt: skip
"""Names that a module needs for itself."""

RESERVED = MODULE | frozenset(keyword.kwlist) | frozenset(dir(builtins))


def identifier(name: str) -> str:
    """`name` as Python could have it."""
    made = _OUTSIDE.sub("_", name).strip("_") or "relation"
    if made[0].isdigit():
        made = f"_{made}"
    return f"{made}_" if made in RESERVED else made


class Names:
    """Names that are given out once each."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)

    def free(self, wanted: str) -> str:
        """`wanted`, or with a number behind if it is given out already."""
        name, count = wanted, 1
        while name in self.taken:
            count += 1
            name = f"{wanted}_{count}"
        self.taken.add(name)
        return name


def relation_names(relations: Iterable[str], names: Names) -> Mapping[str, str]:
    """What each relation is called: by its short name where that is the only one, else with its folder."""
    full = list(relations)
    short: dict[str, int] = {}
    for name in full:
        last = identifier(name.rpartition(".")[2])
        short[last] = short.get(last, 0) + 1
    called: dict[str, str] = {}
    for name in full:
        last = identifier(name.rpartition(".")[2])
        called[name] = names.free(last if short[last] == 1 else identifier(name.replace(".", "_")))
    return called
