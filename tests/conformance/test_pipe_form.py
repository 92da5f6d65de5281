"""`oftra fmt --pipe`: a standard query in pipe form gives the same columns and rows, and is in pipe form for good."""

import re

import pytest

import oftra
from oftra.diagnostics import Report
from oftra.source import SourceFile
from oftra.syntax.format import format_query
from oftra.syntax.parser import parse_query
from oftra.syntax.pipe_form import piped

TABLES = """
view t =
  from values (1, 'a', 10, 1.50), (2, 'a', 20, 2.50), (3, 'b', 30, 0.25), (4, 'b', null, 4.00), (5, 'c', 50, null)
    as t (id, k, v, price)
view u = from values ('a', 1), ('b', 3), ('d', 4) as u (k, w)
"""

QUERIES = [
    "select id, v + 1 as more from t where v > 10",
    "select * from t order by price desc, id",
    "select * except (v) replace (id * 2 as id) from t where k <> 'c'",
    "select distinct k from t order by k",
    "select t.id, u.w from t join u on u.k = t.k order by t.id",
    "select k, w from t left join u using (k) order by k, w",
    "select t.id from t, u where t.k = u.k and u.w > 1 order by 1",
    "select a.id, b.id as other from t as a join (t as b join u using (k)) on a.k = b.k order by 1, 2",
    # An order by what no item shows, by what items are called, by both.
    "select id from t order by v desc nulls last, id limit 2",
    "select v * 2 as doubled from t order by -id, doubled",
    "select id as v from t order by v desc",
    "select v + id as sum_of_both, id from t order by 1 desc, 2 limit 3 offset 1",
    # Groups: keys by expression, alias, position and qualified; aggregates shown, hidden, in expressions.
    "select k, count(*) as n from t group by k order by k",
    "select count(*) as n, k from t group by k order by n, k",
    "select t.k, max(t.v) as top from t group by t.k having count(*) > 1 order by max(t.v)",
    "select id % 2 as odd, sum(v) as s from t group by odd order by odd",
    "select id % 2 as odd, sum(v) as s from t group by 1 having s > 1 order by 2",
    "select id % 2 + 1 as next, sum(v) / count(*) as mean from t group by id % 2 order by mean",
    "select sum(v) as s from t",
    "select sum(v) + 1 as s, 'all' as what from t having count(*) > 3",
    "select max(k) as k from t group by k order by k",
    "select k from t group by k order by sum(v), k",
    "select distinct count(*) as n from t group by k order by n",
    "select k, id % 2 as odd, count(*) as n from t group by rollup (k, odd) order by n, k, odd",
    "select k, v, count(*) as n from t group by rollup (k, v) order by k, v, n",
    "select k, count(v) filter (where id > 2) as late, count(distinct price) as prices from t group by k order by k",
    "select k, sum(v) as s from t group by k having sum(v) > (select avg(v) from t) order by s",
    # Windows, alone, over groups, named, and what `qualify` asks of them.
    "select id, sum(v) over (partition by k order by id) as running from t order by id",
    "select k, rank() over (order by sum(v) desc) as place from t group by k order by k",
    "select id, lag(id) over w as before from t window w as (partition by k order by id) order by id",
    "select id from t qualify row_number() over (partition by k order by id desc) = 1 order by id",
    "select * from t qualify row_number() over (partition by k order by id desc) = 1",
    "select id, row_number() over (partition by k order by id) as place from t qualify place = 1 order by id",
    # Set operations and `with`.
    "with recursive r (n) as (select 1 as n union all select n + 1 as n from r where n < 5) select n from r order by n",
    "select k, s from (select 'a' as k, 1 + 1 as s) order by k",
    "select k from t union all select k from u order by k",
    "select k from t union select k from u except select k from u where w > 3 order by 1",
    "select k from t intersect select k from u order by 1 limit 1",
    "(select k from t order by id limit 1) union all select k from u union all select 'z' as k from u order by 1",
    "with big as (select k, sum(v) as s from t group by k) select k from big where s > 10 order by k",
    # Queries within.
    "select id from t where exists (select * from u where u.k = t.k and u.w > 1) order by id",
    "select id, (select max(w) from u where u.k = t.k) as top from t order by id",
    "select id from (select id, v from t where v > 10) as inner_rows order by id",
    "select id from t where k in (select k from u group by k having count(*) = 1) order by id",
]  # fmt: skip


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> oftra.Program:
    path = tmp_path_factory.mktemp("pipes") / "tables.oftra"
    path.write_text(TABLES)
    return oftra.load(path)


def in_pipes(query: str) -> str:
    tree = parse_query(SourceFile("query", query), Report())
    assert tree is not None
    made = piped(tree)
    text = format_query(made)
    again = parse_query(SourceFile("query", text), Report())
    assert again == made, text
    assert piped(again) is again, text
    return text


@pytest.mark.parametrize("query", QUERIES)
def test_the_same_columns_and_rows(query: str, program: oftra.Program) -> None:
    text = in_pipes(query)
    assert not re.search(r"(?<!\|> )\bselect\b", text), text
    before, after = program.query(query), program.query(text)
    assert before.schema == after.schema, text
    rows = before.to_pylist()
    assert rows
    if "order by" in query.rpartition(")")[2]:
        assert after.to_pylist() == rows, text
    else:
        assert sorted(map(str, after.to_pylist())) == sorted(map(str, rows)), text


UNTOLD = [
    # `odd` in `qualify` may be the item or a column of the rows: which, only a look at the rows tells.
    "select id % 2 as odd from t qualify odd = 1 and row_number() over (order by id) < 3",
]


@pytest.mark.parametrize("query", UNTOLD)
def test_what_words_alone_do_not_tell_stays(query: str) -> None:
    tree = parse_query(SourceFile("query", query), Report())
    assert piped(tree) is tree
