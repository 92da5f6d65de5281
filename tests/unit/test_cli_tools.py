"""`oftra init`, `fmt`, `show`, `graph`, `explain`, `functions` and `completion`."""

import json
import os
import sys
from io import BytesIO, TextIOWrapper

import pytest
from cli_runs import Cli

from oftra.cli.app import COMMANDS

PROGRAM = """
-- what it is about
connection here = files { root: 'out' }
view numbers = from values (1), (2) as t (x)
table small in here = from numbers |> where x < 2
sink report from small into here { path: 'report.csv', format: csv }
"""


# --- init ---------------------------------------------------------------------------------------------------


def test_a_new_project_runs_at_once(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("init", "coffee", "--ci").status == 0
    monkeypatch.chdir(cli.folder / "coffee")
    for command in (["check"], ["fmt", "--check"], ["test"], ["run"], ["compile"], ["compile", "--check"]):
        result = cli(*command)
        assert result.status == 0, result
    assert (cli.folder / "coffee" / "out" / "daily_takings.csv").read_text().startswith("day,drink,cups,takings\n")
    assert (cli.folder / "coffee" / ".github" / "workflows" / "oftra.yml").exists()
    for line in (cli.folder / "coffee" / "README.md").read_text().splitlines():
        if line.startswith("    oftra query"):
            assert cli("query", line.partition("'")[2].partition("'")[0]).status == 0


def test_nothing_that_is_there_is_touched(cli: Cli) -> None:
    cli.put({"coffee/README.md": "mine"})
    result = cli("init", "coffee")
    assert result.status == 2
    assert "`coffee/README.md` is there already" in result.err
    assert cli.files() == {"coffee/README.md": "mine"}


def test_a_name_is_written_as_data(cli: Cli) -> None:
    name = 'a "b" ${c} \u00e4'
    assert cli("init", name).status == 0
    assert json.loads(cli("show", name, "--format", "json").out)["name"] == name


def test_a_name_is_needed_where_nobody_can_be_asked(cli: Cli) -> None:
    assert cli("init").status == 2


# --- fmt ----------------------------------------------------------------------------------------------------

UGLY = "view   a=from   values(1)as t(x)  |>   select X -- here\n|> where 1=1"


def test_fmt_lays_out_and_is_then_content(cli: Cli) -> None:
    cli.put({"oftra.toml": "", "a.oftra": UGLY, "below/b.oftra": UGLY, ".hidden/c.oftra": UGLY})
    assert cli("fmt", "--check").status == 1
    assert cli.files()["a.oftra"] == UGLY
    result = cli("fmt")
    assert (result.status, result.out) == (0, f"laid out a.oftra\nlaid out {os.path.join('below', 'b.oftra')}\n")
    once = cli.files()
    assert "-- here" in once["a.oftra"]
    assert cli("fmt", "--check").status == 0
    assert cli.files() == once
    assert (cli.folder / ".hidden" / "c.oftra").read_text() == UGLY


def test_fmt_keeps_what_it_cannot_read(cli: Cli) -> None:
    cli.put({"a.oftra": "view a = from |> |> where", "b.oftra": b"\xff", "c.oftra": UGLY, "d.txt": ""})
    result = cli("fmt", "a.oftra", "b.oftra", "c.oftra")
    assert result.status == 1
    assert "OF01" in result.err
    assert "OF0713" in result.err
    assert "laid out c.oftra" in result.out
    assert (cli.folder / "a.oftra").read_text() == "view a = from |> |> where"
    assert cli("fmt", "nowhere.oftra").status == 2
    assert cli("fmt", "d.txt").status == 2


def test_fmt_keeps_a_files_mode_and_links(cli: Cli) -> None:
    cli.put({"real.oftra": UGLY})
    (cli.folder / "real.oftra").chmod(0o640)
    (cli.folder / "link.oftra").symlink_to("real.oftra")
    assert cli("fmt", "link.oftra").status == 0
    assert (cli.folder / "link.oftra").is_symlink()
    assert (cli.folder / "real.oftra").stat().st_mode & 0o777 == 0o640
    assert (cli.folder / "real.oftra").read_text() != UGLY


def test_fmt_of_standard_input(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(UGLY.encode())))
    laid_out = cli("fmt", "-")
    cli.put({"a.oftra": UGLY})
    cli("fmt", "a.oftra")
    assert laid_out.out == cli.files()["a.oftra"]


# --- show and graph -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("syntax", "view numbers"),
        ("resolved", "table small <- numbers"),
        ("typed", "x#1 int not null"),
        ("optimized", "table small"),
        ("lowered", "small"),
        ("plan", "select"),
    ],
)
def test_every_stage_is_shown(cli: Cli, stage: str, said: str) -> None:
    cli.put({"a.oftra": PROGRAM})
    result = cli("show", "--stage", stage)
    assert result.status == 0, result.err
    assert said in result.out


def test_why_names_the_pass_and_the_fact(cli: Cli) -> None:
    cli.put({"a.oftra": "view v = from values (1) as t (x) |> where x is not null |> select distinct x"})
    assert cli("show", "--stage", "optimized", "--why").out == (
        "view v\n"
        "  simplify: is_null(x#1)  =>  false\n"
        "    `x` is never null: every row gives a value\n"
        "  simplify: not(false)  =>  true\n"
        "  remove_trivial: distinct over a key  =>  nothing\n"
        "    there is one row at most: one row is given\n"
        "  remove_identity_projections: rel | project all of its columns, in their order  =>  rel\n"
    )
    (story,) = json.loads(cli("show", "--stage", "optimized", "--why", "--format", "json").out)
    assert (story["relation"], story["changes"][0]["pass"]) == ("v", "simplify")
    assert story["changes"][0]["facts"] == [{"claim": "`x` is never null", "proof": "every row gives a value"}]
    assert cli("show", "--why").status == 2
    cli.put({"a.oftra": "view v = from values (1) as t (x)"})
    assert cli("show", "--stage", "optimized", "--why").out == "no pass changed anything\n"


@pytest.mark.parametrize("stage", ["syntax", "resolved", "typed", "optimized"])
def test_stages_as_json(cli: Cli, stage: str) -> None:
    cli.put({"a.oftra": PROGRAM})
    assert "small" in json.dumps(json.loads(cli("show", "--stage", stage, "--format", "json").out))


def test_a_stage_is_shown_as_far_as_the_program_goes(cli: Cli) -> None:
    cli.put({"a.oftra": "view a = from nowhere |> select x\n"})
    assert cli("show", "--stage", "syntax").status == 0
    assert cli("show", "--stage", "typed").status == 1
    assert cli("show", "--stage", "typed").out == ""


def test_a_graph(cli: Cli) -> None:
    cli.put({"a.oftra": PROGRAM})
    assert cli("graph").out.splitlines() == [
        "flowchart LR",
        '  n0("numbers")',
        '  n1["small"]',
        '  n2[/"report"/]',
        "  n0 --> n1",
        "  n1 --> n2",
    ]
    assert '  "small" -> "report"' in cli("graph", "--format", "dot").out.splitlines()


def test_a_name_cannot_break_a_graph(cli: Cli) -> None:
    cli.put({"a.oftra": 'view `a"] --> b;\\` = from values (1) as t (x)\n'})
    assert '  n0("a#34;#93; --#62; b#59;#92;")' in cli("graph").out.splitlines()
    assert r'  "a\"] --> b;\\" [shape=box, style=rounded]' in cli("graph", "--format", "dot").out.splitlines()


# --- what there is to know ----------------------------------------------------------------------------------


def test_explain(cli: Cli) -> None:
    page = cli("explain", "of0705").out
    assert page.startswith("OF0705: Unknown choice (error)\n\n")
    assert "\nWrong:\n\n    connection lake" in page
    assert "\nRight:\n\n    connection lake" in page
    assert "OF0705  error" in cli("explain").out


def test_functions(cli: Cli) -> None:
    assert cli("functions", "LOWER").out.startswith("lower(")
    assert "  lower " in cli("functions").out
    assert "did you mean" in cli("functions", "lowr").err


def test_completion(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_OFTRA_COMPLETE" in cli("completion", shell).out
    monkeypatch.setenv("_OFTRA_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "oftra che")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert cli().out == "plain,check\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_helps(cli: Cli, name: str) -> None:
    result = cli(name, "--help")
    assert result.status == 0
    assert f"oftra {name}" in result.out
    assert f"  {name} " in cli("--help").out
