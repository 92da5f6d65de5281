"""What a target can't do of what is said about a topic is refused, not left out."""

from pathlib import Path

import pytest

import oftra

PROGRAM = """\
contract item {{ id int not null }}
connection bus = kafka {{ bootstrap_servers: 'localhost:9092' }}
connection lake = files {{ root: 'lake', format: parquet }}
source items: item from bus {{ topic: 'items'{source} }}
table copies in lake = from items
"""

REFUSED = [
    (", start: timestamp '2026-01-01 00:00:00Z'", "`start: "),
    (", end: timestamp '2026-01-01 00:00:00Z'", "`end: a moment`"),
]


@pytest.mark.parametrize("target", ["pyspark", "flink_sql"])
@pytest.mark.parametrize(("source", "named"), REFUSED)
def test_what_is_said_of_a_topic_is_not_left_out(target: str, source: str, named: str, tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(PROGRAM.format(source=source))
    with pytest.raises(oftra.ProgramError) as refused:
        oftra.load(tmp_path).compile(target)
    assert named in str(refused.value)


PROPERTIES = """\
param client string = 'items'
param idle int = 5
contract item {{ id int not null }}
connection bus = kafka {{
  bootstrap_servers: 'localhost:9092',
  properties: {{ `client.id`: client, `connections.max.idle.ms`: idle, `auto.include.jmx.reporter`: true }},
}}
source items: item from bus {{ topic: 'items'{source} }}
sink copies from items into bus {{ topic: 'copies'{sink} }}
"""


def test_params_are_properties_of_the_client(tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(PROPERTIES.format(source="", sink=""))
    module = oftra.load(tmp_path / "program.oftra").compile("pyspark")["program.py"]
    assert '"client.id": args.param.get("client", "items")' in module
    assert '"connections.max.idle.ms": args.param.get("idle", "5")' in module
    for option in ('"kafka.client.id", broker["client.id"]', '"kafka.auto.include.jmx.reporter", "true"'):
        assert module.count(option) == 2, "it is read and written"


@pytest.mark.parametrize("place", ["source", "sink"])
def test_a_param_of_one_topic_is_not_left_out_on_spark(place: str, tmp_path: Path) -> None:
    said = {"source": "", "sink": "", place: ", properties: { `client.rack`: client }"}
    (tmp_path / "program.oftra").write_text(PROPERTIES.format(**said))
    with pytest.raises(oftra.ProgramError) as refused:
        oftra.load(tmp_path / "program.oftra").compile("pyspark")
    assert "`properties: { `client.rack`: param }`" in str(refused.value)


@pytest.mark.parametrize("target", ["pyspark", "flink_sql"])
def test_a_topic_up_to_now_is_read(target: str, tmp_path: Path) -> None:
    (tmp_path / "program.oftra").write_text(PROGRAM.format(source=", start: earliest, end: now"))
    assert oftra.load(tmp_path).compile(target)
