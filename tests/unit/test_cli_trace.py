"""`oftra trace`: from a line of a generated file, or from what an engine says, back to the program."""

import json
import sys
from io import BytesIO, TextIOWrapper

import duckdb
import pytest
from cli_runs import Cli

MANIFEST = '[project]\nname = "shop"\nversion = "1.0.0"\nstore = "out"\n'
PLACES = "connection out = files { root: 'out' }\n"
SALES = """\
contract sale { id int primary key, price decimal(6, 2) check (price >= 0) }

source sales: sale from out { path: 'sales.csv' }

/// What was sold.
view sold = from sales |> where price > 0

table dear =
  from sold
  |> where price > 100
  |> extend 1 / (price - 100) as odd

sink report from dear into out { path: 'report.csv', format: csv }
"""


@pytest.fixture
def shop(cli: Cli) -> Cli:
    """A project that was compiled."""
    cli.put({"oftra.toml": MANIFEST, "places.oftra": PLACES, "shop/sales.oftra": SALES})
    assert cli("compile", "--target", "duckdb").status == 0
    return cli


def script(cli: Cli) -> list[str]:
    return cli.files("build/duckdb")["shop.sql"].splitlines()


def line_of(cli: Cli, text: str) -> int:
    """The number of the script's only line that holds `text`."""
    (number,) = [at for at, line in enumerate(script(cli), 1) if text in line]
    return number


def paste(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(text.encode())))


def places(out: str) -> list[tuple[str, str]]:
    """What was found: the relation, and the text of the first line of its place."""
    found = []
    for place in json.loads(out):
        line = SALES.splitlines()[place["line"] - 1] if place["path"] == "shop/sales.oftra" else ""
        end = place["end_column"] - 1 if place["end_line"] == place["line"] else None
        found.append((place["relation"], line[place["column"] - 1 : end]))
    return found


@pytest.mark.parametrize(
    ("text", "relation", "shown"),
    [
        ("price > 100", "shop.dear", ["price > 0", "price > 100"]),
        ("as odd", "shop.dear", ["odd"]),
        ("from sold", "shop.dear", ["dear"]),
        ("create or replace view shop.dear", "shop.dear", ["dear"]),
        ("to 'out/report.csv'", "shop.report", ["report"]),
    ],
)
def test_a_line_is_traced_to_its_place(shop: Cli, text: str, relation: str, shown: list[str]) -> None:
    found = shop("trace", f"build/duckdb/shop.sql:{line_of(shop, text)}", "--format", "json")
    assert found.status == 0, found
    assert places(found.out) == [(relation, text) for text in shown]


def test_a_line_of_a_notebook_is_traced_by_the_manifest_of_its_own(cli: Cli) -> None:
    pipelines = "pipeline nightly { build: [dear] }\npipeline weekly { build: [all_of_it] }\n"
    more = SALES + "\ntable all_of_it = from sold\n" + pipelines
    cli.put({"oftra.toml": MANIFEST, "places.oftra": PLACES, "shop/sales.oftra": more})
    assert cli("compile", "--target", "notebook").status == 0
    lines = cli.files("build/notebook")["shop.nightly.ipynb"].splitlines()
    at = next(number for number, line in enumerate(lines, 1) if "price > 100" in line)
    traced = cli("trace", f"build/notebook/shop.nightly.ipynb:{at}")
    assert traced.status == 0 and "|> where price > 100" in traced.out and "table `shop.dear`" in traced.out


def test_a_place_is_shown_as_a_diagnostic_would_be(shop: Cli) -> None:
    line = line_of(shop, "as odd")
    found = shop("trace", f"build/duckdb/shop.sql:{line}:3")
    assert found.out == (
        f"build/duckdb/shop.sql:{line}: select id, price, 1 / nullif(price - 100, 0) as odd\n"
        "  --> shop/sales.oftra:11:34\n"
        "   |\n"
        " 8 | table dear =\n"
        "   |       ---- table `shop.dear`\n"
        "...\n"
        "11 |   |> extend 1 / (price - 100) as odd\n"
        "   |                                  ^^^\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["build/duckdb/shop.sql:1"], "OF0731"),
        (["build/duckdb/shop.sql:4000"], "OF0731"),
        (["build/duckdb/manifest.json:1"], "OF0730"),
        (["shop/sales.oftra:1"], "OF0730"),
        (["build/duckdb/nowhere.sql:1"], "OF0710"),
        (["build/duckdb/shop.sql"], "FILE:LINE"),
    ],
)
def test_what_cannot_be_traced_is_said(shop: Cli, arguments: list[str], code: str) -> None:
    found = shop("trace", *arguments)
    assert (found.status, found.out) == (2, "")
    assert code in found.err


def test_a_source_that_changed_is_shown_with_a_warning(shop: Cli) -> None:
    shop.put({"shop/sales.oftra": "-- more\n" + SALES})
    found = shop("trace", f"build/duckdb/shop.sql:{line_of(shop, 'price > 100')}")
    assert found.status == 0
    assert "warning[OF0732]" in found.err and "shop/sales.oftra" in found.out


def test_a_source_that_is_gone_is_looked_for_where_one_says(shop: Cli) -> None:
    place = f"build/duckdb/shop.sql:{line_of(shop, 'price > 100')}"
    (shop.folder / "elsewhere").mkdir()
    (shop.folder / "shop").rename(shop.folder / "elsewhere" / "shop")
    lost = shop("trace", place)
    assert lost.status == 2 and "OF0733" in lost.err
    found = shop("trace", place, "-p", "elsewhere")
    assert found.status == 0 and "--> elsewhere/shop/sales.oftra" in found.out


def error_of(cli: Cli, text: str) -> str:
    """What DuckDB says to the statement of the script that holds `text`, after those before it."""
    (cli.folder / "out").mkdir()
    (cli.folder / "out" / "sales.csv").write_text("id,price\n1,100.00\n2,101.00\n")
    whole = "\n".join(script(cli))
    with duckdb.connect() as connection:
        for statement in whole.replace(text, f"{text} + nowhere").split(";\n"):
            try:
                connection.execute(statement.strip())
            except duckdb.Error as error:
                return str(error)
    raise AssertionError("nothing was wrong with it")


def test_a_statement_that_duckdb_refuses_is_found_by_its_line(shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    said = error_of(shop, "price > 100")
    assert "LINE " in said
    # It is the script as it stands that is traced: DuckDB showed the line with what we broke in it.
    paste(monkeypatch, said.replace(" + nowhere", ""))
    assert [place for _, place in places(shop("trace", "-", "--format", "json").out)] == ["price > 0", "price > 100"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('Traceback ...\n  File "/srv/shop.sql", line 2, in main\n  File "/srv/shop.sql", line {line}, in dear\n', 1),
        ('[DIVIDE_BY_ZERO]\n== DataFrame ==\n"divide" was called from\n/srv/build/shop.sql:{line}\n', 1),
        ("error: the run failed in `shop.dear`: something about a file", 1),
        ("Catalog Error: Table with name sold or dear does not exist!", 1),
        ("Connection refused", 0),
    ],
)
def test_an_error_is_traced(shop: Cli, monkeypatch: pytest.MonkeyPatch, text: str, found: int) -> None:
    paste(monkeypatch, text.replace("{line}", str(line_of(shop, "as odd"))))
    result = shop("trace", "-", "--format", "json")
    assert [relation for relation, _ in places(result.out)] == ["shop.dear"] * found, result
    assert result.status == (0 if found else 2)
    assert ("OF0734" in result.err) is not found


def test_nothing_was_compiled_yet(cli: Cli) -> None:
    found = cli("trace", "-")
    assert found.status == 2 and "OF0730" in found.err and "`build`" in found.err
    cli.put({"build/duckdb/manifest.json": '{"inputs": [["a"]], "lines": [[1, 2]]}', "build/duckdb/x.sql": "select 1"})
    assert "OF0730" in cli("trace", "-").err
    assert "OF0730" in cli("trace", "build/duckdb/x.sql:1").err
