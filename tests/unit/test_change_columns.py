"""Sources whose records say what changed: their options, and what may be relied on of their rows."""

import pytest
from programs import program_of, project_of

from oftra.diagnostics import Report
from oftra.driver import check_all, optimized, parse_all
from oftra.ir.columns import free_columns
from oftra.ir.expr import Expr
from oftra.ir.program import Program
from oftra.ir.read_program import read_program
from oftra.ir.show_program import show_interface, show_program

PROGRAM = """
connection lake = files {{ root: 'data', format: parquet }}
connection bus = kafka {{ bootstrap_servers: 'localhost:9092' }}
contract change {{ id int, name string not null, tags array<string>, op string, n int, at timestamp{more} }}
contract keyed {{ extends: change, primary key (id) }}
source users: {contract} from {place}
view rows_now = from users
"""
FILE, TOPIC = "lake {{ path: 'users.jsonl', {} }}", "bus {{ topic: 'users', {} }}"


def checked(contract: str, place: str, more: str = "") -> tuple[str, Program | None, Report]:
    text, report = PROGRAM.format(contract=contract, place=place, more=more), Report()
    found = check_all(parse_all(project_of({"p.oftra": text}), None, report), report)
    return text, None if found is None else found.program, report


@pytest.mark.parametrize(
    ("contract", "options", "code", "at", "told"),
    [
        ("keyed", "changes: cdc, op: op, order_by: [at]", None, "", ""),
        ("change", "changes: upsert, key: [id], order_by: [at, n]", None, "", ""),
        ("change", "changes: upsert, order_by: [at]", "OF0506", "users", "needs `key`"),
        ("keyed", "changes: cdc, order_by: [at]", "OF0506", "users", "needs `op`"),
        ("keyed", "changes: upsert", "OF0506", "users", "needs `order_by`"),
        ("keyed", "order_by: [at]", "OF0506", "at", "`order_by` of source `users` needs `changes`"),
        ("keyed", "op: op", "OF0506", "op", "needs `changes`"),
        ("keyed", "changes: upsert, order_by: [ats]", "OF0203", "ats", "did you mean `at`"),
        ("keyed", "changes: upsert, key: [idd], order_by: [at]", "OF0203", "idd", "did you mean `id`"),
        ("keyed", "changes: cdc, op: opp, order_by: [at]", "OF0203", "opp", "did you mean `op`"),
        ("keyed", "changes: cdc, op: n, order_by: [at]", "OF0302", "n", "string"),
        ("keyed", "changes: upsrt, order_by: [at]", "OF0705", "changes: upsrt", "did you mean `upsert`"),
        ("keyed", "change: upsert", "OF0702", "change: upsert", "did you mean `changes`"),
    ],
)
def test_options_of_changes(contract: str, options: str, code: str | None, at: str, told: str) -> None:
    text, _, report = checked(contract, FILE.format(options).replace("{{", "{").replace("}}", "}"))
    found = list(report)
    assert [one.code for one in found] == ([] if code is None else [code]), found
    for one in found:
        assert text[one.span.start : one.span.end] == at
        assert told in f"{one.title} {one.help}"


def test_rows_of_a_stream_of_changes_change_by_key() -> None:
    _, program, report = checked("keyed", "bus { topic: 'users', changes: cdc, op: op }")
    assert program is not None, list(report)
    records, rows = program.by_name["users_changes"], program.by_name["users"]
    assert show_interface(records.interface) == "unbounded append"
    assert show_interface(rows.interface) == "unbounded upsert, key (id)"
    # Without `order_by` records follow each other as their offsets do, which nobody has asked to see.
    assert [column.name for column in records.columns][-1] == "offset"
    assert [column.name for column in rows.columns] == ["id", "name", "tags", "op", "n", "at"]
    assert [column.name for column in rows.columns if not column.nullable] == ["id", "name", "op"]


def test_what_a_record_may_lack_that_only_warns_its_row_may_lack() -> None:
    place = "lake { path: 'users.jsonl', changes: upsert, order_by: [at] } on invalid warn"
    _, program, report = checked("keyed", place)
    assert program is not None, list(report)
    assert [column.name for column in program.by_name["users"].columns if not column.nullable] == []


def test_a_name_that_is_taken_is_left_alone() -> None:
    text = PROGRAM.format(contract="keyed", place="bus { topic: 'users', changes: upsert }", more="")
    report = Report()
    files = {"p.oftra": text + "view users_changes = from users"}
    found = check_all(parse_all(project_of(files), None, report), report)
    assert found is not None, list(report)
    assert {"users", "users_changes", "users_changes_"} <= set(found.program.by_name)


@pytest.mark.parametrize(
    ("options", "condition", "codes"),
    [
        ("refresh: merge, key: [id], order_by: [n],", "op = 'd'", []),
        ("refresh: merge, key: [id],", "lower(op) in ('d', 'delete') and n > 3", []),
        ("refresh: merge, key: [id],", "n", ["OF0302"]),
        ("refresh: merge, key: [id],", "opp = 'd'", ["OF0203"]),
        ("", "op = 'd'", ["OF0752"]),
    ],
)
def test_delete_when_of_a_table(options: str, condition: str, codes: list[str]) -> None:
    table = f"table t in lake {{ {options} delete when {condition} }} = from values (1, 'd', 2) as v (id, op, n)"
    program, report = program_of("connection lake = delta { root: 'data' }\n" + table)
    assert [one.code for one in report] == codes
    if program is not None:
        shown = show_program(program)
        assert show_program(read_program(shown)) == shown
        kept = optimized(program).by_name["t"]
        removes = kept.options["delete_when"]
        assert isinstance(removes, Expr) and free_columns(removes) <= {column.id for column in kept.columns}
