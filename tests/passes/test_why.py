"""What is told of the passes: each change with the fact that it rests on, and that fact with what proves it."""

from pathlib import Path

import pytest

import oftra
from oftra.optimize.why import stories

PROGRAM = """\
contract order {
  id       int not null,
  region   string not null,
  customer string references customers (name),
  price    decimal(6, 2),
  primary key (id),
}
contract customer { name string primary key, city string }
connection here = files { root: '.' }
source orders: order from here { path: 'orders.parquet' }
source doubtful: order from here { path: 'doubtful.parquet' } on invalid warn
source customers: customer from here { path: 'customers.parquet' }
view named = from orders |> where customer is not null |> select id, region, customer
view regions = from orders |> aggregate count(*) as orders group by region
"""

# what it shows: the query of a table `t`, and what is told of it
CASES: dict[str, tuple[str, list[str]]] = {
    "a rule makes a column never null": (
        "from orders |> select region is null as x",
        ["simplify: is_null(region#2)  =>  false", "`region` is never null: rule 'region not null' of source `orders`"],
    ),
    "a rule that only warns proves nothing": ("from doubtful |> select region is null as x", []),
    "through a view that became a step": (
        "from named |> select coalesce(region, customer) as x, id",
        [
            "simplify: coalesce(region#2, customer#3)",
            "`region` is never null: rule 'region not null' of source `orders`",
        ],
    ),
    "what is computed is made of columns": (
        "from orders |> extend id + 1 as next |> where next is not null |> select next",
        ["is_null(next#5)  =>  false", "`next` is never null: computed: `id` is never null (rule 'id not null'"],
    ),
    "a count": (
        "from regions |> select coalesce(orders, 0) as x",
        ["coalesce(orders#", "`orders` is never null: `count` always has a value"],
    ),
    "both sides of a null-safe comparison": (
        "from orders |> where region is distinct from cast(id as string) |> select id",
        [
            "  =>  not_equal(region#2, ",
            "`id` is never null: rule 'id not null' of source `orders`",
            "`region` is never null: rule 'region not null' of source `orders`",
        ],
    ),
    "an outer join takes the proof away": (
        "from named as n |> left join orders as o on n.id = o.id |> select o.region is null as x, n.id",
        [],
    ),
    "a union holds what both hold": (
        "from (select id from orders) |> union all (select 1 as id from orders) |> extend id is null as x",
        ["`id` is never null: rule 'id not null' of source `orders` and it is a constant"],
    ),
    "distinct over a primary key": (
        "from orders |> select distinct id, region",
        [
            "remove_trivial: distinct over a key  =>  nothing",
            "no two rows agree in (id): rule 'primary key (id)' of source `orders`",
        ],
    ),
    "distinct after grouping": (
        "from orders |> aggregate count(*) as n group by region |> distinct",
        ["no two rows agree in (region): a row a group by region"],
    ),
    "distinct over a join": (
        "from orders as a |> join orders as b on a.id = b.id |> select a.id, b.region |> distinct",
        ["no two rows agree in (id): rule 'primary key (id)' of source `orders`"],
    ),
    "a join of which nothing is needed": (
        "from orders |> left join customers on name = customer |> select id",
        [
            "prune_columns: left join  =>  nothing: no column of it is needed",
            "no two agree in (name): rule 'primary key (name)' of source `customers`",
        ],
    ),
    "a join of what is referred to": (
        "from orders |> join customers on name = customer |> select id",
        [
            "prune_columns: join of `customers`  =>  nothing: no column of it is needed",
            "references `customers`, where no two rows agree: rule 'primary key (name)' of source `customers`",
        ],
    ),
    "a reference of which a rule only warns proves nothing": (
        "from doubtful |> join customers on name = customer |> select id",
        [],
    ),
    "an outer join of which an inner one is needed": (
        "from orders |> left join customers on name = customer |> where city = 'Rome' |> select id, city",
        ["narrow_joins: left join  =>  inner join: only rows are needed in which `city` is there"],
    ),
    "the first rows before a left join": (
        "from orders |> left join customers on name = customer |> order by id |> limit 3 |> select id, city",
        [
            "push_limits: limit of a left join  =>  limit of its left side",
            "rule 'primary key (name)' of source `customers`",
        ],
    ),
    "a count of different keys": (
        "from orders |> aggregate count(distinct id) as n group by region",
        ["remove_distinct: count(distinct x)  =>  count(x)", "rule 'primary key (id)' of source `orders`"],
    ),
    "in a query inside an expression": (
        "from orders as o |> where exists (from orders as i |> where i.id = o.id and i.region is not null)",
        ["simplify: ", "`region` is never null: rule 'region not null' of source `orders`"],
    ),
    "a pass without a fact is named by what it does": (
        "from orders |> aggregate count(*) as n group by region |> where region = 'x'",
        [
            "push_filters: operator | filter c  =>  filter c | operator",
            "prune_columns: without id, customer, price: nothing",
        ],
    ),
}


def told(folder: Path, query: str) -> str:
    path = folder / "program.oftra"
    path.write_text(f"{PROGRAM}table t in here = {query}\n", encoding="utf-8")
    lines = []
    for story in stories(oftra.load(path).ir):
        for one in story.done:
            lines.append(f"{story.relation.name}: {one.pass_name}: {one.what}")
            lines += [f"{fact.claim}: {fact.proof}" for fact in one.facts]
    return "\n".join(lines)


@pytest.mark.parametrize("case", CASES)
def test_a_change_is_told_with_its_fact(case: str, tmp_path: Path) -> None:
    query, wanted = CASES[case]
    found = told(tmp_path, query)
    for part in wanted:
        assert part in found, found
    if not wanted:
        assert "never null" not in found and "no two rows" not in found, found


def test_what_went_elsewhere_is_told(tmp_path: Path) -> None:
    found = told(tmp_path, "from named |> select id")
    assert "t: inline_views: `named` became a part of it: nothing else reads it" in found
    assert "regions: remove_dead: nothing that is built needs it" in found
