"""Cases of Spark's that Oftra refuses as they are written: how it says the same, or why it does not.

By the number of the case: why it is refused, and the same in Oftra's words ("" where there is no such thing).
"""

ALIAS = "an item's name is given by `as`: a comma that is missing would give one too"
PATH = "a column is called by its alias, not by catalog and schema"
CONDITION = "a join that may miss needs its condition"
FIELD = "a field of a struct is no column that could be dropped"
NAMES = "columns of a subquery need names, each its own"

SPELLING: dict[int, tuple[str, str]] = {
    33: ("there is no `lateral view`", "from t as t, unnest([100, 101]) as ly |> select t.x + ly as z"),
    47: (
        "in an expression, `values (0)` calls a function",
        "select (from values (0) tab(col) |> select col) as result",
    ),
    49: (
        "`length` takes text: no number is read as one by itself",
        "from t |> select x + length(cast(x as string)) as z, z + 1 as plus_one",
    ),
    51: (
        ALIAS,
        "select 1 as x, 2 as y, 3 as z |> select 1 + sum(x) over (), avg(y) over (), x, "
        "avg(x + 1) over (partition by y order by z) as a2 |> select a2",
    ),
    93: ("rows of no columns are refused", ""),
    95: (FIELD, "from st |> set col = struct(col.i2 as i2)"),
    99: (FIELD, ""),
    119: (PATH, "from t |> where t.x = 1"),
    149: ("a sample is a percentage or a number of rows", "from t |> tablesample (100 percent) repeatable (0)"),
    161: (CONDITION, "from join_test_t1 |> right join join_test_empty_table on true"),
    165: (CONDITION, "from join_test_t1 |> left anti join join_test_empty_table on true"),
    175: (
        NAMES,
        "from lateral_test_t1 |> join lateral (select lateral_test_t1.c1 + t2.c1 as s from lateral_test_t2 t2)",
    ),
    179: (
        NAMES,
        "from lateral_test_t1 t1 |> join lateral (select t1.c1 as a, t1.c2 as b, t2.c1 as c, t2.c2 as d "
        "from lateral_test_t2 t2)",
    ),
    181: (
        "text stands in single quotes",
        "table natural_join_test_t1 |> natural join natural_join_test_t2 |> where k = 'one'",
    ),
    211: ("how rows are spread is for the target, not for the program", "from t"),
    213: ("each operator follows its own `|>`", "from t |> order by y"),
    239: (
        "a struct is made by `struct(3 as z)`",
        "select 1 as x, 2 as y, struct(3 as z) as st |> aggregate group by x, y, x, x, st.z, (st).z, 1 + x, 2 + x",
    ),
    241: (ALIAS, "select 1 as x, 3 as z |> aggregate count(*) group by x, z, x |> select x"),
    265: (
        PATH,
        "table st |> select st.col.i1, sum(st.col.i2) over w window w as (partition by st.col.i1 order by st.col.i2)",
    ),
}
