"""The golden scripts in the real Flink: it plans every statement of each of them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from oftra.targets.flink_sql.local import Connection, FlinkError, started

GOLDEN = Path(__file__).parent.parent / "golden"
SCRIPTS = sorted(GOLDEN.glob("*/flink_sql/*.sql"))
UNPLANNED = {"subqueries": "Flink finds no plan for a query inside an expression that asks rows of VALUES around it"}


def statements(script: str) -> Iterator[str]:
    """The statements of a script: each ends with a line that ends with a semicolon and isn't inside of a set."""
    lines: list[str] = []
    is_set = False
    for line in script.splitlines():
        lines.append(line)
        is_set = (is_set or line == "begin") and line != "end;"
        if line.endswith(";") and not is_set:
            yield "\n".join(lines)
            lines = []
    assert not any(line.strip() for line in lines), lines


def is_query(statement: str) -> bool:
    """Whether a statement reads anything: an insert, or a set of them."""
    return re.search(r"^(insert|execute)\b", statement, re.MULTILINE) is not None


@pytest.fixture
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    script: Path = request.param
    connection = started().open("streaming" if script.stem.endswith("_streaming") else "batch")
    yield connection
    connection.close()


@pytest.mark.parametrize(
    "script, connection",
    [(script, script) for script in SCRIPTS],
    indirect=["connection"],
    ids=lambda value: f"{value.parent.parent.name}/{value.name}",
)
def test_every_statement_is_planned(
    script: Path, connection: Connection, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if (reason := UNPLANNED.get(script.parent.parent.name)) is not None:
        request.applymarker(pytest.mark.xfail(raises=FlinkError, reason=reason, strict=True))
    planned = 0
    # Planning makes the folders that tables are in.
    text = re.sub(r"('path' = ')(?![\w+.-]+:|/)", rf"\1{tmp_path}/", script.read_text())
    # Tables of a catalog are made before anything is planned.
    for statement in statements(text.replace("${env.WAREHOUSE}", str(tmp_path))):
        text = statement.rstrip().removesuffix(";")
        if is_query(text):
            assert connection.explain(text)
            planned += 1
        elif not re.search(r"^set\b", text, re.MULTILINE):
            connection.execute(text)
    assert planned == 1
