"""What the checker makes of a query: names, types, nullability and operators, as the text of the typed relation."""

from textwrap import dedent

import pytest

from oftra.check import check, check_query
from oftra.datatypes import show
from oftra.diagnostics import Report
from oftra.ir.program import Program
from oftra.ir.show import show_rel
from oftra.resolve import resolve
from oftra.resolve.model import Module, Resolved, Settings
from oftra.source import SourceFile
from oftra.syntax.parser import parse, parse_query

DECLARED = """
contract order_row { id int not null, customer int, total decimal(10, 2), placed timestamp, tags array<string> }
connection lake = files { root: 'data', format: parquet }
source orders: order_row from lake { path: 'orders.parquet' }
function net(x decimal(10, 2)) = x * 0.8
function latest(r relation { id int, ... }, n int = 1) =
  from r |> extend row_number() over (partition by id order by id desc) as place |> where place <= n |> drop place
param least decimal(10, 2) = 5
"""


def declared(text: str, settings: Settings | None = None) -> tuple[Resolved, Program, Report]:
    report = Report()
    modules = [Module("", parse(SourceFile("program.oftra", text), report))]
    resolved = resolve(modules, settings or Settings(), report)
    return resolved, check(resolved, report), report


def typed(text: str) -> str:
    resolved, program, report = declared(DECLARED)
    query = parse_query(SourceFile("query", text), report)
    assert query is not None
    rel = check_query(resolved, program, query, report)
    assert not list(report), [found.title for found in report]
    return show_rel(rel)


def columns(text: str) -> dict[str, str]:
    """The columns of a query's result, each with its type and ` not null`, as the text of the relation shows them."""
    resolved, program, report = declared(DECLARED)
    query = parse_query(SourceFile("query", text), report)
    assert query is not None
    rel = check_query(resolved, program, query, report)
    assert not list(report), [found.title for found in report]
    return {column.name: show(column.type) + ("" if column.nullable else " not null") for column in rel.columns}


TYPES = [
    # Literals take the narrowest type; what stands beside them decides the rest.
    ("1", "int not null"),
    ("2147483648", "bigint not null"),
    ("-9223372036854775808", "bigint not null"),
    ("9223372036854775808", "decimal(19, 0) not null"),
    ("0.92", "decimal(2, 2) not null"),
    ("12.50", "decimal(4, 2) not null"),
    ("1e3", "double not null"),
    ("'a'", "string not null"),
    ("null", "null"),
    ("x'00ff'", "binary not null"),
    ("timestamp '2026-01-31 10:00:00+02:00'", "timestamp not null"),
    ("[1, 2.5]", "array<decimal(2, 1)> not null"),
    ("struct(1 as a, total)", "struct<a: int, total: decimal(10, 2)> not null"),
    # Nullability: of the operands, of what may have no answer, of what can't be null.
    ("id + 1", "int not null"),
    ("customer + 1", "int"),
    ("id + 1.5", "decimal(12, 1) not null"),
    ("id / 2", "double not null"),
    ("2 / id", "double"),
    ("customer is null", "boolean not null"),
    ("coalesce(customer, 0)", "int not null"),
    ("nullif(id, 1)", "int"),
    ("case when id > 1 then 1 end", "int"),
    ("case when id > 1 then 1 else 2.5 end", "decimal(2, 1) not null"),
    ("case id when 1 then 'one' else 'many' end", "string not null"),
    ("try_cast('1' as int)", "int"),
    ("cast('1' as int)", "int not null"),
    ("net(total)", "decimal(12, 3)"),
    ("least", "decimal(10, 2) not null"),
    ("run.start", "timestamp not null"),
    ("tags[1]", "string"),
    ("(select max(id) as m from orders)", "int"),
    ("exists (from orders as o |> where o.id = orders.customer)", "boolean not null"),
    ("id in (from orders |> select id)", "boolean not null"),
    ("id in (from orders |> select customer)", "boolean"),
    ("placed > '2026-01-01'", "boolean"),
    ("placed between date '2026-01-01' and date '2026-02-01'", "boolean"),
    ("placed + interval 1 month", "timestamp"),
    ("transform(tags, t -> length(t))", "array<int>"),
    ("sum(id) over (partition by customer)", "bigint not null"),
    ("lag(id) over (order by id)", "int"),
    ("row_number() over (order by id)", "bigint not null"),
]


@pytest.mark.parametrize(("expression", "type_"), TYPES)
def test_the_type_of_an_expression(expression: str, type_: str) -> None:
    assert columns(f"from orders |> select {expression} as x") == {"x": type_}


NAMES = [
    ("from orders |> select id, total", "id total"),
    ("from orders |> select * except (tags), id + 1 as next", "id customer total placed next"),
    ("from orders |> select * replace (id + 1 as id)", "id customer total placed tags"),
    ("from orders as o |> select o.*", "id customer total placed tags"),
    ("from orders |> drop tags, placed |> rename total as amount", "id customer amount"),
    ("from orders |> extend total * 2 as double_total", "id customer total placed tags double_total"),
    ("from orders as a |> join orders as b on a.id = b.customer |> select a.id, b.id as other", "id other"),
    ("from orders as a |> join (from orders |> select id) as b using (id)", "id customer total placed tags"),
    ("from orders |> select id as a |> as o |> semi join orders as b on o.a = b.id", "a"),
    ("from orders |> aggregate count(*) as n group by customer", "customer n"),
    ("from orders |> aggregate count(*) as n group and order by customer as c desc, id + 1 as d", "c d n"),
    ("from orders |> aggregate group by customer", "customer"),
    ("from orders |> select id |> union all by name (from orders |> select id)", "id"),
    ("from orders, (values (1)) as t (y) |> select id, y", "id y"),
    ("from orders, unnest(tags) as tag with offset as at |> select id, tag, at", "id tag at"),
    ("from orders |> call tumble(placed, interval 1 hour) |> select window_end", "window_end"),
    ("from orders |> call latest |> select id", "id"),
    ("select customer, sum(total) as s from orders group by 1 having sum(total) > 3 order by s", "customer s"),
    ("select id from orders qualify row_number() over (partition by customer order by placed desc) = 1", "id"),
    ("select id from orders order by total desc, placed", "id"),
    ("select customer as c, count(*) as n from orders group by 1 order by max(total), n limit 3", "c n"),
    ("select a.id, b.total from orders as a join orders as b using (id), orders as c where c.id = a.id", "id total"),
    ("from orders as a |> join (orders as b join orders as c using (customer)) on b.id = a.id |> select c.id", "id"),
    ("with big as (from orders |> where total > 5) from big |> join big as again using (id) |> select id", "id"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "names"), NAMES)
def test_the_columns_of_a_query(query: str, names: str) -> None:
    assert " ".join(columns(query)) == names


RELATIONS = {
    "a later item is computed from an earlier one once": (
        "from (values (1)) as t (x) |> extend x + 1 as a, a * a as b",
        """
        values (x#1 int not null)
          (1)
        | project x#1, a#2 int not null = add(x#1, 1)
        | project x#1, a#2, b#3 int not null = multiply(a#2, a#2)
        """,
    ),
    "`order by` sorts by what the items leave out before they do": (
        "select x + 1 as next from (values (1, 2)) as t (x, y) order by y desc, next",
        """
        values (x#1 int not null, y#2 int not null)
          (1, 2)
        | project x#1, y#2, next#3 int not null = add(x#1, 1)
        | sort y#2 desc, next#3
        | project next#3
        """,
    ),
    "`order by` of groups may need aggregates of its own": (
        "select x from (values (1, 2)) as t (x, y) group by x order by sum(y), x",
        """
        values (x#1 int not null, y#2 int not null)
          (1, 2)
        | aggregate sum#3 bigint not null = sum(y#2)
          by x#1
        | sort sum#3, x#1
        | project x#1
        """,
    ),
    "decimals without a common type are compared in all digits behind the point": (
        "from (values (cast(1 as decimal(38, 0)), 0.5)) as t (x, y) |> where x > y |> select y",
        """
        values (x#1 decimal(38, 0) not null, y#2 decimal(1, 1) not null)
          (cast(1 as decimal(38, 0)), 0.5)
        | filter greater(cast(x#1 as decimal(38, 1)), cast(y#2 as decimal(38, 1)))
        | project y#2
        """,
    ),
    "an input column wins over an earlier item": (
        "from (values (1)) as t (x) |> select x + 1 as x, x * 2 as y",
        """
        values (x#1 int not null)
          (1)
        | project x#2 int not null = add(x#1, 1), y#3 int not null = multiply(x#1, 2)
        """,
    ),
    "what set replaced is still reachable by the alias": (
        "from (values (1)) as t (x) |> set x = x + 1 |> where t.x = 1",
        """
        values (x#1 int not null)
          (1)
        | project x#1, x#2 int not null = add(x#1, 1)
        | filter equal(x#1, 1)
        | project x#2
        """,
    ),
    "a full join coalesces the key of using": (
        "from (values (1, 2)) as a (k, v) |> full join (from (values (1, 3)) as b (k, w)) as b using (k)",
        """
        values (k#1 int not null, v#2 int not null)
          (1, 2)
        | full join (
            values (k#3 int not null, w#4 int not null)
              (1, 3)
          ) on equal(k#1, k#3)
        | project k#1, v#2, k#3, w#4, k#5 int not null = coalesce(k#1, k#3){int}
        | project k#5, v#2, w#4
        """,
    ),
    "expressions over aggregates and keys": (
        "from (values (1, 2)) as t (k, v) |> aggregate sum(v) / count(*) as mean, sum(v) + k as next group by k",
        """
        values (k#1 int not null, v#2 int not null)
          (1, 2)
        | aggregate sum#3 bigint not null = sum(v#2), count#4 bigint not null = count()
          by k#1
        | project
            k#1,
            sum#3,
            count#4,
            mean#5 double = divide(sum#3, count#4),
            next#6 bigint not null = add(sum#3, widen(k#1 as bigint))
        | project k#1, mean#5, next#6
        """,
    ),
    "rollup is the sets of its beginnings": (
        "from (values (1, 2)) as t (k, v) |> aggregate count(*) as n group by rollup (k, v)",
        """
        values (k#1 int not null, v#2 int not null)
          (1, 2)
        | aggregate n#5 bigint not null = count()
          by k#3 int = k#1, v#4 int = v#2 sets ((0, 1), (0), ())
        """,
    ),
    "set operations convert to the type that all share": (
        "from (values (1)) as t (x) |> union all (from (values (2.5)) as u (y))",
        """
        union all (x#3 decimal(11, 1) not null)
          (
            values (x#1 int not null)
              (1)
            | project x#4 decimal(11, 1) not null = widen(x#1 as decimal(11, 1))
          )
          (
            values (y#2 decimal(2, 1) not null)
              (2.5)
            | project y#5 decimal(11, 1) not null = widen(y#2 as decimal(11, 1))
          )
        """,
    ),
}


@pytest.mark.parametrize("case", RELATIONS)
def test_the_typed_relation(case: str) -> None:
    query, expected = RELATIONS[case]
    assert typed(query).strip() == dedent(expected).strip()
