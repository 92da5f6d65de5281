"""Late rows of files whose columns are typed: they are put apart as those of messages are."""

from pathlib import Path

from flinks import connected
from test_flink_golden import is_query, statements

import oftra

PROGRAM = """
connection lake = files { root: 'data', format: parquet }
contract click { page string, at timestamp event time watermark 10 minutes on late into tardy in lake }
source clicks: click from lake { path: 'clicks', unbounded: true }
table hourly in lake =
  from clicks |> call tumble(at, interval 1 hour) |> aggregate count(*) as n group by window_start, window_end
"""


def test_late_rows_of_typed_files_are_put_apart(tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(PROGRAM)
    written = oftra.load(tmp_path / "program.oftra", mode="streaming").compile("flink_sql")
    (script,) = [text for name, text in written.items() if name.endswith(".sql")]
    with connected("streaming") as connection:
        for statement in statements(script):
            text = statement.rstrip().removesuffix(";")
            if is_query(text):
                assert "current_watermark" in connection.explain(text).lower()
            elif not text.lstrip().startswith(("set", "-- Made")):
                connection.execute(text)
