"""What may be relied on of a relation: keys, bounds, changes, event time; each on the shortest one that has it."""

from collections.abc import Mapping

import pytest

from oftra.ir.expr import Duration
from oftra.ir.facts import interface
from oftra.ir.program import Interface
from oftra.ir.read import read_rel
from oftra.ir.show_program import show_interface

MINUTES = 60_000_000

KNOWN: Mapping[str, Interface] = {
    # A table of keys, one without, a stream, and a stream that changes by key.
    "orders": Interface((), keys=(("id",), ("who", "day"))),
    "log": Interface(()),
    "rides": Interface((), False, "append", (("ride",),), "at", Duration(micros=10 * MINUTES)),
    "trips": Interface((), False, "append", (), "at", Duration(micros=5 * MINUTES)),
    "state": Interface((), False, "upsert", (("id",),)),
}

ORDERS = "scan orders (id#1 bigint not null, who#2 int, day#3 date)"
OTHERS = "scan orders (id#11 bigint not null, who#12 int, day#13 date)"
LOG = "scan log (x#21 bigint, y#22 int)"
RIDES = "scan rides (ride#1 bigint not null, at#2 timestamp, zone#3 int)"
TRIPS = "scan trips (trip#31 bigint not null, at#32 timestamp, zone#33 int)"
STATE = "scan state (id#41 bigint not null, n#42 int)"
TUMBLE = "| tumble start#51 timestamp not null, end#52 timestamp not null = (at#2, interval 1 hour)"
COUNT = "| aggregate n#61 bigint not null = count()"

# A pair of rows is told by a key of each; a pair of keys that may both be null does not tell what found no partner.
PAIRS = "bounded append, key (id, id), key (id, who, day), key (who, day, id)"

BOUNDED = [
    # keys of what is scanned, kept, lost and renamed
    (ORDERS, "bounded append, key (id), key (who, day)"),
    (LOG, "bounded append"),
    ("scan orders (who#2 int, day#3 date)", "bounded append, key (who, day)"),
    (f"{ORDERS} | project no#4 bigint not null = id#1, who#2", "bounded append, key (no)"),
    (f"{ORDERS} | project half#4 bigint = div(id#1, 2:bigint)", "bounded append"),
    (f"{ORDERS} | sort id#1 | limit 5 | filter less(who#2, 3) | step s", "bounded append, key (id), key (who, day)"),
    # one value only
    (f"{ORDERS} | filter equal(who#2, 3)", "bounded append, key (id), key (day)"),
    (f"{ORDERS} | filter and(equal(id#1, 3:bigint), less(who#2, 3))", "bounded append, key ()"),
    (f"{ORDERS} | filter equal(widen(who#2 as bigint), 3:bigint)", "bounded append, key (id), key (day)"),
    (f"{ORDERS} | filter or(equal(who#2, 3), less(who#2, 3))", "bounded append, key (id), key (who, day)"),
    (f"{LOG} | limit 1", "bounded append, key ()"),
    ("values (a#1 int) (1)", "bounded append, key ()"),
    ("values (a#1 int) (1) (2)", "bounded append"),
    # made
    (f"{LOG} {COUNT} by y#22, z#23 bigint = x#21", "bounded append, key (y, z)"),
    (f"{LOG} {COUNT}", "bounded append, key ()"),
    (f"{LOG} {COUNT} by y#22 sets ((0), ())", "bounded append"),
    (f"{LOG} | distinct", "bounded append, key (x, y)"),
    (
        f"{LOG} | window r#9 bigint not null = row_number() over (partition by y#22 order by x#21)",
        "bounded append, key (y, r)",
    ),
    (
        f"{LOG} | window r#9 bigint not null = row_number() over (partition by y#22 order by x#21)"
        " | filter equal(r#9, 1:bigint)",
        "bounded append, key (y)",
    ),
    (f"{LOG} | window r#9 bigint not null = rank() over (partition by y#22 order by x#21)", "bounded append"),
    (
        f"{ORDERS} | unnest e#5 int, i#6 bigint not null = array(1, 2){{array<int>}}",
        "bounded append, key (id, i), key (who, day, i)",
    ),
    (f"{ORDERS} | unnest e#5 int = array(1, 2){{array<int>}}", "bounded append"),
    # joined
    (
        f"{ORDERS} | left join ({OTHERS}) on equal(widen(who#2 as bigint), id#11)",
        "bounded append, key (id), key (who, day)",
    ),
    (f"{LOG} | left join ({OTHERS}) on equal(x#21, id#11)", "bounded append"),
    (f"{ORDERS} | inner join ({LOG}) on equal(id#1, x#21)", "bounded append"),
    (f"{ORDERS} | inner join ({OTHERS}) on less(id#1, id#11)", PAIRS + ", key (who, day, who, day)"),
    (f"{ORDERS} | full join ({OTHERS}) on equal(id#1, id#11)", PAIRS),
    (f"{ORDERS} | semi join ({LOG}) on equal(id#1, x#21)", "bounded append, key (id), key (who, day)"),
    (f"{ORDERS} | cross join ({LOG} {COUNT})", "bounded append, key (id), key (who, day)"),
    # combined
    (f"union all (v#71 bigint) ({ORDERS} | project id#1) ({OTHERS} | project id#11)", "bounded append"),
    (f"union (v#71 bigint) ({ORDERS} | project id#1) ({OTHERS} | project id#11)", "bounded append, key (v)"),
    (f"except all (v#71 bigint) ({ORDERS} | project id#1) ({LOG} | project x#21)", "bounded append, key (v)"),
    (f"intersect all (v#71 bigint) ({LOG} | project x#21) ({ORDERS} | project id#1)", "bounded append, key (v)"),
    # promised, and enforced
    (
        "read r (a#1 int, b#2 int) | checked (a#1 int not null, b#2 int) rule 'k' unique fail (a#1)",
        "bounded append, key (a)",
    ),
    (
        "read r (a#1 int, b#2 int) | checked (a#1 int not null, b#2 int) rule 'k' unique warn (a#1)",
        "bounded append",
    ),
    ("read r (a#1 int, b#2 int) | checked (a#1 int, b#2 int) rule 'k' unique fail (b#2)", "bounded append"),
    ("opaque duckdb '' (id#81 bigint) scan orders (id#1 bigint not null)", "bounded append"),
]

IN_TIME = ", event time at, watermark interval 10 minutes"
SOON = "between(at#32, subtract(at#2, interval 5 minutes), add(at#2, interval 5 minutes))"

UNBOUNDED = [
    (RIDES, "unbounded append, key (ride)" + IN_TIME),
    (f"{RIDES} | filter less(zone#3, 3) | project at#2, zone#3", "unbounded append" + IN_TIME),
    (f"{RIDES} | project ride#1", "unbounded append, key (ride)"),
    # aggregates
    (f"{RIDES} {COUNT} by zone#3", "unbounded upsert, key (zone)"),
    (f"{RIDES} {COUNT}", "unbounded retract, key ()"),
    (f"{RIDES} {TUMBLE}", f"unbounded append, key (ride){IN_TIME}, window (start, end)"),
    (f"{RIDES} {TUMBLE} {COUNT} by zone#3", "unbounded upsert, key (zone)"),
    (f"{RIDES} {TUMBLE} {COUNT} by start#51", "unbounded append, key (start)"),
    (
        f"{RIDES} {TUMBLE} {COUNT} by zone#3, start#51, to#53 timestamp not null = end#52",
        "unbounded append, key (zone, start, to), event time to, watermark interval 10 minutes, window (start, to)",
    ),
    (f"{STATE}", "unbounded upsert, key (id)"),
    (f"{STATE} | project n#42", "unbounded retract"),
    (f"{STATE} {COUNT} by n#42", "unbounded upsert, key (n)"),
    # joins
    (
        f"{RIDES} | left join ({OTHERS}) on equal(zone#3, who#12)",
        "unbounded append, key (ride, id), key (ride, who, day)" + IN_TIME,
    ),
    (f"{RIDES} | inner join ({TRIPS}) on equal(zone#3, zone#33)", "unbounded append"),
    (f"{RIDES} | left join ({TRIPS}) on equal(zone#3, zone#33)", "unbounded retract"),
    (f"{RIDES} | left join ({TRIPS}) on and(equal(zone#3, zone#33), {SOON})", "unbounded append" + IN_TIME),
    (f"{RIDES} | left join ({TRIPS}) on greater(at#2, at#32)", "unbounded retract"),
    (f"{RIDES} | anti join ({TRIPS}) on equal(zone#3, zone#33)", "unbounded upsert, key (ride)"),
    (f"{RIDES} | semi join ({TRIPS}) on equal(zone#3, zone#33)", "unbounded append, key (ride)"),
    (f"{RIDES} | semi join ({LOG}) on equal(zone#3, y#22)", "unbounded append, key (ride)" + IN_TIME),
    # functions over a window
    (
        f"{RIDES} | window r#9 bigint not null = row_number() over (partition by zone#3 order by at#2)",
        f"unbounded append, key (ride), key (zone, r){IN_TIME}",
    ),
    (
        f"{RIDES} | window r#9 bigint not null = row_number() over (partition by zone#3 order by at#2 desc)",
        f"unbounded upsert, key (ride), key (zone, r){IN_TIME}",
    ),
    (
        f"{TRIPS} | window r#9 bigint = lead(zone#33) over (order by at#32){{bigint}}",
        "unbounded retract, event time at, watermark interval 5 minutes",
    ),
    # the rest
    (f"{RIDES} | limit 3", "unbounded upsert, key (ride)" + IN_TIME),
    (
        f"union all (v#71 timestamp) ({RIDES} | project at#2) ({TRIPS} | project at#32)",
        "unbounded append, event time v, watermark interval 10 minutes",
    ),
    (f"union all (v#71 int) ({RIDES} | project zone#3) ({TRIPS} | project zone#33)", "unbounded append"),
    (f"union (v#71 int) ({RIDES} | project zone#3) ({TRIPS} | project zone#33)", "unbounded append, key (v)"),
    (f"except (v#71 int) ({RIDES} | project zone#3) ({TRIPS} | project zone#33)", "unbounded upsert, key (v)"),
    ("opaque duckdb '' (n#81 int) scan rides (ride#1 bigint not null)", "unbounded retract"),
]


@pytest.mark.parametrize(("text", "facts"), BOUNDED + UNBOUNDED, ids=lambda text: text.replace("\n", " "))
def test_what_may_be_relied_on(text: str, facts: str) -> None:
    assert show_interface(interface(read_rel(text), KNOWN)) == facts
