"""Fixed code of modules that have streams: where messages and files come from, queries, and what they count."""

STREAMING: dict[str, str] = {
    "messages": '''\
def messages(topic: DataFrame) -> DataFrame:
    """Messages as lines of text, each with where it stands: `file` is its topic and partition."""
    text = F.col("value").cast("string")
    # What is no text is shown by its bytes, which can't be read as a record.
    shown = F.when(F.is_valid_utf8(text), text).otherwise(F.hex("value"))
    place = F.concat_ws("-", "topic", "partition")
    return topic.withColumns(
        {"value": shown, "file": place, "position": F.col("offset")}
    )
''',
    "keyed_messages": '''\
def keyed_messages(topic: DataFrame) -> DataFrame:
    """Messages as lines of text: one without a value, a `tombstone`, is of its key alone."""
    told = {"value": F.coalesce("value", "key"), "tombstone": F.isnull("value")}
    return messages(topic.withColumns(told))
''',
    "located": '''\
def located(lines: DataFrame, root: str) -> DataFrame:
    """Lines, each with its `file` below `root`; their numbers there are not known."""
    # The path is written as a URL, in which a plus is no blank.
    path = F.url_decode(F.replace("_metadata.file_path", F.lit("+"), F.lit("%2B")))
    start = root if ":/" in root else os.path.abspath(root)
    return lines.select(
        "value",
        F.regexp_replace(path, rf"^.*?\\Q{start}\\E/", "").alias("file"),
        F.lit(None).cast("bigint").alias("position"),
    )
''',
    "stream": '''\
def stream(
    args: argparse.Namespace,
    report: dict[str, Any],
    name: str,
    frames: dict[str, DataFrame],
    write: Callable[[dict[str, DataFrame], dict[str, Any], str], None],
    mode: str = "append",
    part: str = "",
) -> tuple[str, StreamingQuery, list[Exception]]:
    """Start a query that gives what comes of `frames` to `write`, a batch at a time.

    It is called by a source that it reads. Its checkpoint remembers how far it came; a batch
    that was cut off comes again.
    """
    errors: list[Exception] = []

    def write_batch(rows: DataFrame, batch: int) -> None:
        told: dict[str, Any] = {}
        rows.persist()
        try:
            write(apart(rows, frames), told, str(batch))
        except Exception as error:
            errors.append(error)
            raise
        finally:
            rows.unpersist()
        add(report, told)

    now: dict[str, Any] = {"availableNow": True}
    place = name if mode == "append" else f"{name}-{mode}"
    place = f"{place}-{part}" if part else place
    query = (
        together(frames)
        .writeStream.queryName(place)
        .outputMode(mode)
        .option("checkpointLocation", f"{args.checkpoint}/{place}")
        .trigger(**({"processingTime": args.trigger} if args.trigger else now))
        .foreachBatch(write_batch)
        .start()
    )
    return name, query, errors
''',
    "together": '''\
def together(frames: dict[str, DataFrame]) -> DataFrame:
    """The rows of all frames, each in the column of its frame's name; of one as they are."""

    def in_columns(name: str, rows: DataFrame) -> DataFrame:
        columns = {other: F.lit(None).cast(one.schema) for other, one in frames.items()}
        columns[name] = F.struct("*")
        return rows.select(*[value.alias(other) for other, value in columns.items()])

    if len(frames) == 1:
        return next(iter(frames.values()))
    return reduce(
        DataFrame.unionAll, [in_columns(name, rows) for name, rows in frames.items()]
    )
''',
    "apart": '''\
def apart(rows: DataFrame, frames: dict[str, DataFrame]) -> dict[str, DataFrame]:
    """The rows of each frame out of those of all together."""
    if len(frames) == 1:
        return dict.fromkeys(frames, rows)
    return {
        name: rows.where(F.col(name).isNotNull()).select(f"{name}.*") for name in frames
    }
''',
    "add": '''\
def add(report: dict[str, Any], told: dict[str, Any]) -> None:
    """Add what was done with a batch to what was done before."""
    for name, one in told.items():
        total = about(report, name)
        total["stored"] |= one["stored"]
        total["rows"] += one["rows"]
        total["seconds"] = round(total["seconds"] + one["seconds"], 3)
        for judged, more in [
            (total, one),
            *zip(total["assertions"], one["assertions"]),
        ]:
            for count in ("read", "passed", "dropped", "quarantined", "late"):
                judged[count] += more[count]
            for rule, again in zip(judged["rules"], more["rules"]):
                rule["records"] += again["records"]
            judged["rules"] = judged["rules"] or more["rules"]
        total["assertions"] = total["assertions"] or one["assertions"]
''',
    "follow": '''\
def follow(
    streams: list[tuple[str, StreamingQuery, list[Exception]]],
    report: dict[str, Any],
    counted: tuple[str, ...] = (),
) -> None:
    """Wait until all queries have ended; if one fails, all stop.

    What Spark dropped since it was late is counted, but of queries that have `counted` it.
    """
    late: dict[tuple[str, Any, int], int] = {}
    waiting = list(streams)
    try:
        while waiting:
            for one in list(waiting):
                name, query, errors = one
                try:
                    ended = query.awaitTermination(1)
                except Exception as error:
                    raise (errors or [Failed(name, short(error))])[0] from error
                if ended:
                    waiting.remove(one)
                for batch in query.recentProgress:
                    dropped = [
                        one.numRowsDroppedByWatermark for one in batch.stateOperators
                    ]
                    late[name, batch.runId, batch.batchId] = sum(dropped)
                counts = [
                    count for (source, _, _), count in late.items() if source == name
                ]
                if name not in counted:
                    about(report, name)["late"] = sum(counts)
    finally:
        for _, query, _ in waiting:
            query.stop()
''',
    "query_id": '''\
def query_id(rows: DataFrame) -> str:
    """What tells the query that these rows are a batch of: the same as long as its checkpoint is."""
    context = rows.sparkSession.sparkContext
    return str(context.getLocalProperty("sql.streaming.queryId"))
''',
    "in_folder": '''\
def in_folder(path: str) -> str:
    """What SQL calls a table of Delta Lake that lies in a folder."""
    whole = path if ":/" in path else os.path.abspath(path)
    return f"delta.`{whole}`"
''',
    "with_gone": '''\
def with_gone(rows: DataFrame, last: DataFrame, key: dict[str, str]) -> DataFrame:
    """Rows, and behind them each key that something was said of and that has none: it `is gone`.

    `key` says what its columns are called among the `last` rows.
    """
    said = last.select([F.col(f"`{was}`").alias(name) for name, was in key.items()])
    gone = said.subtract(rows.select([f"`{name}`" for name in key]))
    return rows.withColumn("is gone", F.lit(False)).unionByName(
        gone.withColumn("is gone", F.lit(True)), allowMissingColumns=True
    )
''',
    "merge": '''\
def merge(
    rows: DataFrame, table: str, key: list[str], order: list[str] | None = None
) -> int:
    """Let rows take the place of those with their key, or do away with them if that `is gone`.

    Of several rows the last in `order` stays.
    """
    newer, gone, there = "", "", ""
    if order:
        last = Window.partitionBy(*key).orderBy(*[F.desc(name) for name in order])
        rows = rows.withColumn("place of key", F.row_number().over(last))
        rows = rows.where("`place of key` = 1").drop("place of key")
        new, old = (
            ", ".join(f"{side}.`{name}`" for name in order) for side in ("new", "old")
        )
        newer = f" and struct({new}) >= struct({old})"
    if "is gone" in rows.columns:
        gone = " when matched and new.`is gone` then delete"
        there = " and not new.`is gone`"
    same = " and ".join(f"new.`{name}` <=> old.`{name}`" for name in key)
    rows.createOrReplaceTempView("new_rows")
    rows.sparkSession.sql(
        f"merge into {table} as old using new_rows as new on {same}{gone}"
        f" when matched{newer} then update set *"
        f" when not matched{there} then insert *"
    )
    return rows.count()
''',
}
"""By name, as black writes it."""

_PARSED = "    args = parser.parse_args()\n"
_OF_STREAMS = """\
    parser.add_argument(
        "--trigger", metavar="TIME", help="go on, a batch each so often: '1 minute'"
    )
    parser.add_argument(
        "--checkpoint", metavar="FOLDER", help="where streams remember how far they are"
    )
    args = parser.parse_args()
    if args.checkpoint is None:
        args.checkpoint = os.path.join(args.root, ".checkpoints", PROGRAM)
"""


def with_streams(arguments: str) -> str:
    """The function `arguments` of a module that has streams."""
    return arguments.replace(_PARSED, _OF_STREAMS)
