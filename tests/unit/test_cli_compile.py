"""`oftra compile`: what is written where, what is stale, what a failure leaves behind."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from cli_runs import Cli, command, process, started

PROGRAM = """
connection here = files { root: 'out', format: parquet }
view numbers = from values (1), (2) as t (x)
table small in here { tags: [nightly] } = from numbers |> where x < 2
table large in here = from numbers |> where x >= 2
sink report from small into here { path: 'report.csv', format: csv }
"""
MANIFEST = '[project]\nname = "numbers"\n'
TWO = ("--target", "duckdb", "--target", "pyspark")


@pytest.fixture
def project(cli: Cli) -> Cli:
    cli.put({"oftra.toml": MANIFEST, "a.oftra": PROGRAM})
    return cli


def script(project: Cli, below: str = "build") -> str:
    return (project.folder / below / "duckdb" / "numbers.sql").read_text()


def test_files_go_to_a_folder_a_target(project: Cli) -> None:
    assert project("compile", *TWO).status == 0
    files = project.files("build")
    assert set(files) == {
        "duckdb/numbers.sql",
        "duckdb/manifest.json",
        "pyspark/numbers.py",
        "pyspark/manifest.json",
    }
    assert project("compile", "-o", "elsewhere/deep", "--target", "duckdb").status == 0
    assert project.files("elsewhere/deep") == {name: text for name, text in files.items() if name.startswith("duckdb")}
    assert project("compile", *TWO).out.splitlines() == [
        f"{target}: 2 files in {os.path.join('build', target)}, unchanged" for target in ("duckdb", "pyspark")
    ]


@pytest.mark.parametrize(
    ("patterns", "tables"),
    [
        (["small"], {"small"}),
        (["small+"], {"small", "report"}),
        (["numbers+"], {"small", "large", "report"}),
        (["+report"], {"small", "report"}),
        (["tag:nightly"], {"small"}),
        (["path:a.oftra"], {"small", "large", "report"}),
        (["small", "large"], {"small", "large"}),
    ],
    ids=lambda value: " ".join(sorted(value)),
)
def test_selection(project: Cli, patterns: list[str], tables: set[str]) -> None:
    selected = [word for pattern in patterns for word in ("--select", pattern)]
    assert project("compile", *selected).status == 0
    text = script(project)
    written = {name for name in ("small", "large", "report") if f"'out/{name}." in text and "copy" in text}
    assert written >= tables
    assert not written - tables - {"small"}  # a sink needs its table


def test_check_shows_what_is_stale_and_writes_nothing(project: Cli) -> None:
    missing = project("compile", "--check")
    assert missing.status == 1
    assert "+++ b/duckdb/numbers.sql" in missing.out
    assert not (project.folder / "build").exists()

    project("compile")
    fresh = project("compile", "--check")
    assert (fresh.status, fresh.out) == (0, "")
    assert "flink_sql: left out, " in fresh.err

    (project.folder / "build" / "duckdb" / "numbers.sql").write_text("-- by hand\n")
    edited = project("compile", "--check")
    assert edited.status == 1
    assert "\n--- by hand\n" in edited.out
    assert script(project) == "-- by hand\n"


def test_all_targets_are_asked_that_can_take_the_program(project: Cli) -> None:
    assert project("compile").status == 0
    files = set(project.files("build"))
    assert files > {"duckdb/numbers.sql", "notebook/numbers.ipynb", "pyspark/numbers.py"}
    assert not [name for name in files if name.startswith("flink_sql/")]  # which it can't write a sink for


def test_the_engine_of_a_target_that_has_a_choice(project: Cli) -> None:
    assert project("compile", "--target", "notebook", "--engine", "duckdb").status == 0
    other = project("compile", "--target", "notebook", "--engine", "flink")
    assert other.status == 1 and "OF0650" in other.err
    one = project("compile", "--target", "duckdb", "--engine", "spark")
    assert one.status == 1 and "OF0651" in one.err and "--target notebook" in one.err
    none = project("compile", "--engine", "spark")
    assert none.status == 2 and "--target notebook --engine spark" in none.err


def test_a_file_that_is_no_longer_made_goes_and_others_stay(project: Cli) -> None:
    project("compile", *TWO)
    (project.folder / "build" / "duckdb" / "notes.txt").write_text("mine")
    project.put({"oftra.toml": MANIFEST.replace("numbers", "figures")})
    stale = project("compile", *TWO, "--check")
    assert stale.status == 1
    assert "+++ /dev/null" in stale.out
    assert project("compile", *TWO).status == 0
    assert set(project.files("build")) == {
        "duckdb/figures.sql",
        "duckdb/manifest.json",
        "duckdb/notes.txt",
        "pyspark/figures.py",
        "pyspark/manifest.json",
    }


def test_an_unchanged_program_is_not_compiled_again(project: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    project("compile")
    before = project.files("build")
    monkeypatch.setattr("oftra.driver.parse_all", lambda *_: pytest.fail("parsed again"))
    assert project("compile").out.endswith("unchanged\n")
    shutil.rmtree(project.folder / "build")
    assert project("compile").status == 0
    assert project.files("build") == before


def test_a_broken_cache_is_as_good_as_none(project: Cli) -> None:
    project("compile")
    before = project.files("build")
    for entry in (project.folder / ".oftra" / "cache").iterdir():
        entry.write_bytes(entry.read_bytes()[:-10])
    assert project("compile").status == 0
    assert project.files("build") == before


def test_an_error_keeps_what_is_there(project: Cli) -> None:
    project("compile")
    before = project.files("build")
    project.put({"b.oftra": "view wrong = from nowhere |> select x\n"})
    assert project("compile").status == 1
    assert project.files("build") == before


def test_a_folder_in_the_way(project: Cli) -> None:
    project.put({"file": "mine"})
    result = project("compile", "-o", "file")
    assert result.status == 3
    assert "file" in result.err
    assert "bug" not in result.err
    (project.folder / "build" / "duckdb" / "numbers.sql").mkdir(parents=True)
    result = project("compile")
    assert result.status == 3
    assert project.files("build") == {}


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder that nobody can write is found on Linux alone")
def test_a_folder_that_cannot_be_written(project: Cli) -> None:
    result = project("compile", "-o", "/proc/self/build", "--target", "duckdb")  # not even root may make a folder here
    assert result.status == 3
    assert result.err.startswith("error: `/proc/self/build`: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the disk that is always full is found on Linux alone")
def test_a_full_disk(project: Cli) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command("show", "--stage", "typed"), cwd=project.folder, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 3
    assert done.stderr == "error: no space left on device\n"


def test_a_reader_that_has_enough(project: Cli) -> None:
    with started(project.folder, "show", "--stage", "typed") as running:
        assert running.stdout is not None
        running.stdout.close()
        assert running.stderr is not None
        assert running.stderr.read() == ""
    assert running.returncode == 141


def interrupted(project: Cli, seconds: float) -> tuple[int, str]:
    """How a compile ends that is told to after some seconds, and what it says."""
    with started(project.folder, "compile") as running:
        time.sleep(seconds)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    return running.returncode, said


@pytest.mark.parametrize("seconds", [0.15, 0.3, 0.6])
def test_an_interrupt_leaves_nothing_half_written(project: Cli, seconds: float) -> None:
    many = "".join(
        f"table t{at} in here = from numbers |> where x < {at} |> select x + {at} as y\n" for at in range(400)
    )
    project.put({"many.oftra": many})
    status, said = interrupted(project, seconds)
    while "Fatal Python error" in said:  # on a busy machine Python itself was still starting, and nothing of ours
        seconds *= 2
        status, said = interrupted(project, seconds)
    assert status in (130, 0, -signal.SIGINT), said  # done before, or not yet begun
    if status == 130:
        assert "Traceback" not in said
        assert set(project.files("build") if (project.folder / "build").exists() else ()) <= {
            "duckdb/numbers.sql",
            "duckdb/manifest.json",
        }
        assert not list(project.folder.rglob(".oftra-new-*"))
    assert project("compile").status == 0


def test_the_same_bytes_from_another_folder_and_with_another_seed(project: Cli, tmp_path: Path) -> None:
    copy = tmp_path / "a copy"
    copy.mkdir()
    for name in ("oftra.toml", "a.oftra"):
        shutil.copy(project.folder / name, copy / name)
    assert process(project.folder, "compile", PYTHONHASHSEED="1").status == 0
    assert process(copy, "compile", PYTHONHASHSEED="2").status == 0
    assert project.files("build") == project.files("a copy/build")


def test_an_environment_is_compiled_in(project: Cli) -> None:
    project.put({"oftra.toml": MANIFEST + "[env.dev]\nconnection.here = { root = 'out/dev' }\n"})
    assert project("compile", "--env", "dev").status == 0
    assert "'out/dev/small.parquet'" in script(project)
    assert project("compile").status == 0
    assert "'out/small.parquet'" in script(project)


STREAM = """
connection bus = kafka { bootstrap_servers: 'localhost:9092' }
connection here = files { root: 'out', format: parquet }
contract click { page string, at timestamp event time watermark 10 minutes }
source clicks: click from bus { topic: 'clicks' }
table newest in here = from clicks |> order by at desc |> limit 3
pipeline live { build: [newest], mode: streaming }
"""


def test_the_mode_that_is_asked_for_decides(cli: Cli) -> None:
    cli.put({"a.oftra": STREAM})
    modes = {"": "OF0402", "batch": "", "streaming": "OF0402"}
    for _ in range(2):  # the second time from the cache
        for mode, code in modes.items():
            found = cli("check", "a.oftra", *(["--mode", mode] if mode else []))
            assert found.status == (1 if code else 0)
            assert code in found.out
    cli.put({"a.oftra": STREAM.replace("|> order by at desc |> limit 3", "|> where page <> ''")})
    assert "streams newest" in cli("show", "a.oftra").out
    assert "streams newest" not in cli("show", "a.oftra", "--mode", "batch").out
    refused = cli("compile", "a.oftra", "--target", "duckdb", "--mode", "streaming")
    assert refused.status == 1 and "OF0641" in refused.err
