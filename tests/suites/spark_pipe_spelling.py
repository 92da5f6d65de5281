"""Cases of Spark's that Oftra refuses as they are written: how it says the same, or why it does not.

By the number of the case: why it is refused, and the same in Oftra's words ("" where there is no such thing).
"""

ALIAS = "a name is given by `as`"
FROM = "`select` needs its `from`"
VALUES = "rows of the program follow `from`"
BRACKETS = "a set operation takes queries in parentheses"
WINDOW = "`window` is an operator, and comes first"
NATURAL = "there is no natural join: it joins by whatever names come to be shared"
AGGREGATE = "aggregates and `group by` belong to `aggregate`"
FIELD = "a field of a struct is no column that could be dropped"

SPELLING: dict[int, tuple[str, str]] = {
    33: ("there is no `lateral view`", "from t as t, unnest([100, 101]) as ly |> select t.x + ly as z"),
    41: (VALUES, "from values (0), (1) as tab (col) |> select col * 2 as result"),
    47: (
        VALUES,
        "from values (1) as one (x) |> select (from values (0) as tab (col) |> select col) as result",
    ),
    49: (
        "`length` takes text: no number is read as one by itself",
        "from t |> select x + length(cast(x as string)) as z, z + 1 as plus_one",
    ),
    51: (
        ALIAS,
        "from values (1, 2, 3) as t (x, y, z) |> select 1 + sum(x) over (), avg(y) over (), x, "
        "avg(x + 1) over (partition by y order by z) as a2 |> select a2",
    ),
    85: (
        "window functions stand in `select` and `extend`",
        "from t |> extend 1 as z |> select * replace (first_value(x) over (partition by y) as z)",
    ),
    91: (FROM, "from values (1, 2, 3) as t (x, y, z) |> drop z, y"),
    93: ("rows of no columns are refused", ""),
    95: (FIELD, "from st |> set col = struct(col.i2 as i2)"),
    97: ("`drop` takes columns, whatever the rows are called", "from t |> as u |> drop x"),
    99: (FIELD, ""),
    105: (FROM, "from values (1, 2) as t (x, y) |> as u |> select u.x, u.y"),
    119: ("a column is called by its alias, not by catalog and schema", "from t |> where t.x = 1"),
    149: ("a sample is a percentage or a number of rows", "from t |> tablesample (100 percent) repeatable (0)"),
    161: (
        "a join that may miss needs its condition",
        "from join_test_t1 |> right join join_test_empty_table on true",
    ),
    165: (
        "`anti join` is one word less, and needs its condition",
        "from join_test_t1 |> anti join join_test_empty_table on true",
    ),
    167: (
        FROM,
        "from values (1, 2) as t (x, y) |> inner join (from values (1, 4) as u (x, y)) as u using (x) |> select *",
    ),
    169: (
        "a sample is an operator",
        "from join_test_t1 |> inner join (from join_test_t2 |> tablesample (100 percent) repeatable (0)) as jt2 "
        "using (a)",
    ),
    171: ("each alias is used once", "from join_test_t1 |> join join_test_t1 as again using (a)"),
    175: (
        ALIAS,
        "from lateral_test_t1 |> join lateral (from lateral_test_t2 as t2 |> select lateral_test_t1.c1 + t2.c1 as s)",
    ),
    179: (
        ALIAS,
        "from lateral_test_t1 as t1 |> join lateral (from lateral_test_t2 as t2 "
        "|> select t1.c1 as a, t1.c2 as b, t2.c1 as c, t2.c2 as d)",
    ),
    181: (NATURAL, "from natural_join_test_t1 |> join natural_join_test_t2 using (k) |> where k = 'one'"),
    183: (
        NATURAL,
        "from natural_join_test_t1 as t1 |> join natural_join_test_t2 as nt2 on nt2.k = t1.k "
        "|> join natural_join_test_t3 as nt3 on nt3.k = t1.k |> select t1.*, nt2.*, nt3.*",
    ),
    187: (BRACKETS, "from t |> union all (from t)"),
    189: (BRACKETS, "(select * from t) |> union all (from t)"),
    191: (VALUES, "from values (0, 'abc') as tab (x, y) |> union all (from t)"),
    193: (VALUES, "from values (2, 'xyz') as tab (x, y) |> union (from t) |> drop x"),
    195: (BRACKETS, "from t |> except all (from t)"),
    197: (BRACKETS, "from t |> intersect all (from t)"),
    199: ("`minus` is `except`", "from t |> except all (from t)"),
    205: (VALUES, "from values (0, 'abc') as tab (x, y) |> order by x"),
    209: ("`limit` takes a number", "from t"),
    211: ("how rows are spread is for the target, not for the program", "from t"),
    213: ("each operator follows its own `|>`", "from t |> order by y"),
    223: (FROM, "from values (3, 4) as t (x, y) |> aggregate group by 1, 2"),
    225: (VALUES, "from values (3, 4), (5, 4) as tab (x, y) |> aggregate sum(y) group by 1"),
    227: (FROM, "from values (1, 2) as t (`1`, `2`) |> aggregate sum(`2`) group by `1`"),
    229: (FROM, "from values (3, 4, 5) as t (x, y, z) |> aggregate sum(y) group by 2"),
    231: (FROM, "from values (3, 4, 5) as t (x, y, z) |> aggregate sum(y) group by 2, 3"),
    233: (FROM, "from values (3, 4, 5) as t (x, y, z) |> aggregate sum(y) group by x, 2, 3"),
    237: (FROM, "from values (1, 2) as t (x, y) |> aggregate group by x, y, x + y as z"),
    239: (
        FROM,
        "from values (1, 2, struct(3 as z)) as t (x, y, st) "
        "|> aggregate group by x, y, st.z, 1 + x as a, 2 + x as b |> select x, y, x, x, z, z, a, b",
    ),
    241: (ALIAS, "from values (1, 3) as t (x, z) |> aggregate count(*) group by x, z, x |> select x"),
    257: (
        WINDOW,
        "from windowTestData |> window w as (partition by cate order by val) |> select cate, sum(val) over w",
    ),
    259: (WINDOW, "from windowTestData |> window w as (partition by cate order by val) |> select cate, val"),
    261: (
        WINDOW,
        "from windowTestData |> window w1 as (partition by cate), w2 as (order by val, cate desc) "
        "|> select cate, val, sum(val) over w1, first_value(cate) over w2",
    ),
    263: (
        WINDOW,
        "(select col from st) |> window w as (partition by col.i1 order by col.i2) "
        "|> select col.i1, sum(col.i2) over w",
    ),
    265: (
        WINDOW,
        "from st |> window w as (partition by st.col.i1 order by st.col.i2) |> select st.col.i1, sum(st.col.i2) over w",
    ),
    303: (AGGREGATE, "from other |> aggregate sum(a) as total_a, avg(b) as avg_b"),
    305: (AGGREGATE, "from other |> aggregate sum(a) as total_a |> select total_a * 2 as doubled"),
    307: (AGGREGATE, "from values (1, 2, 3) as t (x, y, z) |> aggregate sum(z) as total group by x, y"),
    309: (AGGREGATE, "from other |> aggregate sum(b) as sum_b group by a |> where sum_b > 1"),
}
