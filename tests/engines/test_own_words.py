"""Views in an engine's own words: run by that engine, held to their contract, refused by the others."""

import pytest
from places import Place

from oftra.target import RunError

WORDS = {
    "duckdb": "select word, count(*) as n from (select unnest(string_split(line, ' ')) as word from {args})",
    "spark": "select word, count(*) as n from (select explode(split(line, ' ')) as word from {args})",
}
OTHER = {"duckdb": "spark", "spark": "duckdb"}

PROGRAM = """\
connection lake = files {{ root: 'data' }}
contract word {{ word string not null, n bigint check (n < 3) as rare }}
view args = from values ('a b'), ('b {{x}}'), (null) as t (line)
view counted: word = raw {engine} (args) $$
  {words}
  where word <> 'it''s {{{{x}}}}' -- {{{{so}}}}
  group by word
$$
table often in lake = from counted |> where n + 1 > 1 |> select word, n
"""


def test_it_runs_where_it_is_understood(place: Place) -> None:
    engine = place.engine.name
    place.load(PROGRAM.format(engine=engine, words=WORDS[engine]))
    place.run()
    assert sorted((row["word"], row["n"]) for row in place.rows("often")) == [("a", 1), ("b", 2), ("{x}", 1)]


def test_its_rows_are_judged_by_its_contract(place: Place) -> None:
    engine = place.engine.name
    place.load(PROGRAM.format(engine=engine, words=WORDS[engine]).replace("n < 3", "n < 2"))
    with pytest.raises(RunError, match="1 row breaks `rare`"):
        place.run()


def test_no_other_engine_runs_it(place: Place) -> None:
    engine = place.engine.name
    place.load(PROGRAM.format(engine=OTHER[engine], words=WORDS[engine]))
    with pytest.raises(RunError, match=rf"`counted` is written in the words of {OTHER[engine]}, and can't run on"):
        place.run()


UNFIT = {
    "select 'a' as word": "no column `?n`?, but `?word",
    "select 'a' as word, 1 as n, 2 as m": r"columns that .*: `?m`?$",
    "select 'a' as word, 'b' as n": "column `?n`? .*(varchar|string)",
    "select 'a' as word, 1 as n, 2 as n": "two columns|columns that nobody expects: word, n, n",
}


@pytest.mark.parametrize("words", UNFIT)
def test_its_columns_are_those_of_its_contract(words: str, place: Place) -> None:
    place.load(
        f"connection lake = files {{ root: 'data' }}\ncontract word {{ word string, n bigint }}\n"
        f"view counted: word = raw {place.engine.name} () $$ {words} $$\ntable often in lake = from counted\n"
    )
    with pytest.raises(RunError, match=UNFIT[words]) as stopped:
        place.run()
    assert stopped.value.relation == "counted"


def test_inputs_are_called_as_they_are_named_or_by_their_last_name(place: Place) -> None:
    (place.folder / "oftra.toml").write_text('[project]\nname = "places"\nversion = "1.0.0"\n')
    (place.folder / "geo").mkdir()
    (place.folder / "geo" / "zones.oftra").write_text("view zones = from values (1), (2) as t (id)\n")
    place.load(
        "contract pair { id int, other int }\n"
        f"view pairs: pair = raw {place.engine.name} (geo.zones) $$\n"
        "  select a.id, b.id as other from {geo.zones} as a join {zones} as b on a.id < b.id\n$$\n"
    )
    assert place.query("from pairs") == [{"id": 1, "other": 2}]
