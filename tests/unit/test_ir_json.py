"""The typed program as JSON: plain values, one object a node, nothing of spans."""

import json

from oftra.ir.json import to_json
from oftra.ir.read import read_rel
from oftra.ir.read_program import read_program
from oftra.source import Span


def test_a_relation_is_objects_that_name_their_node() -> None:
    rel = read_rel("scan t (a#1 int not null) | filter equal(a#1, 3)")
    column = {"node": "Column", "id": 1, "name": "a", "type": "int", "nullable": False}
    assert to_json(rel) == {
        "node": "Filter",
        "source": {"node": "Scan", "relation": "t", "columns": [column]},
        "condition": {
            "node": "Call",
            "function": "equal",
            "arguments": [column, {"node": "Literal", "value": 3, "type": "int"}],
            "type": "boolean",
            "nullable": False,
        },
    }


def test_every_constant_is_something_that_json_can_say() -> None:
    rel = read_rel("""
        values (a#1 int) (1.50) ('nan':double) (1.5e0) (x'00ff') (date '2026-01-31') (interval 2 days) (null) (true)
          (timestamp '2026-01-31 10:00:00Z') (datetime '2026-01-31 10:00:00') (interval 3 months)
    """)
    values = [row[0]["value"] for row in json.loads(json.dumps(to_json(rel), allow_nan=False))["rows"]]
    assert values == [
        {"decimal": "1.50"},
        {"double": "nan"},
        1.5,
        {"binary": "00ff"},
        {"date": "2026-01-31"},
        {"micros": 172_800_000_000},
        None,
        True,
        {"timestamp": "2026-01-31 10:00:00Z"},
        {"datetime": "2026-01-31 10:00:00"},
        {"months": 3},
    ]


def test_a_program_is_json_too_and_spans_are_no_part_of_it() -> None:
    program = read_program("""
program p '1'
connection lake = files { root: $env.LAKE{string not null = 'x'}, deep: { a: [1, b] } }
view v is bounded append
  = scan t (a#1 int not null)
""")
    text = json.dumps(to_json(program))
    assert json.loads(text)["connections"]["lake"]["options"]["deep"]["a"] == [1, {"node": "Word", "text": "b"}]
    assert "span" not in text
    assert Span.__name__ not in text
