"""NaN is above every number on Flink too, whatever order rows come in, in batch and as a stream."""

from collections.abc import Callable
from itertools import permutations
from math import inf, isfinite, isnan, nan

import pytest
from flinks import as_stream

from oftra.diagnostics import Report
from oftra.ir.program import Program
from oftra.ir.read import read_rel
from oftra.project import installed

PROGRAM = Program("nan", "1", ())
ROWS: tuple[tuple[float | None, ...], ...] = ((nan, 1.0, inf), (nan, -1.0, None), (nan, nan, 0.5, -inf), (nan, nan))
ORDERS = [order for rows in ROWS for order in dict.fromkeys(permutations(rows))]

Ask = Callable[[str], list[tuple[object, ...]]]


def literal(value: float | None) -> str:
    if value is None:
        return "null:double"
    return f"{value}e0" if isfinite(value) else f"'{value}':double"


def given() -> str:
    """All orders of all rows, each order a group; `at` is the place in it."""
    rows = [
        f"({group}, {at}, {literal(value)})" for group, order in enumerate(ORDERS) for at, value in enumerate(order)
    ]
    return f"values (k#1 int not null, at#2 int not null, x#3 double) {' '.join(rows)}"


@pytest.fixture(scope="module", params=["batch", "stream"])
def ask(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    root = str(tmp_path_factory.mktemp("nan"))

    def asked(text: str) -> list[tuple[object, ...]]:
        rel = read_rel(text)
        if request.param == "stream":
            table = as_stream(PROGRAM, rel, root)
        else:
            engine = installed.find_engine("flink", Report())
            assert engine is not None
            session = engine.open(root)
            table = session.query(PROGRAM, rel, {})
            session.close()
        return sorted(zip(*[column.to_pylist() for column in table.columns]))

    return asked


def rising(order: tuple[float | None, ...]) -> list[float]:
    return sorted([x for x in order if x is not None], key=lambda x: (isnan(x), x))


def same(left: object, right: object) -> bool:
    return repr(left) == repr(right)


def test_the_greatest_and_the_least(ask: Ask) -> None:
    found = ask(
        f"{given()} | project k#1, x#3, f#4 float = cast(x#3 as float)"
        " | aggregate most#5 double = max(x#3), least#6 double = min(x#3), most_f#7 float = max(f#4),"
        " some#8 double = max(x#3) filter (greater(k#1, 5)) by k#1"
    )
    wanted = []
    for group, order in enumerate(ORDERS):
        least, *_, most = rising(order)
        wanted.append((group, most, least, most, most if group > 5 else None))
    assert same(found, wanted)


def test_of_columns(ask: Ask) -> None:
    pairs = [(a, b) for a in (nan, 1.0, None) for b in (nan, 2.0, None)]
    rows = " ".join(f"({at}, {literal(a)}, {literal(b)})" for at, (a, b) in enumerate(pairs))
    found = ask(
        f"values (k#1 int, a#2 double, b#3 double) {rows}"
        " | project k#1, most#4 double = greatest(a#2, b#3), least#5 double = least(a#2, b#3)"
    )
    wanted: list[tuple[object, ...]] = []
    for at, pair in enumerate(pairs):
        there = rising(pair)
        wanted.append((at, there[-1], there[0]) if there else (at, None, None))
    assert same(found, wanted)


@pytest.mark.parametrize("way", ["", " desc"])
def test_the_first_rows(way: str, ask: Ask) -> None:
    found = ask(
        f"{given()} | window n#4 bigint not null = row_number() over (partition by k#1 order by x#3{way} nulls last)"
        " | filter less_equal(n#4, 2:bigint) | project k#1, n#4, x#3"
    )
    wanted = []
    for group, order in enumerate(ORDERS):
        places = rising(order)[:: -1 if way else 1] + [None] * order.count(None)
        wanted += [(group, at + 1, x) for at, x in enumerate(places[:2])]
    assert same(found, wanted)
