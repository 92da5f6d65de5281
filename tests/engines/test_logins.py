"""Brokers that ask who it is: every engine logs in by SASL, with a password that stands in no program."""

import json
from pathlib import Path

import duckdb
import jars
import pytest
from broker import PASSWORD, USER, Broker
from places import Place, engine_of
from test_structured_streaming import compiled, run
from topics import new_topic, send

from oftra.target import RunError

PROGRAM = """\
contract item {{ id int not null }}
connection bus = kafka {{
  bootstrap_servers: env('BUS'),
  security: sasl_plaintext,
  user: '{user}',
  password: secret('bus/items'),
  properties: {{ `client.id`: env('CLIENT', 'items') }},
}}
connection lake = files {{ root: 'data', format: parquet }}
source items: item from bus {{ topic: '{topic}' }}
table copies in lake = from items
"""


@pytest.mark.parametrize("engine", ["duckdb", "spark", "flink"])
def test_a_login(engine: str, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    topic = new_topic(broker)
    send(broker, topic, [json.dumps({"id": number}).encode() for number in range(3)])
    place = Place(tmp_path, engine_of(engine))
    place.load(PROGRAM.format(user=USER, topic=topic))
    monkeypatch.setenv("BUS", broker.guarded)
    monkeypatch.delenv("BUS_ITEMS", raising=False)
    with pytest.raises(RunError, match="BUS_ITEMS"):  # the password is nowhere
        place.run()
    monkeypatch.setenv("BUS_ITEMS", PASSWORD)
    place.run()
    assert sorted(row["id"] for row in place.rows("copies")) == [0, 1, 2]


def test_a_login_of_a_module(broker: Broker, tmp_path: Path) -> None:
    topic = new_topic(broker)
    send(broker, topic, [json.dumps({"id": number}).encode() for number in range(3)])
    compiled(tmp_path, PROGRAM.format(user=USER, topic=topic))
    assert PASSWORD not in (tmp_path / "program.py").read_text()
    told = run(tmp_path, jars.kafka_jars(), BUS=broker.guarded, BUS_ITEMS=PASSWORD)
    assert told["items"]["read"] == 3
    copies = tmp_path / "data" / "copies.parquet" / "*.parquet"
    assert duckdb.sql(f"select list_sort(list(id)) from '{copies}'").fetchall() == [([0, 1, 2],)]
