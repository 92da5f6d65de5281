"""Tables of which a run makes a part, on Spark: windows in any order and more than once give the table of one run over
all, as DuckDB makes it."""

import random
from pathlib import Path

from test_repeatable_runs import Place, program, rides, windows


def test_windows_in_any_order_give_files_of_one_full_build(tmp_path: Path) -> None:
    chance = random.Random(175)
    text, rows = program(chance, 3, ["folders", "lake"]), rides(chance)
    tables = [f"t{at}" for at in range(3)]
    whole = Place(tmp_path / "whole", text).fill(rows)
    whole.run()
    parts = Place(tmp_path / "parts", text, "spark").fill(rows)
    for start, end in windows(chance):
        parts.run(start, end)
    made, expected = parts.rows(*tables), whole.rows(*tables)
    for one in tables:
        assert made[one] == expected[one], next(line for line in text.splitlines() if line.startswith(f"table {one} "))
