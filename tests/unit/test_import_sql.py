"""`oftra import sql`: what statements of other dialects become, what is said of what they can't."""

import pytest
from cli_runs import Cli

CREATED = """
-- A shop, as its database has it.
create table customer (id integer primary key, "Name" varchar(80) not null, joined timestamp);
create table sale (
  sale_id bigint not null,
  line smallint not null,
  customer_id integer references customer (id),
  price numeric(10, 2) not null check (price >= 0),
  state text default 'open',
  constraint sale_key primary key (sale_id, line),
  constraint plausible check (price < 1000000)
);
create view dear as select s.customer_id, sum(price) from sale s where price > 100 group by 1;
create table totals (customer, total) as select customer_id, sum(price) from sale group by customer_id;
"""

PROGRAM = """
connection data = files { root: env('DATA', 'data'), format: parquet }

contract customer { id int primary key, Name string not null, joined datetime }

contract sale {
  sale_id     bigint         not null,
  line        smallint       not null,
  customer_id int            references customer (id),
  price       decimal(10, 2) not null  check (price >= 0),
  state       string         default 'open',
  primary key (sale_id, line),
  check (price < 1000000) as plausible,
}

source customer: customer from data { path: 'customer.parquet' }
source sale: sale from data { path: 'sale.parquet' }
"""


def test_tables_become_contracts_and_sources_and_views_views(cli: Cli) -> None:
    cli.put({"shop.sql": CREATED})
    done = cli("import", "sql", "shop.sql", "--dialect", "postgres")
    said = "wrote shop.oftra: 1 connection, 2 contracts, 2 sources, 1 view, 1 table\n"
    assert (done.status, done.out, done.err) == (0, said, "")
    written = (cli.folder / "shop.oftra").read_text()
    assert written.startswith(PROGRAM.lstrip())
    assert "sum_price" in written
    assert cli("check", "shop.oftra").status == 0


# dialect: what is written there, and the same here.
SAID = [
    ("postgres", "a::date", "cast(a as date)"),
    ("postgres", "a || b", "a || b"),
    ("postgres", "concat(a, 'x', b)", "coalesce(a, '') || 'x' || coalesce(b, '')"),
    ("postgres", "7 / 2", "div(7, 2)"),
    ("postgres", "7 / 2.0", "7 / 2.0"),
    ("duckdb", "7 / 2", "7 / 2"),
    ("duckdb", "7 // 2", "div(7, 2)"),
    ("postgres", r"a like 'x\_%'", r"a like 'x\_%' escape '\'"),
    ("duckdb", r"a not like 'x\_%'", r"a not like 'x\_%'"),
    ("postgres", "a ilike 'X%'", "lower(a) like lower('X%')"),
    ("postgres", "a is not distinct from b", "a is not distinct from b"),
    ("mysql", "a <=> b", "a is not distinct from b"),
    ("mysql", "date_add(d, interval 3 month)", "d + interval 3 months"),
    ("snowflake", "dateadd(day, 3, d)", "d + interval 3 days"),
    ("snowflake", "iff(a > b, 1, 2)", "case when a > b then 1 else 2 end"),
    ("snowflake", "nvl(a, b)", "coalesce(a, b)"),
    ("bigquery", "safe_cast(a as int64)", "try_cast(a as bigint)"),
    ("bigquery", "date_trunc(d, month)", "date_trunc('month', d)"),
    ("bigquery", "countif(a > b)", "count_if(a > b)"),
    ("tsql", "isnull(a, 'x')", "coalesce(a, 'x')"),
    ("spark", "substring(a, 2, 3)", "substring(a, 2, 3)"),
    ("duckdb", "xs[1]", "xs[1]"),
    ("postgres", "sum(n) filter (where a > b)", "sum(n) filter (where a > b)"),
    ("postgres", "string_agg(a, ',' order by b)", "string_agg(a, ',' order by b nulls last)"),
    ("spark", "rank() over (partition by a order by b desc)", "rank() over (partition by a order by b desc)"),
    (
        "postgres",
        "sum(n) over (order by b desc rows between 2 preceding and current row)",
        "sum(n) over (order by b desc nulls first rows between 2 preceding and current row)",
    ),
    ("duckdb", "lag(n ignore nulls) over w", "lag(n) ignore nulls over w"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "written", "said"), SAID)
def test_an_expression_says_the_same_here(dialect: str, written: str, said: str, cli: Cli) -> None:
    cli.put({"q.sql": f"select {written} as it from t"})
    done = cli("import", "sql", "q.sql", "--dialect", dialect, "-o", "-")
    assert (done.status, done.err) == (0, "")
    assert f" {said} as it" in " ".join(done.out.split())


# What is written, and what is said to be in the way.
LEFT = [
    ("select frobnicate(a) from t", "the function `frobnicate`"),
    ("select count(distinct a, b) from t", "`count(distinct a, b)`, a count of several columns"),
    ("select distinct on (a) a, b from t", "`distinct on`"),
    ("select a from t, u right join v on u.x = v.x", "a right join behind a comma"),
    ("select a from t natural join u", "`natural join`"),
    ("select a from t tablesample (10 percent)", "`sample` in"),
    ("select a from t limit 3 for update", "`locks` in"),
    ("create table t (a geometry)", "the type `geometry`"),
    ("create index i on t (a)", "`create index`"),
    ("insert into t select 1", "`insert`"),
]


@pytest.mark.parametrize(("written", "said"), LEFT)
def test_what_has_no_counterpart_is_told_and_the_rest_written(written: str, said: str, cli: Cli) -> None:
    cli.put({"q.sql": f"create view fine as select a from t;\n{written};"})
    done = cli("import", "sql", "q.sql", "--dialect", "postgres")
    assert done.status == 1
    assert f"not imported: {said.lower()}" in done.err.lower()
    assert "q.sql:2:1" in done.err
    assert "".join((cli.folder / "q.oftra").read_text().split()) == "viewfine=fromt|>selecta"


def test_wrong_use_is_told_and_nothing_is_written(cli: Cli) -> None:
    cli.put({"q.sql": "select 1 as one", "empty.sql": "-- nothing", "broken.sql": "select (1", "q.oftra": "-- mine"})
    for arguments, status, said in (
        (("q.sql",), 2, "`q.oftra` is there already"),
        (("q.sql", "--dialect", "postgre"), 2, "did you mean `postgres`?"),
        (("empty.sql",), 2, "`empty.sql` has nothing to import"),
        (("none.sql",), 1, "`none.sql` can't be read"),
        (("broken.sql",), 1, "this can't be read: expecting )"),
    ):
        done = cli("import", "sql", *arguments)
        assert done.status == status, done.err
        assert said in done.err
    assert list(cli.files()) == ["broken.sql", "empty.sql", "q.oftra", "q.sql"]
    assert (cli.folder / "q.oftra").read_text() == "-- mine"
    assert cli("import", "sql", "q.sql", "--force").status == 0


def test_divisions_that_may_be_of_integers_are_told(cli: Cli) -> None:
    cli.put({"q.sql": "select a / b as q from t"})
    done = cli("import", "sql", "q.sql", "--dialect", "postgres")
    assert done.status == 0
    assert "`a / b` is a double here" in done.err
