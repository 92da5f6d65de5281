"""Typed relations as DuckDB queries: the text that is written, and the rows and types that it gives.

`plans.txt` holds the cases: a name, the relation in the IR's text form, the query, and the rows as DuckDB shows them.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from blessed import Golden

from oftra.diagnostics import Report
from oftra.ir.read import read_rel
from oftra.ir.rel import Rel
from oftra.targets.document import render
from oftra.targets.engines.duckdb.datatypes import type_name
from oftra.targets.engines.duckdb.dialect import DUCKDB
from oftra.targets.engines.duckdb.plan import Catalog, Planner
from oftra.targets.sql import query as q
from oftra.targets.sql import tree as sql
from oftra.targets.sql.write_query import Writer

CASES = Path(__file__).with_name("duckdb_plans.txt")

CATALOG = Catalog(
    {
        "orders": sql.Name(("orders",)),
        "customers": sql.Name(("customers",)),
        "sales.lines": sql.Name(("sales", "lines")),
    },
    {
        "orders": ("id", "customer_id", "amount", "tags", "placed"),
        "customers": ("id", "name", "region"),
        "sales.lines": ("order_id", "n", "price"),
    },
)

SHORT = {
    "$orders": "scan orders (id#1 bigint not null, customer_id#2 bigint, amount#3 decimal(10, 2), "
    "tags#4 array<string>, placed#5 timestamp)",
    "$customers": "scan customers (id#11 bigint not null, name#12 string not null, region#13 string)",
    "$lines": "scan sales.lines (order_id#21 bigint, n#22 int, price#23 double)",
}

TABLES = """
    set timezone = 'UTC';
    create table orders (
        id bigint, customer_id bigint, amount decimal(10, 2), tags varchar[], placed timestamptz
    );
    insert into orders values
        (1, 1, 10.50, ['a', 'b'], '2026-01-01 10:00:00Z'), (2, 1, 5, [], '2026-01-01 10:30:00Z'),
        (3, 2, 99.99, null, '2026-01-02 00:00:00Z'), (4, null, 1, ['c'], null);
    create table customers (id bigint, name varchar, region varchar);
    insert into customers values (1, 'Ann', 'N'), (2, 'Bob', null), (3, 'Cy', 'S');
    create schema sales;
    create table sales.lines (order_id bigint, n int, price double);
    insert into sales.lines values (1, 2, 1.5), (1, 3, 2.5), (2, null, 0);
"""


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute(TABLES)
        yield made


def written(query: q.Query) -> str:
    return render(Writer(DUCKDB).statement(q.Run(query))).text


def planned(rel: Rel) -> str:
    report = Report()
    text = written(Planner(CATALOG, report).query(rel))
    assert not list(report)
    return text


def relation(text: str) -> Rel:
    for word, scan in SHORT.items():
        text = text.replace(word, scan)
    return read_rel(text)


def cases() -> dict[str, str]:
    """The relation of each case, by the case's name."""
    found: dict[str, str] = {}
    for case in CASES.read_text(encoding="utf-8").split("\n=== ")[1:]:
        name, _, rest = case.partition("\n")
        found[name] = rest.partition("\n--- query")[0].strip()
    return found


def test_plans(connection: duckdb.DuckDBPyConnection, golden: Golden) -> None:
    head = CASES.read_text(encoding="utf-8").partition("\n=== ")[0]
    parts = [head]
    for name, text in cases().items():
        rel = relation(text)
        query = planned(rel)
        found = connection.sql(f"select columns(*)::varchar from ({query.strip().removesuffix(';')})")
        rows = [" | ".join("null" if cell is None else str(cell) for cell in row) for row in found.fetchall()]
        rows = rows if "| sort" in text else sorted(rows)
        parts.append(f"=== {name}\n{text}\n--- query\n{query}--- rows\n" + "\n".join(rows) + "\n")
    golden.check_file(CASES, "\n".join(parts))


@pytest.mark.parametrize("name", cases())
def test_columns_have_the_types_of_the_relation(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    rel = relation(cases()[name])
    found = connection.execute(f"describe {planned(rel)}").fetchall()
    spelled = {str(row[0]): connection.execute(f"select typeof(null::{row[1]})").fetchall()[0][0] for row in found}
    wanted = {
        column.name: connection.execute(f"select typeof(null::{type_name(column.type)})").fetchall()[0][0]
        for column in rel.columns
    }
    assert spelled == wanted


def test_same_bytes_every_time() -> None:
    for text in cases().values():
        assert planned(relation(text)) == planned(relation(text))
