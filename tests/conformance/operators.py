"""Every operator of the language in queries over a small program, with the rows that each means."""

PROGRAM = """
view people =
  from values (1, 'Ann', 'North', null), (2, 'Bob', null, 1), (3, 'Cy', 'South', 1), (4, 'Di', 'North', 2)
    as t (id int, name string, region string, boss int)

view orders =
  from values (10, 1, 5.00), (11, 1, 7.50), (12, 2, null), (13, null, 1.00), (14, 9, 2.25)
    as t (number int, person int, amount decimal(5, 2))

view readings =
  from values ('a', 1, 10), ('a', 2, null), ('a', 4, 30), ('b', 1, 5), ('b', 2, 5)
    as t (sensor string, at int, level int)

view visits =
  from values ('x', timestamp '2026-01-01 10:05:00Z'), ('x', timestamp '2026-01-01 10:20:00Z'),
    ('y', timestamp '2026-01-01 10:50:00Z'), ('x', timestamp '2026-01-01 12:00:00Z'), ('y', null)
    as t (who string, at timestamp)

view baskets =
  from values (1, ['fig', 'pear']), (2, []), (3, null), (4, ['fig', null])
    as t (id int, fruits array<string>)

function dearest(r relation { amount decimal(5, 2), ... }) = from r |> order by amount desc |> limit 1
"""

OPERATORS: dict[str, dict[str, str]] = {
    "`where`": {
        "from people |> where region = 'North' and id > 1 |> select name": "(Di)",
        "from people |> where not (boss > 1) |> select name": "(Bob)  (Cy)",
    },
    "`select`": {
        "from people |> select id * 2 as double, name || '!' as loud |> where double > 4": "(6, Cy!)  (8, Di!)",
        "from people |> select * except (region, boss) |> select * replace (upper(name) as name)": (
            "(1, ANN)  (2, BOB)  (3, CY)  (4, DI)"
        ),
        "from people |> select distinct region": "(None)  (North)  (South)",
        "from people |> select id as first, first + 1 as second": "(1, 2)  (2, 3)  (3, 4)  (4, 5)",
    },
    "`extend`, `set`, `drop`, `rename`, `as`": {
        "from people |> extend id + 1 as next |> drop region, boss |> where next > 3": "(3, Cy, 4)  (4, Di, 5)",
        "from people |> set region = coalesce(region, 'nowhere'), boss = id |> drop id": (
            "(Ann, North, 1)  (Bob, nowhere, 2)  (Cy, South, 3)  (Di, North, 4)"
        ),
        "from people |> rename name as called |> as p |> select p.called |> where called like '_i'": "(Di)",
    },
    "`aggregate`": {
        "from orders |> aggregate count(*) as n, sum(amount) as total, avg(amount) as mean, max(number) as last": (
            "(5, 15.75, 3.9375, 14)"
        ),
        "from orders |> where number > 99 |> aggregate count(*) as n, sum(amount) as total": "(0, None)",
        "from orders |> aggregate count(amount) as n, sum(amount) as total group by person": (
            "(1, 2, 12.50)  (2, 0, None)  (9, 1, 2.25)  (None, 1, 1.00)"
        ),
        "from people |> aggregate count(distinct region) as n, count(*) filter (where boss = 1) as led": "(2, 2)",
        "from people |> aggregate array_agg(name order by id desc) as names group by region": (
            "(None, (Bob))  (North, (Di, Ann))  (South, (Cy))"
        ),
        "from people |> aggregate string_agg(name, ', ' order by name) as names group and order by region desc": (
            "(None, Bob)  (North, Ann, Di)  (South, Cy)"
        ),
        "from people |> aggregate group by region": "(None)  (North)  (South)",
    },
    "`grouping sets`, `rollup`, `cube`": {
        "from people |> aggregate count(*) as n group by rollup (region, boss)": (
            "(None, 1, 1)  (None, None, 1)  (None, None, 4)  (North, 2, 1)  (North, None, 1)  (North, None, 2)  "
            "(South, 1, 1)  (South, None, 1)"
        ),
        "from people |> aggregate count(*) as n, max(id) as last group by cube (region, boss)": (
            "(None, 1, 1, 2)  (None, 1, 2, 3)  (None, 2, 1, 4)  (None, None, 1, 1)  (None, None, 1, 2)  (None, "
            "None, 4, 4)  (North, 2, 1, 4)  (North, None, 1, 1)  (North, None, 2, 4)  (South, 1, 1, 3)  (South, "
            "None, 1, 3)"
        ),
        "from people |> aggregate sum(id) as ids group by grouping sets ((region), (boss), ())": (
            "(None, 1, 5)  (None, 2, 4)  (None, None, 1)  (None, None, 10)  (None, None, 2)  (North, None, 5)  "
            "(South, None, 3)"
        ),
        "from people |> where id > 9 |> aggregate count(*) as n group by rollup (region)": "(None, 0)",
    },
    "`join`": {
        "from people |> join orders on id = person |> select name, amount": "(Ann, 5.00)  (Ann, 7.50)  (Bob, None)",
        "from people |> join orders on id <= person and amount > 2 |> select name, number": (
            "(Ann, 10)  (Ann, 11)  (Ann, 14)  (Bob, 14)  (Cy, 14)  (Di, 14)"
        ),
        "from people as p |> join people as b on p.boss = b.id |> select p.name as who, b.name as boss": (
            "(Bob, Ann)  (Cy, Ann)  (Di, Bob)"
        ),
        "from people |> select id, name |> join (from orders |> select person as id, number) using (id)": (
            "(1, Ann, 10)  (1, Ann, 11)  (2, Bob, 12)"
        ),
    },
    "`left`, `right`, `full join`": {
        "from people |> left join orders on id = person |> select name, number": (
            "(Ann, 10)  (Ann, 11)  (Bob, 12)  (Cy, None)  (Di, None)"
        ),
        "from people |> right join orders on id = person |> select name, number": (
            "(Ann, 10)  (Ann, 11)  (Bob, 12)  (None, 13)  (None, 14)"
        ),
        "from people |> full join orders on id = person |> select name, number": (
            "(Ann, 10)  (Ann, 11)  (Bob, 12)  (Cy, None)  (Di, None)  (None, 13)  (None, 14)"
        ),
        "from people |> left join orders on id = person and amount > 6 |> select name, amount": (
            "(Ann, 7.50)  (Bob, None)  (Cy, None)  (Di, None)"
        ),
        "from orders |> select person as id, number |> full join people using (id) |> select id, number, name": (
            "(1, 10, Ann)  (1, 11, Ann)  (2, 12, Bob)  (3, None, Cy)  (4, None, Di)  (9, 14, None)  (None, 13, None)"
        ),
    },
    "`cross`, `semi`, `anti join`": {
        "from people |> where id < 3 |> select name |> cross join (from values (1), (2) as t (n))": (
            "(Ann, 1)  (Ann, 2)  (Bob, 1)  (Bob, 2)"
        ),
        "from people |> semi join orders on id = person |> select name": "(Ann)  (Bob)",
        "from people |> anti join orders on id = person |> select name": "(Cy)  (Di)",
        "from people as p |> anti join people as b on b.boss = p.id |> select name": "(Cy)  (Di)",
    },
    "`join lateral`": {
        "from people |> join lateral (from orders |> where person = id |> aggregate sum(amount) as spent) |> "
        "select name, spent": "(Ann, 12.50)  (Bob, None)  (Cy, None)  (Di, None)",
        "from people |> left join lateral (from orders |> where person = id |> order by number desc |> limit "
        "1) |> select name, number": "(Ann, 11)  (Bob, 12)  (Cy, None)  (Di, None)",
        "from people |> join lateral (from orders |> where person < id |> select number) |> select name, number": (
            "(Bob, 10)  (Bob, 11)  (Cy, 10)  (Cy, 11)  (Cy, 12)  (Di, 10)  (Di, 11)  (Di, 12)"
        ),
    },
    "Queries as values: one value, `exists`, `in`": {
        "from people as p |> select name, (from orders |> where person = p.id |> aggregate count(*) as n) as "
        "n, (from orders |> aggregate max(amount) as a) as dearest": (
            "(Ann, 2, 7.50)  (Bob, 1, 7.50)  (Cy, 0, 7.50)  (Di, 0, 7.50)"
        ),
        "from people as p |> where exists (from orders |> where person = p.id and amount > 6) |> select name": "(Ann)",
        "from people as p |> where not exists (from people |> where boss = p.id) |> select name": "(Cy)  (Di)",
        "from people |> where id in (from orders |> select person) |> select name": "(Ann)  (Bob)",
        "from people |> where id not in (from orders |> select person) |> select name": "",
        "from people |> where id not in (from orders |> where person is not null |> select person) |> select name": (
            "(Cy)  (Di)"
        ),
        "from people as p |> where id > (from people as o |> where o.region = p.region |> aggregate min(id) as "
        "m) |> select name": "(Di)",
        "from people |> extend id in (from orders |> select person) as buys |> select name, buys": (
            "(Ann, True)  (Bob, True)  (Cy, None)  (Di, None)"
        ),
        "from people as p |> select name, exists (from people as o |> where o.boss = p.id) as leads": (
            "(Ann, True)  (Bob, True)  (Cy, False)  (Di, False)"
        ),
    },
    "`union`, `intersect`, `except`": {
        "from people |> select id |> union all (from orders |> select person)": (
            "(1)  (1)  (1)  (2)  (2)  (3)  (4)  (9)  (None)"
        ),
        "from people |> select id |> union distinct (from orders |> select person)": "(1)  (2)  (3)  (4)  (9)  (None)",
        "from people |> select id |> intersect distinct (from orders |> select person)": "(1)  (2)",
        "from orders |> select person |> intersect all (from values (1), (1), (1), (null) as t (x))": (
            "(1)  (1)  (None)"
        ),
        "from orders |> select person |> except distinct (from people |> select id)": "(9)  (None)",
        "from orders |> select person |> except all (from values (1), (null) as t (x))": "(1)  (2)  (9)",
        "from people |> select id, name |> union all by name (from values ('Ed', cast(5 as bigint)) as "
        "t (name, id))": "(1, Ann)  (2, Bob)  (3, Cy)  (4, Di)  (5, Ed)",
        "from values (1), (2) as t (x) |> union all (from values (2.5e0) as t (x))": "(1.0)  (2.0)  (2.5)",
    },
    "`order by`, `limit`, `distinct`": {
        "from people |> order by region desc, id |> limit 2 |> select name": "(Ann)  (Cy)",
        "from people |> order by boss nulls last, id |> limit 2 offset 1 |> select name": "(Cy)  (Di)",
        "from people |> order by id |> limit 9 offset 3 |> select name": "(Di)",
        "from readings |> select level |> distinct": "(10)  (30)  (5)  (None)",
    },
    "`tablesample`": {
        "from people |> tablesample (100 percent) |> select id": "(1)  (2)  (3)  (4)",
        "from people |> tablesample (9 rows) |> select id": "(1)  (2)  (3)  (4)",
        "from people |> tablesample (2 rows) |> aggregate count(*) as n": "(2)",
    },
    "`pivot`, `unpivot`": {
        "from readings |> select sensor, at, level |> pivot (sum(level) for at in (1, 2))": "(a, 10, None)  (b, 5, 5)",
        "from values (1, 5, null), (2, 6, 7) as t (id, a, b) |> unpivot (level for kind in (a, b))": (
            "(1, a, 5)  (2, a, 6)  (2, b, 7)"
        ),
    },
    "`call tumble`, `hop`, `cumulate`, `session`": {
        "from visits |> call tumble(at, interval 1 hour) |> aggregate count(*) as n group by window_start": (
            "(2026-01-01 10:00:00+00:00, 3)  (2026-01-01 12:00:00+00:00, 1)"
        ),
        "from visits |> call tumble(at, interval 1 hour, interval 10 minutes) |> aggregate count(*) as n group "
        "by window_start, window_end": (
            "(2026-01-01 09:10:00+00:00, 2026-01-01 10:10:00+00:00, 1)  (2026-01-01 10:10:00+00:00, 2026-01-01 "
            "11:10:00+00:00, 2)  (2026-01-01 11:10:00+00:00, 2026-01-01 12:10:00+00:00, 1)"
        ),
        "from visits |> call hop(at, interval 30 minutes, interval 1 hour) |> aggregate count(*) as n group by "
        "window_start": (
            "(2026-01-01 09:30:00+00:00, 2)  (2026-01-01 10:00:00+00:00, 3)  (2026-01-01 10:30:00+00:00, 1)  "
            "(2026-01-01 11:30:00+00:00, 1)  (2026-01-01 12:00:00+00:00, 1)"
        ),
        "from visits |> call cumulate(at, interval 30 minutes, interval 1 hour) |> aggregate count(*) as n "
        "group by window_start, window_end": (
            "(2026-01-01 10:00:00+00:00, 2026-01-01 10:30:00+00:00, 2)  (2026-01-01 10:00:00+00:00, 2026-01-01 "
            "11:00:00+00:00, 3)  (2026-01-01 12:00:00+00:00, 2026-01-01 12:30:00+00:00, 1)  (2026-01-01 "
            "12:00:00+00:00, 2026-01-01 13:00:00+00:00, 1)"
        ),
        "from visits |> call session(at, interval 30 minutes) partition by who |> aggregate count(*) as n "
        "group by who, window_start, window_end": (
            "(x, 2026-01-01 10:05:00+00:00, 2026-01-01 10:50:00+00:00, 2)  (x, 2026-01-01 12:00:00+00:00, "
            "2026-01-01 12:30:00+00:00, 1)  (y, 2026-01-01 10:50:00+00:00, 2026-01-01 11:20:00+00:00, 1)"
        ),
    },
    "`call` of a function over relations": {
        "from orders |> call dearest |> select number": "(11)",
    },
    "Functions over a window": {
        "from readings |> extend row_number() over (partition by sensor order by at desc) as place, lag(level) "
        "over (partition by sensor order by at) as before": (
            "(a, 1, 10, 3, None)  (a, 2, None, 2, 10)  (a, 4, 30, 1, None)  (b, 1, 5, 2, None)  (b, 2, 5, 1, 5)"
        ),
        "from readings |> select sensor, at, sum(level) over (partition by sensor order by at rows between 1 "
        "preceding and current row) as pair, count(*) over () as all_of_them": (
            "(a, 1, 10, 5)  (a, 2, 10, 5)  (a, 4, 30, 5)  (b, 1, 5, 5)  (b, 2, 10, 5)"
        ),
        "from readings |> select sensor, at, sum(level) over (partition by sensor order by at range between 1 "
        "preceding and 1 following) as near": "(a, 1, 10)  (a, 2, 10)  (a, 4, 30)  (b, 1, 10)  (b, 2, 10)",
        "from readings |> select sensor, at, last_value(level) ignore nulls over (partition by sensor order by "
        "at rows between unbounded preceding and current row) as known": (
            "(a, 1, 10)  (a, 2, 10)  (a, 4, 30)  (b, 1, 5)  (b, 2, 5)"
        ),
        "from readings |> extend rank() over (order by level desc) as place, dense_rank() over (order by "
        "level) as dense |> select at, level, place, dense": (
            "(1, 10, 2, 3)  (1, 5, 3, 2)  (2, 5, 3, 2)  (2, None, 5, 1)  (4, 30, 1, 4)"
        ),
        "from readings |> extend sum(level) filter (where at > 1) over (partition by sensor) as late |> select "
        "sensor, at, late": "(a, 1, 30)  (a, 2, 30)  (a, 4, 30)  (b, 1, 5)  (b, 2, 5)",
        "from readings |> aggregate sum(level) as level group by sensor |> extend level / sum(level) over () "
        "as share": "(a, 40, 0.8)  (b, 10, 0.2)",
        "from visits |> extend count(*) over (order by at range between interval 1 hour preceding and current "
        "row) as recent |> select who, at, recent": (
            "(x, 2026-01-01 10:05:00+00:00, 1)  (x, 2026-01-01 10:20:00+00:00, 2)  (x, 2026-01-01 12:00:00+00:00, "
            "1)  (y, 2026-01-01 10:50:00+00:00, 3)  (y, None, 1)"
        ),
    },
    "Frames of `groups`, and `exclude`": {
        "from readings |> select sensor, at, sum(level) over (order by at groups between 1 preceding and "
        "current row) as total": "(a, 1, 15)  (a, 2, 20)  (a, 4, 35)  (b, 1, 15)  (b, 2, 20)",
        "from readings |> select sensor, at, sum(level) over (partition by sensor order by at rows between 1 "
        "preceding and 1 following exclude current row) as others": (
            "(a, 1, None)  (a, 2, 40)  (a, 4, None)  (b, 1, 5)  (b, 2, 5)"
        ),
    },
    "`values`, `unnest`": {
        "from values (1, 'a'), (null, 'b') as t (x, y)": "(1, a)  (None, b)",
        "from baskets |> cross join unnest(fruits) as fruit |> select id, fruit": (
            "(1, fig)  (1, pear)  (4, None)  (4, fig)"
        ),
        "from baskets |> left join unnest(fruits) as fruit |> select id, fruit": (
            "(1, fig)  (1, pear)  (2, None)  (3, None)  (4, None)  (4, fig)"
        ),
        "from baskets |> cross join unnest(fruits) as fruit with offset as place |> select id, fruit, place": (
            "(1, fig, 0)  (1, pear, 1)  (4, None, 1)  (4, fig, 0)"
        ),
        "from unnest([3, 1, null]) as n |> where n > 1": "(3)",
    },
    "`select … from … where …`, `with`": {
        "select region, count(*) as n from people where id < 4 group by region having count(*) >= 1 order by n "
        "desc, region limit 2": "(None, 1)  (North, 1)",
        "with led as (from people |> where boss is not null) select p.name, b.name as boss from led as p join "
        "people as b on p.boss = b.id": "(Bob, Ann)  (Cy, Ann)  (Di, Bob)",
        "select sensor, at from readings qualify row_number() over (partition by sensor order by at) = 1": (
            "(a, 1)  (b, 1)"
        ),
        "select name from people where exists (select 1 from orders where person = people.id)": "(Ann)  (Bob)",
    },
    "`assert`": {
        "from orders |> assert amount > 0 as positive on violation warn |> select number": (
            "(10)  (11)  (12)  (13)  (14)"
        ),
    },
}
"""By operator: its queries, each with its rows as `together.shown` shows them, sorted by that text."""
