"""The example `clicks`: made-up events through a real broker, and numbers that add up."""

import sys
from pathlib import Path

import pytest
from broker import Broker

import oftra

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "clicks"


@pytest.mark.parametrize("engine", ["duckdb", "flink", "spark"])
def test_what_comes_out_is_what_the_events_come_to(
    engine: str, broker: Broker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    for name in ("BUS", "LAKE"):
        monkeypatch.setenv(name, "")  # the demo sets them; they are put back
    from demo import demo  # an example's script, found by its folder
    from events import events

    try:
        told = demo(engine, list(events(3_000)), broker)
    finally:
        for name in ("demo", "events"):
            sys.modules.pop(name, None)
    assert told.startswith(f"the numbers add up on {engine}: 3,000 read = ")
    assert "dead letters" in capsys.readouterr().out
    if engine == "spark":
        assert " 0 late" not in told, "it reads in batches, and late is what comes behind an earlier one"


def test_an_idle_partition_does_not_hold_a_stream() -> None:
    written = oftra.load(EXAMPLE, mode="streaming").compile("flink_sql")
    (script,) = [text for name, text in written.items() if name.endswith(".sql")]
    assert script.count("'scan.watermark.idle-timeout' = '60 s'") == 1
    assert "mini-batch" not in script, "its marks of time would make every row late"


def test_its_own_tests_hold() -> None:
    assert [verdict.passed for verdict in oftra.load(EXAMPLE).test()] == [True]
