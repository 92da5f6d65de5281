"""What the project promises of its command line, tried from outside: exit status, files, the same bytes always."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
OFTRA = Path(sys.executable).with_name("oftra")


def oftra(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in `folder`; whatever happens, no traceback reaches people."""
    settings = {**os.environ, **environment}
    done = subprocess.run([OFTRA, *words], cwd=folder, env=settings, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def files(folder: Path) -> dict[str, bytes]:
    """All files below a folder but the cache."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".oftra" not in path.relative_to(folder).parts
    }


@pytest.fixture
def first_page(tmp_path: Path) -> Path:
    """A folder with the program on the first page of the language reference."""
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    (tmp_path / "taxi.oftra").write_text(page.split("```oftra\n", 1)[1].split("```", 1)[0], encoding="utf-8")
    return tmp_path


def test_first_page_is_well(first_page: Path) -> None:
    assert oftra(first_page, "check").returncode == 0
    assert oftra(first_page, "fmt", "--check").returncode == 0
    tested = oftra(first_page, "test")
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_what_a_target_cannot_do_is_said_and_nothing_is_written(first_page: Path) -> None:
    before = files(first_page)
    done = oftra(first_page, "compile", "--target", "duckdb")
    assert done.returncode == 1
    assert done.stderr.count("error[OF06") >= 2, done.stderr
    places = [line for line in done.stderr.splitlines() if line.strip().startswith("--> ")]
    assert len(places) == len(set(places)), "one diagnostic a place"
    assert files(first_page) == before


def test_five_mistakes_in_one_run(tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests" / "errors" / "five_mistakes.oftra", tmp_path)
    before = files(tmp_path)
    for command in (["check"], ["compile"], ["run"]):
        done = oftra(tmp_path, *command)
        assert done.returncode == 1
        assert (done.stdout + done.stderr).count("error[") == 5
    assert files(tmp_path) == before


def test_same_bytes_from_another_folder_and_hash_seed(tmp_path: Path) -> None:
    made = []
    for seed, name in (("1", "one"), ("2", "another folder")):
        folder = tmp_path / name
        ignored = shutil.ignore_patterns("build", ".oftra", "data")
        shutil.copytree(ROOT / "examples" / "flights", folder, ignore=ignored)
        done = oftra(folder, "compile", PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        made.append(files(folder / "build"))
    assert made[0] == made[1] and made[0]


@pytest.mark.parametrize("folder", ["examples", "tests/golden"])
def test_programs_are_formatted(folder: str) -> None:
    done = oftra(ROOT, "fmt", "--check", folder)
    assert done.returncode == 0, done.stdout + done.stderr


def test_query_for_machines(tmp_path: Path) -> None:
    query = "from values (1, 'a'), (2, null) as t (x, y) |> where y is not null |> select x + 1 as z"
    done = oftra(tmp_path, "query", query, "--format", "json")
    assert json.loads(done.stdout) == [{"z": 2}]
    assert done.stdout.strip() == '[{"z": 2}]'


BAD = {
    "not UTF-8": b"view v = from t\xff\xfe",
    "empty": b"",
    "2 MB of brackets": b"(" * 2_000_000,
    "2 MB of brackets in a query": b"view v = from " + b"(" * 2_000_000,
    "binary": bytes(range(256)) * 100,
    "a null byte": b"view v = from values (1)\0 as t (x)",
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_bad_input_is_answered(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.oftra").write_bytes(content)
    done = oftra(tmp_path, "check")
    assert done.returncode == (1 if content else 0), done.stdout + done.stderr
    assert len(done.stdout + done.stderr) < 100_000


def test_start_imports_nothing_heavy() -> None:
    """What `oftra --version` loads, by name: a heavy library among it would be felt at every start."""
    code = "import sys, oftra.cli; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"lark", "duckdb", "rich", "pyarrow", "jinja2", "sqlglot", "numpy", "oftra.driver"}
    assert not heavy & set(done.stdout.split())
