"""What Flink can't do in a stream is refused at its place."""

from pathlib import Path

import pytest

import oftra

HEAD = """\
contract item { id int not null, version int not null, gone boolean }
connection bus = kafka { bootstrap_servers: 'localhost:9092' }
connection lake = files { root: 'lake', format: parquet }
connection shop = jdbc { url: 'jdbc:postgresql://localhost/shop' }
source items: item from bus { topic: 'items' }
"""

# a program: what of it Flink can't do
REFUSED = {
    "table newest in lake { refresh: merge, key: [id], order_by: [version] } = from items": (
        "flink_sql can't refresh `newest` by `merge` yet"
    ),
    "table newest in shop { refresh: merge, key: [id], delete when gone } = from items": (
        "flink_sql can't do `delete when: without `order_by`` of `newest` yet"
    ),
    **dict.fromkeys(
        [
            f"contract click {{ at timestamp {rule} event time watermark 1 minute }}\n"
            f"source clicks: click from bus {{ topic: 'clicks' }} on invalid {action}\ntable seen in lake = from clicks"
            for rule, action in (("", "drop"), ("not null", "warn"))
        ],
        "records of `clicks` may have no `at`, and Flink streams none without an event time",
    ),
}


@pytest.mark.parametrize("program", REFUSED)
def test_what_a_stream_cannot_do_is_refused(program: str, tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(HEAD + program)
    with pytest.raises(oftra.ProgramError) as refused:
        oftra.load(tmp_path, mode="streaming").compile("flink_sql")
    assert REFUSED[program] in str(refused.value)


def test_every_form_of_condition_deletes(tmp_path: Path) -> None:
    table = "table newest in shop { refresh: merge, key: [id], order_by: [version], delete when %s } = from items"
    for condition in ("gone", "case when version > 3 then gone end", "cast(version as boolean)", "id in (1, 2)"):
        (tmp_path / "program.oftra").write_text(HEAD + table % condition)
        files = oftra.load(tmp_path, mode="streaming").compile("flink_sql")
        script = next(text for path, text in files.items() if path.endswith(".sql"))
        assert " is distinct from true" in script.lower(), condition
