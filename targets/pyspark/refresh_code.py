"""Code of modules that refresh tables in parts, word for word, as black writes it."""

REFRESHING: dict[str, str] = {
    "replace_slice": '''\
def replace_slice(rows: DataFrame, table: str, covered: Column) -> int:
    """Put rows in the place of those in a table that are covered, in one commit."""
    rows.writeTo(table).overwrite(covered)
    return rows.sparkSession.table(table).where(covered).count()
''',
    "merge_slice": '''\
def merge_slice(rows: DataFrame, table: str, covered: Column) -> int:
    """Put rows in the place of those in a table that are covered, in one commit."""
    nothing = rows.mergeInto(table, F.lit(False)).whenNotMatched().insertAll()
    nothing.whenNotMatchedBySource(covered).delete().merge()
    return rows.sparkSession.table(table).where(covered).count()
''',
    "merge_last": '''\
def merge_last(
    rows: DataFrame,
    table: str,
    key: list[str],
    order: list[str],
    gone: str | None = None,
) -> int:
    """Let the last row of each key take the place of the one in a table, if that isn't newer.

    Where it `is gone`, there is none from now on. The table `gone` remembers such keys: an
    older row that comes in a later run doesn't bring them back.
    """
    spark = rows.sparkSession
    rows = rows.localCheckpoint()
    counted = rows.count()
    same = " and ".join(f"new.{name} <=> old.{name}" for name in key)
    newer, older = "", ""
    if order:
        last = Window.partitionBy(*key).orderBy(*[F.desc(name) for name in order])
        rows = rows.withColumn("place of key", F.row_number().over(last))
        rows = rows.where("`place of key` = 1").drop("place of key")
        new, old = (
            ", ".join(f"{side}.{name}" for name in order) for side in ("new", "old")
        )
        newer = f" and struct({new}) >= struct({old})"
        older = f" and struct({new}) < struct({old})"
    source = "new_rows"
    if gone is not None:
        named = list(dict.fromkeys([*key, *order]))
        rows.where("`is gone`").select(named).createOrReplaceTempView("gone_rows")
        spark.sql(
            f"merge into {gone} as old using gone_rows as new on {same}"
            f" when matched{newer} then update set * when not matched then insert *"
        )
        kept = f"new_rows as new left anti join {gone} as old on {same}{older}"
        source = f"(select * from {kept})"
    removed, there = "", ""
    if "is gone" in rows.columns:
        removed = f" when matched{newer} and new.`is gone` then delete"
        there = " and not new.`is gone`"
    rows.createOrReplaceTempView("new_rows")
    spark.sql(
        f"merge into {table} as old using {source} as new on {same}{removed}"
        f" when matched{newer} then update set * when not matched{there} then insert *"
    )
    return counted
''',
    "rows_at": '''\
def rows_at(path: str, like: DataFrame) -> DataFrame:
    """What the last run left at `path`: no rows, with the columns of `like`, before the first."""
    spark = like.sparkSession
    if ":/" in path:
        raise ValueError(f"{path} is in a bucket, which has no folders to rename")
    folder, name = os.path.split(path)
    old = os.path.join(folder, f".{name}.old")
    if os.path.lexists(old) and not os.path.lexists(path):
        os.rename(old, path)  # who put it aside was killed
    if not os.path.lexists(path):
        return spark.createDataFrame([], like.schema)
    columns = ["`" + column.replace("`", "``") + "`" for column in like.columns]
    return spark.read.schema(like.schema).parquet(path).select(columns)
''',
}
"""By name."""

_PARSED = "    args = parser.parse_args()\n"
_START = """\
    parser.add_argument(
        "--start", type=instant, metavar="TIME", default=instant("0001-01-01")
    )
"""
_END = 'metavar="TIME", default=now())'
_OF_SLICES = """\
    args = parser.parse_args()
    is_whole = args.end is None and args.start == parser.get_default("start")
    args.end = args.end or now()
    args.until = instant("9999-12-31") if is_whole else args.end
"""
_GOING_ON = """\
    args = parser.parse_args()
    first = instant("0001-01-01")
    has_window = args.end is not None or args.start not in (None, first)
    if has_window:
        args.start = args.start or first
    args.end = args.end or now()
    args.until = args.end if has_window else instant("9999-12-31")
"""
_BEGINS = 'log.info("run %s, from %s to %s", args.run, args.start, args.end)'
_BEGINS_SOMEWHERE = """\
start = args.start or "where tables end"
    log.info("run %s, from %s to %s", args.run, start, args.end)"""


def with_slices(arguments: str, goes_on: bool) -> str:
    """The function `arguments` of a module that refreshes tables in parts: it says where the slice of the run ends.

    Without a window it `goes_on` where the tables end: then there is no start yet.
    """
    for part in (_START, _END, _PARSED):
        assert part in arguments
    arguments = arguments.replace(_END, 'metavar="TIME")').replace(_PARSED, _GOING_ON if goes_on else _OF_SLICES)
    return (
        arguments.replace(_START, '    parser.add_argument("--start", type=instant, metavar="TIME")\n')
        if goes_on
        else arguments
    )


def without_start(run: str) -> str:
    """The function `run` of a module whose tables say where it begins."""
    assert _BEGINS in run
    return run.replace(_BEGINS, _BEGINS_SOMEWHERE)
