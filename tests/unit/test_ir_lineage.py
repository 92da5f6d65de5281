"""Where the values of columns come from."""

from oftra.ir.read_program import read_program
from oftra.lineage import direct_lineage, lineage

PROGRAM = read_program("""
program p '1'

source rides in bus is unbounded append
= read rides (id#1 bigint, zone#2 int, fare#3 decimal(10, 2), tip#4 decimal(10, 2), tags#5 array<string>, at#6 date)

source zones in lake is bounded append
= read zones (zone#1 int, borough#2 string)

view paid is unbounded append
= scan rides (id#1 bigint, zone#2 int, fare#3 decimal(10, 2), tip#4 decimal(10, 2), tags#5 array<string>, at#6 date)
| filter greater(tip#4, 0.00:decimal(10, 2))
| project zone#2, total#7 decimal(11, 2) = add(fare#3, tip#4), tags#5, at#6, n#8 int not null = 1

table report in lake is bounded append
= scan paid (zone#2 int, total#7 decimal(11, 2), at#6 date)
| left join (scan zones (zone#11 int, borough#12 string)) on equal(zone#2, zone#11)
| tumble start#13 timestamp not null, end#14 timestamp not null = (at#6, interval 1 hour)
| aggregate n#15 bigint not null = count(), sum#16 decimal(21, 2) = sum(total#7) filter (is_null(zone#2))
  by borough#12, start#13

table labels in lake is bounded append
= scan paid (tags#5 array<string>, n#8 int not null)
| unnest tag#21 string = tags#5
| project tag#21, loud#22 array<string> = transform(tags#5, (t#23 string) -> upper(t#23)), n#8

table all in lake is bounded append
= union all (x#31 string, y#32 int)
  (scan labels (tag#33 string, n#34 int))
  (scan zones (zone#35 int, borough#36 string) | project borough#36, zone#35)
| project x#31, y#32, known#37 boolean not null = exists (scan zones (zone#38 int) | filter equal(zone#38, y#32)),
  most#39 int = scalar (scan paid (zone#40 int) | aggregate m#41 int = max(zone#40))

view own is bounded append
= opaque duckdb 'select * from {zones}' (a#51 int, b#52 int) scan zones (zone#53 int, borough#54 string)
""")


def test_lineage_goes_through_to_sources() -> None:
    found = {f"{relation}.{column}": sorted(origins) for (relation, column), origins in lineage(PROGRAM).items()}
    zone, borough = ("zones", "zone"), ("zones", "borough")
    assert {name: origins for name, origins in found.items() if not name.startswith(("rides", "zones"))} == {
        "paid.zone": [("rides", "zone")],
        "paid.total": [("rides", "fare"), ("rides", "tip")],
        "paid.tags": [("rides", "tags")],
        "paid.at": [("rides", "at")],
        "paid.n": [],
        "report.borough": [borough],
        "report.start": [("rides", "at")],
        "report.n": [],
        "report.sum": [("rides", "fare"), ("rides", "tip"), ("rides", "zone")],
        "labels.tag": [("rides", "tags")],
        "labels.loud": [("rides", "tags")],
        "labels.n": [],
        "all.x": [("rides", "tags"), borough],
        "all.y": [zone],
        "all.known": [zone],
        "all.most": [("rides", "zone")],
        "own.a": [borough, zone],
        "own.b": [borough, zone],
    }
    assert found["rides.fare"] == [("rides", "fare")]


def test_direct_lineage_stops_at_what_is_scanned() -> None:
    found = direct_lineage(PROGRAM)
    assert found["report", "sum"] == {("paid", "total"), ("paid", "zone")}
    assert found["all", "x"] == {("labels", "tag"), ("zones", "borough")}
    assert found["rides", "fare"] == frozenset()
