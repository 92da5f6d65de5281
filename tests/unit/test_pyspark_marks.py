"""Where modules of PySpark begin that have no window: where tables end that they store, unless that would lose rows."""

from pathlib import Path

import pytest

import oftra

HEAD = """
contract ride { id int not null, at timestamp not null event time watermark 10 minutes }
connection lake = files { root: 'data', format: parquet }
connection delta = delta { root: 'delta' }
source rides: ride from lake { path: 'rides.parquet' }
table latest in delta { refresh: merge, key: [id]%s } = from rides |> aggregate max(at) as at group by id
"""
MARKED = HEAD % ", window: at"


def module(folder: Path, text: str) -> str:
    (folder / "program.oftra").write_text(text, encoding="utf-8")
    return oftra.load(folder).compile("pyspark")["program.py"]


def test_a_run_goes_on_where_its_tables_end(tmp_path: Path) -> None:
    made = module(tmp_path, MARKED)
    assert "args.start = where_tables_end(" in made
    assert '"--start", type=instant, metavar="TIME")' in made


def test_what_asks_for_the_start_and_keeps_none_has_all_rows(tmp_path: Path) -> None:
    made = module(tmp_path, MARKED + "table new in delta = from rides |> where at >= run.start\n")
    assert "where_tables_end" not in made and 'default=instant("0001-01-01")' in made
    assert 'marks["latest"].moved(' in made


@pytest.mark.parametrize("text", [HEAD % "", MARKED.replace("refresh: merge, key: [id], window: at", "refresh: full")])
def test_a_table_without_a_window_keeps_no_mark(text: str, tmp_path: Path) -> None:
    made = module(tmp_path, text)
    assert "Mark" not in made and "marks" not in made
