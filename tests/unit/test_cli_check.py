"""`oftra check` and what is wrong with files, in every format; nothing ends in a traceback."""

import json
from pathlib import Path

import pytest
from cli_runs import Cli, process

RIGHT = "view a = from values (1) as t (x) |> select x\n"


def test_a_right_program(cli: Cli) -> None:
    cli.put({"a.oftra": RIGHT})
    result = cli("check")
    assert (result.status, result.out, result.err) == (0, "no errors in 1 file\n", "")
    assert cli("check", "--format", "json").out == "[]\n"
    assert cli.files() == {"a.oftra": RIGHT}


def test_an_empty_file_is_a_program(cli: Cli) -> None:
    cli.put({"empty.oftra": ""})
    assert cli("check", "empty.oftra").status == 0


def test_all_mistakes_in_one_run_each_in_its_place(cli: Cli) -> None:
    wrong = (
        "connection lake = file { root: 'data' }\n"
        "view a = from values (1) as t (x) |> select y\n"
        "view b = from nowhere |> select z\n"
        "view c = from values (1) as t (x) |> wher x > 1\n"
        "view d = from values (1) as t (x) |> where x + 'a' |> select x\n"
    )
    cli.put({"a.oftra": wrong})
    result = cli("check", "--format", "json")
    assert result.status == 1
    found = json.loads(result.out)
    assert [row["line"] for row in found] == [1, 2, 3, 4, 5]
    shape = {"code", "severity", "message", "path", "line", "column", "end_line", "end_column", "help"}
    assert all(set(row) == shape for row in found)
    assert {row["path"] for row in found} == {"a.oftra"}
    assert cli.files() == {"a.oftra": wrong}
    assert cli("compile").status == 1
    assert not (cli.folder / "build").exists()


@pytest.mark.parametrize(
    ("files", "arguments", "status", "said"),
    [
        ({"a.oftra": "view ä = from".encode("latin-1")}, ("check",), 1, "OF0713"),
        ({"a.oftra": "-- \0\n"}, ("check",), None, ""),
        ({"a.oftra": "(" * 100_000}, ("check",), 1, "OF01"),
        ({"a.oftra": "view a = from (values (" + "[" * 100_000}, ("check",), 1, "OF01"),
        ({}, ("check",), 2, "OF0711"),
        ({}, ("check", "nowhere"), 2, "OF0710"),
        ({"a.txt": ""}, ("check", "a.txt"), 2, "OF0714"),
        ({"oftra.toml": "[project\n", "a.oftra": RIGHT}, ("check",), 1, "OF0715"),
        ({"oftra.toml": b"\xff", "a.oftra": RIGHT}, ("check",), 1, "OF07"),
        ({"oftra.toml": "", "a.oftra": RIGHT}, ("check", "--env", "prod"), 2, "OF0718"),
        ({"a.oftra": RIGHT}, ("compile", "--target", "duckbd"), 2, "OF0722"),
        ({"a.oftra": RIGHT}, ("compile", "--select", "b"), 2, "OF0720"),
        ({"a.oftra": RIGHT}, ("run", "a"), 2, "OF0721"),
        ({"a.oftra": RIGHT}, ("run", "--param", "day=1"), 2, "OF0724"),
        ({"a.oftra": RIGHT}, ("run", "--start", "soon"), 2, "OF0725"),
        ({"a.oftra": RIGHT}, ("run", "--start", "2026-03-02", "--end", "2026-03-01"), 2, "OF0726"),
        ({"a.oftra": RIGHT}, ("run", "--param", "day"), 2, "NAME=VALUE"),
        ({"a.oftra": RIGHT}, ("run", "--engine", "spork"), 2, "OF0722"),
        ({"a.oftra": RIGHT}, ("test", "nothing called so"), 2, "no test"),
        ({"a.oftra": RIGHT}, ("chek",), 2, "Did you mean 'check'?"),
        ({"a.oftra": RIGHT}, ("check", "--fromat", "json"), 2, "--format"),
        ({"a.oftra": RIGHT}, ("explain", "OF9999"), 2, "no code"),
        ({"a.oftra": RIGHT}, ("functions", "nvl2x"), 2, "no function"),
        ({"a.oftra": RIGHT}, ("query", "from a |> select y"), 1, "OF02"),
        ({"a.oftra": RIGHT}, ("query", ""), 1, "OF01"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_bad_input_gives_a_message_and_a_status(
    cli: Cli, files: dict[str, str | bytes], arguments: tuple[str, ...], status: int | None, said: str
) -> None:
    cli.put(files)
    result = cli(*arguments)
    assert result.status == status if status is not None else result.status in (0, 1)
    assert said in result.out + result.err
    assert "Traceback" not in result.err
    assert "bug of Oftra" not in result.err
    assert not (cli.folder / "build").exists()


def test_an_unreadable_file_is_named(cli: Cli) -> None:
    cli.put({"oftra.toml": "", "a.oftra": RIGHT})
    (cli.folder / "b.oftra").symlink_to("nowhere")
    result = cli("check")
    assert result.status == 1
    assert "`b.oftra` can't be read: no such file or directory" in result.out


def test_the_formats_for_machines(cli: Cli) -> None:
    cli.put({"a.oftra": "view a = from nowhere |> select x\n"})
    assert cli("check", "--format", "github").out.startswith("::error file=a.oftra,line=1,")
    sarif = json.loads(cli("check", "--format", "sarif").out)
    assert [result["level"] for result in sarif["runs"][0]["results"]] == ["error"]
    text = cli("check")
    assert "a.oftra:1:" in text.out
    assert "\x1b[" not in text.out


def test_paths_lead_there_from_the_current_folder(cli: Cli) -> None:
    cli.put({"below/oftra.toml": "", "below/finance/a.oftra": "view a = from nowhere |> select x\n"})
    for format_ in ("text", "json", "github", "sarif"):
        assert "below/finance/a.oftra" in cli("check", "below", "--format", format_).out
    assert "below/finance/a.oftra:1:15" in cli("compile", "below").err


def test_an_unchanged_program_is_not_checked_again(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.put({"oftra.toml": "", "a.oftra": "view a = from nowhere |> select x\n"})
    first = cli("check")
    assert first.status == 1
    monkeypatch.setattr("oftra.driver.parse_all", lambda *_: pytest.fail("parsed again"))
    assert cli("check") == first
    monkeypatch.undo()
    cli.put({"a.oftra": RIGHT})
    monkeypatch.chdir(cli.folder)
    assert cli("check").status == 0


def test_our_own_mistakes_are_called_so(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.put({"a.oftra": RIGHT})

    def broken(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr("oftra.cli.check.check_outcome", broken)
    result = cli("check")
    assert result.status == 70
    assert "a bug of Oftra's, not of your program: ZeroDivisionError: of all things" in result.err
    monkeypatch.setenv("OFTRA_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli("check")


def test_start_imports_no_more_than_it_needs(tmp_path: Path) -> None:
    def imported(*arguments: str) -> set[str]:
        listing = process(tmp_path, *arguments, PYTHONPROFILEIMPORTTIME="1").err
        return {line.rpartition("|")[2].strip() for line in listing.splitlines() if line.startswith("import time:")}

    assert not imported("--version") & {"click", "oftra.cli.app", "oftra.source"}
    assert not imported("--help") & {"oftra.diagnostics", "oftra.project", "lark", "rich", "duckdb", "pyarrow"}
    (tmp_path / "oftra.toml").write_text("")
    (tmp_path / "a.oftra").write_text(RIGHT)
    cold = imported("check")
    assert "oftra.check" in cold
    assert not cold & {"lark", "rich", "duckdb", "pyarrow", "importlib.metadata"}
    assert not imported("check") & {"oftra.driver", "oftra.syntax", "oftra.check", "oftra.resolve"}


ESCAPES = """\
function twice(x int): int { on duckdb $$ {x} * 2 $$, on spark $$ {x} * 2 $$ }
function unused(x int): int { on spark $$ {x} $$ }
function four(x int) = twice(twice(x))
contract word { word string }
view lines = from values ('a') as t (line) |> where four(1) = 4
view words: word = raw duckdb (lines) $$ select line as word from {lines} $$
"""


def test_what_is_in_engines_own_words_is_counted_and_listed(cli: Cli) -> None:
    cli.put({"a.oftra": ESCAPES, "b.oftra": "view b = from lines |> select twice(1) as x\n"})
    result = cli("check", "--escapes")
    assert (result.status, result.err) == (0, "")
    assert result.out == (
        "2 functions (called 3 times) and 1 view in engines' own words\n\n"
        "a.oftra:1:10  function twice  in the words of duckdb, spark\n"
        "  a.oftra:3:24  called\n  a.oftra:3:30  called\n  b.oftra:1:31  called\n\n"
        "a.oftra:2:10  function unused  in the words of spark\n\n"
        "a.oftra:6:6  view words  in the words of duckdb\n"
    )
    listed = json.loads(cli("check", "--escapes", "--format", "json").out)
    assert [(one["kind"], one["name"], one["path"], one["line"]) for one in listed] == [
        ("function", "twice", "a.oftra", 1),
        ("function", "unused", "a.oftra", 2),
        ("view", "words", "a.oftra", 6),
    ]
    assert [call["line"] for call in listed[0]["calls"]] == [3, 3, 1]
    assert cli("check", "--escapes", "--format", "sarif").status == 2


def test_a_wrong_program_is_told_of_first(cli: Cli) -> None:
    cli.put({"a.oftra": "view a = from nowhere\n"})
    assert "OF0201" in cli("check", "--escapes").out
    cli.put({"a.oftra": RIGHT})
    assert cli("check", "--escapes").out == "nothing in engines' own words\n"
    assert cli("check", "--escapes", "--format", "json").out == "[]\n"
