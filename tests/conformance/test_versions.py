"""An older Spark is told only what it knows: PySpark's own notes say since when it has each function and method."""

import re
from collections.abc import Iterator

import pytest
from answers import Answers, open_engine
from stages import as_written
from test_examples import FAMILIES
from versions import VERSIONS, told

from oftra.targets.engines.spark.wording import Version

functions = pytest.importorskip("pyspark.sql.functions")
Column = pytest.importorskip("pyspark.sql").Column

LACKING = {
    "3.5": {
        "cast to a date or time": "OF0630 Spark 3.5 can't do `try_cast`",
        "cast to a document": ("OF0630 Spark 3.5 can't do `try_cast`; OF0630 Spark 3.5 can't do a cast to `json`"),
        "cast to a decimal": "OF0630 Spark 3.5 can't do `try_cast`",
        "cast to an integer": "OF0630 Spark 3.5 can't do `try_cast`",
        "format": "OF0630 Spark 3.5 can't do `format` of a double",
        "mode": "OF0630 Spark 3.5 can't do `mode`",
        "texts that are no dates or times": "OF0630 Spark 3.5 can't do `try_cast`",
    },
    "4.0": {},
}
"""What a version can't do, and what is said of it."""

_SINCE = re.compile(r"versionadded::\s*(\d+)\.(\d+)")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    opened = open_engine("duckdb", as_written, str(tmp_path_factory.mktemp("versions")))
    yield opened
    opened.session.close()


def since(thing: object) -> Version:
    """The version that PySpark says a function or a method is of."""
    found = _SINCE.search(thing.__doc__ or "")
    return (int(found[1]), int(found[2])) if found else (1, 0)


def too_new(text: str, version: Version) -> set[str]:
    """What a module calls that the version lacks."""
    called = {f"F.{name}": getattr(functions, name) for name in re.findall(r"\bF\.(\w+)", text)}
    called |= {f".{name}": getattr(Column, name, None) for name in re.findall(r"\)\.(\w+)\(", text)}
    return {name for name, thing in called.items() if since(thing) > version}


@pytest.mark.parametrize("shown", VERSIONS)
def test_nothing_newer_is_called(shown: str, answers: Answers) -> None:
    refused: dict[str, str] = {}
    for subject, cases in FAMILIES.items():
        found = told(answers, cases, VERSIONS[shown])
        for text in found.texts:
            assert not too_new(text, VERSIONS[shown]), f"{subject}:\n{text}"
        if found.refused:
            refused[subject] = "; ".join(found.refused)
    assert refused == LACKING[shown]


def test_the_notes_are_read() -> None:
    assert too_new('F.try_divide(F.col("a").try_cast("int"), F.col("b"))', (3, 5)) == {".try_cast"}
    assert too_new('F.listagg("a")', (3, 5)) == {"F.listagg"}
