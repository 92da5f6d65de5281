"""The syntax tree goes out as JSON and comes back the same, spans included; what is no tree is refused by its place."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from oftra.diagnostics.report import Report
from oftra.source import SourceFile
from oftra.syntax.nodes import File, Query
from oftra.syntax.parser import parse, parse_query
from oftra.syntax.tree import TreeError, from_json, to_json

PAGE = (Path(__file__).parent.parent.parent / "docs" / "grammar.md").read_text(encoding="utf-8")
EXAMPLES = [text for _, text in re.findall(r"^```oftra( not yet)?\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)]


def read(text: str) -> File | Query:
    source = SourceFile("some/file.oftra", text)
    query = parse_query(source, Report()) if re.match(r"from|select|with|\(", text) else None
    return query or parse(source, Report())


def everything(tree: File | Query) -> str:
    """All that a tree holds, spans and comments too, which take no part in equality."""
    return json.dumps(to_json(tree))


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.split("\n")[0][:40])
def test_out_and_back_in(text: str) -> None:
    tree = read(text)
    back = from_json(json.loads(json.dumps(to_json(tree))))
    assert back == tree
    assert everything(back) == everything(tree)


def test_the_format() -> None:
    assert to_json(read("from a |> limit 1")) == {
        "version": 1,
        "file": "some/file.oftra",
        "tree": {
            "node": "Query",
            "span": [0, 17],
            "start": {
                "node": "From",
                "span": [0, 6],
                "refs": [
                    {
                        "node": "TableRef",
                        "span": [5, 6],
                        "path": {
                            "node": "Path",
                            "span": [5, 6],
                            "parts": [{"node": "Name", "span": [5, 6], "text": "a"}],
                        },
                    }
                ],
            },
            "operators": [
                {"node": "Limit", "span": [10, 17], "count": {"node": "Number", "span": [16, 17], "text": "1"}}
            ],
        },
    }


def changed(**changes: Any) -> dict[str, Any]:
    document = to_json(read("from a |> limit 1"))
    document["tree"]["operators"][0].update(changes)
    return document


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "version 1"),
        ({"version": 2, "tree": {}}, "version 1"),
        ({"version": 1, "file": 3, "tree": {}}, "`file`"),
        ({"version": 1, "tree": {"node": "Name", "text": "a"}}, "tree: Name cannot stand here"),
        ({"version": 1, "tree": {"node": "Query"}}, "tree: Query needs `start`"),
        (changed(color="red"), r"tree.operators\[0\]: Limit has no `color`"),
        (changed(count=1), r"tree.operators\[0\].count: 1 cannot stand here"),
        (changed(count={"node": "Where"}), r"tree.operators\[0\].count: Where cannot stand here"),
        (changed(span=[1]), "a span is a pair of numbers"),
        (changed(node="BrokenRefs"), r"tree.operators\[0\]: BrokenRefs cannot stand here"),
    ],
)
def test_what_is_no_tree_is_refused(document: Any, message: str) -> None:
    with pytest.raises(TreeError, match=message):
        from_json(document)
