# Made by oftra from program.oftra: edits belong there.

from __future__ import annotations

import argparse
import datetime
import json
import logging
import os
import re
import shutil
import sys
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pyspark.sql import Column, DataFrame, Observation, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

log = logging.getLogger("shop")
PROGRAM = "shop"
PARAMS = ("least",)
OUTPUTS = ("regions", "refused", "best")
PLACES = {
    "sales": "program.oftra:16",
    "regions": "program.oftra:23",
    "refused": "program.oftra:6",
    "best": "program.oftra:28",
}
SALES = "id int, region string, amount decimal(10, 2), note string"
SALES_RULES = {
    "readable": "fail",
    "id not null": "fail",
    "region not null": "fail",
    "amount > 0": "quarantine",
    "primary key (id)": "fail",
}


def read_sales(spark: SparkSession, root: str) -> DataFrame:
    records = csv_fields(numbered(spark.read.text(f"{root}/sales.csv"), root))
    return decoded(records, SALES, exact_text).select(
        "row.*", "readable", F.col("value").alias("record"), "file", "position"
    )


def judged_sales(sales_records: DataFrame) -> DataFrame:
    """The rows of sales, each with the rules that it breaks."""
    return sales_records.withColumn(
        "broken",
        F.array_compact(
            F.array(
                F.when(~F.col("readable"), "readable"),
                F.when(F.col("readable") & F.col("id").isNull(), "id not null"),
                F.when(F.col("readable") & F.col("region").isNull(), "region not null"),
                F.when(~(F.col("amount") > 0), "amount > 0"),
                F.when(
                    F.col("id").isNotNull()
                    & (F.count("*").over(Window.partitionBy("id")) > 1),
                    "primary key (id)",
                ),
            )
        ),
    ).withColumn(
        "outcome",
        F.when(F.array_contains("broken", "amount > 0"), "quarantined").otherwise(
            "passed"
        ),
    )


def sales(sales_judged: DataFrame) -> DataFrame:
    return sales_judged.where(F.col("outcome") == "passed").select(
        "id", "region", "amount", "note"
    )


def regions(sales: DataFrame, least: Decimal) -> DataFrame:
    """What each region brought in."""
    dear = sales.where(F.col("amount") > least)
    return dear.groupBy("region").agg(
        F.sum("amount").alias("total"), F.count("*").alias("sales")
    )


def write_regions(rows: DataFrame, root: str) -> None:
    replaced(f"{root}/regions.parquet", rows.write.mode("overwrite").parquet)


def refused(sales_judged: DataFrame, run_at: datetime.datetime) -> DataFrame:
    return sales_judged.where(F.col("outcome") == "quarantined").select(
        "record",
        F.col("broken").alias("rules"),
        F.lit("sales").alias("source"),
        "file",
        "position",
        F.lit(run_at).alias("read_at"),
    )


def write_refused(rows: DataFrame, root: str) -> None:
    replaced(f"{root}/refused.parquet", rows.write.mode("overwrite").parquet)


def required(regions: DataFrame) -> DataFrame:
    """Whether `rows(regions) > 0` holds, and what was measured for that."""
    return regions.agg(F.count("*").alias("rows_of_regions")).select(
        (F.col("rows_of_regions") > 0).alias("holds"), "rows_of_regions"
    )


def write_best(rows: DataFrame, root: str) -> None:
    replaced(
        f"{root}/best.csv",
        rows.write.mode("overwrite")
        .options(
            header=True,
            escape='"',
            ignoreLeadingWhiteSpace=False,
            ignoreTrailingWhiteSpace=False,
        )
        .csv,
    )


def main(spark: SparkSession, args: argparse.Namespace, report: dict[str, Any]) -> None:
    """Build what is asked for."""
    least = Decimal(args.param.get("least", "10"))
    run_at = now()
    inbox = os.path.join(args.root, "data")
    out = below(args.root, os.environ.get("OUT", "out"))
    sales_records = reading("sales", read_sales, spark, inbox)
    sales_judged = judged_sales(sales_records).cache()
    judge(report, "sales", tally(sales_judged, SALES_RULES), SALES_RULES)
    sales_df = sales(sales_judged)
    if set(args.only) & {"regions", "best"}:
        store(report, "regions", regions(sales_df, least), write_regions, out)
        regions_df = spark.read.parquet(f"{out}/regions.parquet")
    store(report, "refused", refused(sales_judged, run_at), write_refused, out)
    if set(args.only) & {"regions", "best"}:
        require(
            required(regions_df),
            "rows(regions) > 0",
            "stop",
            "daily",
            "program.oftra:33",
            ["rows(regions)"],
        )
    if "best" in args.only:
        store(report, "best", regions_df, write_best, out)


def session() -> SparkSession:
    """The session, with the settings that this code relies on."""
    return (
        SparkSession.builder.appName(PROGRAM)
        .config("spark.sql.ansi.enabled", True)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .getOrCreate()
    )


def numbered(lines: DataFrame, root: str) -> DataFrame:
    """Lines, each with its `file` below `root` and its `position` there, from 1."""
    # The path is written as a URL, in which a plus is no blank.
    path = F.url_decode(F.replace("_metadata.file_path", F.lit("+"), F.lit("%2B")))
    start = root if ":/" in root else os.path.abspath(root)
    order = Window.partitionBy("file").orderBy("start", "at")
    return lines.select(
        "value",
        F.regexp_replace(path, rf"^.*?\Q{start}\E/", "").alias("file"),
        F.col("_metadata.file_block_start").alias("start"),
        F.monotonically_increasing_id().alias("at"),
    ).withColumn("position", F.row_number().over(order).cast("bigint"))


def csv_fields(
    lines: DataFrame,
    names: list[str] | None = None,
    sep: str = ",",
    quote: str = '"',
    escape: str = '"',
    null: str = "",
) -> DataFrame:
    """Lines with their `fields` by name: null of a line that is no row.

    Without `names` the first line of each file has them.
    """
    s, q, e = re.escape(sep), re.escape(quote), re.escape(escape)
    # A cell in quotes, with what is escaped in it, or one without.
    more = rf"{e}.[^{q}{e}]*+" if escape != quote else rf"{q}{q}[^{q}]*+"
    cell = rf"{q}[^{q}{e}]*+(?:{more})*+{q}|[^{q}{s}]*+"

    def unquoted(one: Column) -> Column:
        inside = F.substr(one, F.lit(2), F.length(one) - 2)
        plain = F.replace(inside, F.lit(escape + quote), F.lit(quote))
        return F.when(F.startswith(one, F.lit(quote)), plain).otherwise(one)

    line = F.concat(F.lit(sep), "value")
    found = F.regexp_extract_all(line, F.lit(f"{s}({cell})"), F.lit(1))
    cells = F.when(
        ~F.contains("value", F.lit(quote)), F.split("value", rf"\Q{sep}\E", -1)
    ).when(line.rlike(rf"^(?:{s}(?:{cell}))+\z"), F.transform(found, unquoted))
    rows = lines.withColumn("cells", cells)
    if names is None:
        order = Window.partitionBy("file").orderBy("position")
        rows = rows.withColumn("names", F.first("cells").over(order))
        rows = rows.withColumn("position", F.col("position") - 1).where("position > 0")
    else:
        rows = rows.withColumn("names", F.array(*map(F.lit, names)))
    is_row = (
        (F.col("value") != "")
        & (F.size("cells") == F.size("names"))
        & (F.size(F.array_distinct("names")) == F.size("names"))
    )
    values = F.transform("cells", lambda one: F.nullif(one, F.lit(null)))
    return rows.withColumn("fields", F.when(is_row, F.map_from_arrays("names", values)))


def decoded(
    records: DataFrame,
    schema: str,
    decode: Callable[[Column, T.DataType], Column],
    paths: dict[str, str] | None = None,
    known: list[str] | None = None,
    all_there: bool = False,
    none_else: bool = False,
) -> DataFrame:
    """Records with the `row` that their fields say, and whether all of it is `readable`.

    A column is the field of its name, or that of `paths`; of the `known` fields one is
    there at least.
    """
    wanted = records.sparkSession.createDataFrame([], schema).schema
    paths = {name: name for name in wanted.names} if paths is None else paths
    fields, row = F.col("fields"), F.col("row")
    names = F.map_keys(fields)
    expected = F.array(*map(F.lit, known or paths.values()))
    readable = F.arrays_overlap(names, expected)
    if all_there:
        readable &= F.size(F.array_except(expected, names)) == 0
    if none_else:
        readable &= F.size(F.array_except(names, expected)) == 0
    values = []
    for field in wanted:
        given = fields[paths[field.name]]
        values.append(decode(given, field.dataType).alias(field.name))
        readable &= given.isNull() | row[field.name].isNotNull()
    readable = F.coalesce(readable, F.lit(False))
    return records.withColumn("row", F.struct(*values)).withColumn("readable", readable)


def exact_text(text: Column, kind: T.DataType) -> Column:
    """The value that a text says; null if it would have to be rounded or guessed."""
    if isinstance(kind, T.StringType):
        return text
    if isinstance(kind, T.BinaryType):
        return F.try_to_binary(text, F.lit("base64"))
    day = r"\d{4}-\d\d-\d\d"
    clock = r"[T ]([01]\d|2[0-3]):\d\d(:\d\d(\.\d{1,6}0*)?)?"
    zone = r"(Z|[+-]\d\d(:?\d\d)?)?"
    number = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|(?i:nan|[+-]?inf(inity)?)"
    forms = {
        "boolean": "(?i:true|false)",
        "float": number,
        "double": number,
        "date": day,
        "timestamp": f"{day}({clock}{zone})?",
        "timestamp_ntz": f"{day}({clock})?",
    }
    form = forms.get(kind.simpleString(), r"[+-]?\d+")
    if isinstance(kind, T.DecimalType):
        form = rf"[+-]?\d+(\.\d{{0,{kind.scale}}}0*)?"
    said = F.when(text.rlike(rf"^({form})\z"), text)
    if isinstance(kind, (T.FloatType, T.DoubleType)):
        # What is too large for a type becomes infinite.
        value = said.try_cast("double").cast(kind)
        return F.when(text.rlike("[nN]") | (F.abs(value) < float("inf")), value)
    return said.try_cast(kind)


class Failed(Exception):
    """What went wrong, and the relation that it is about."""

    def __str__(self) -> str:
        """That with the place in the program."""
        relation, message = self.args
        place = place_of(relation, self.__cause__)
        words = [f"in {relation}"] if relation else []
        words += [f"({place})"] if place else []
        return f"{' '.join(words)}, {message}" if words else str(message)

    @property
    def told(self) -> dict[str, Any]:
        """The same for the report."""
        relation, message = self.args
        file, _, line = place_of(relation, self.__cause__).rpartition(":")
        place = {"file": file or None, "line": int(line) if file else None}
        return {"relation": relation, **place, "message": message}


class Broken(Failed):
    """Rows of a relation break rules that none may break."""


def place_of(relation: str | None, error: BaseException | None) -> str:
    """Where in the program an error comes from, as `FILE:LINE`.

    Spark may name the line of this file that says what failed; where that comes from stands in
    the manifest beside it. Without these it is where the relation is declared.
    """
    folder, name = os.path.split(os.path.abspath(place_of.__code__.co_filename))
    if found := re.search(rf"{re.escape(name)}:(\d+)", str(error)):
        line = int(found[1])
        for path in (f"{name[:-3]}.manifest.json", "manifest.json"):
            path = os.path.join(folder, path)
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    told = json.load(file)
                around = [one for one in told["lines"] if one[0] <= line <= one[1]]
                if told["script"] == name and around:
                    _, _, at, *_, line = min(around, key=lambda one: one[1] - one[0])
                    return f"{told['inputs'][at]['path']}:{line}"
    return PLACES.get(relation or "", "")


def short(error: Exception) -> str:
    """What an error says, without the plan that Spark shows behind it."""
    return re.split(r"\n\n|\n== DataFrame ==", str(error))[0]


def counted(told: dict[str, Any]) -> dict[str, Any]:
    """How many rows of a relation were read, written and kept out, and how long that took."""
    counts = {"relation": told["name"], "read": told["read"]}
    if told["stored"]:
        counts["written"] = told["rows"]
    more = ("dropped", "quarantined", "late", "seconds")
    return {**counts, **{count: told[count] for count in more}}


def tell(told: dict[str, Any]) -> None:
    """Log what was done with a relation."""
    counts = counted(told)
    words = " ".join(f"{count}={number}" for count, number in counts.items())
    log.info("%s", words, extra={"told": counts})


def summary(report: dict[str, Any], status: str, seconds: float) -> None:
    """Log what was done in all: a line for each relation."""
    done = [counted(told) for told in report.values()]
    head = ("relation", "read", "written", "dropped", "quarantined", "late", "seconds")
    lines = [head, *[tuple(str(told.get(word, "-")) for word in head) for told in done]]
    widths = [max(map(len, column)) for column in zip(*lines)]
    columns = "  ".join(f"%-{width}s" for width in widths)
    text = "\n".join(columns % line for line in lines)
    told = {"status": status, "seconds": round(seconds, 3), "relations": done}
    log.info("%s\n%s in %.1f s", text, status, seconds, extra={"told": told})


class JsonLines(logging.Formatter):
    """A record of the log as a line of JSON, with what is the same for the whole run."""

    def __init__(self, **run: Any) -> None:
        super().__init__()
        self.run = run

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc)
        line = {"time": at, "level": record.levelname, "message": record.getMessage()}
        line.update({**self.run, **getattr(record, "told", {})})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def about(report: dict[str, Any], name: str) -> dict[str, Any]:
    """What is told of a relation."""
    counts = dict.fromkeys(
        ("rows", "read", "passed", "dropped", "quarantined", "late"), 0
    )
    more = {"rules": [], "assertions": [], "seconds": 0.0}
    report.setdefault(name, {"name": name, "stored": False, **counts, **more})
    told: dict[str, Any] = report[name]
    return told


def store(
    report: dict[str, Any],
    name: str,
    rows: DataFrame,
    write: Callable[..., int | None],
    *place: str,
) -> None:
    """Write rows, and tell how many they were and how long it took."""
    log.info("%s begins", name)
    begin = time.monotonic()
    seen = Observation()
    try:
        counted = write(rows.observe(seen, F.count(F.lit(1)).alias("rows")), *place)
    except Exception as error:
        raise Failed(name, short(error)) from error
    told = about(report, name)
    told.update(stored=True, rows=seen.get["rows"] if counted is None else counted)
    if not told["rules"]:
        told.update(read=told["rows"], passed=told["rows"])
    told["seconds"] = round(told["seconds"] + time.monotonic() - begin, 3)
    tell(told)


def tally(judged: DataFrame, rules: dict[str, str]) -> DataFrame:
    """How many rows were read, dropped and quarantined, and how many break each rule."""
    *_, broken, outcome = judged.columns
    return judged.agg(
        F.count("*").alias("read"),
        F.count_if(F.col(outcome) == "dropped").alias("dropped"),
        F.count_if(F.col(outcome) == "quarantined").alias("quarantined"),
        *[F.count_if(F.array_contains(broken, rule)).alias(rule) for rule in rules],
    )


def judge(
    report: dict[str, Any],
    name: str,
    counts: DataFrame,
    rules: dict[str, str] | None = None,
    assertion: str | None = None,
) -> None:
    """Tell how many rows break each rule; stop if one breaks a rule that fails the run."""
    log.info("%s is judged", name)
    rules = rules or dict.fromkeys(counts.columns[1:], "fail")
    try:
        row = list(counts.collect()[0])
    except Exception as error:
        raise Failed(name, short(error)) from error
    first = len(row) - len(rules)
    read, dropped, quarantined = (*row[:first], 0, 0)[:3]
    records = dict(zip(counts.columns[first:], row[first:]))
    passed = read - dropped - quarantined
    told = about(report, name)
    if assertion is None:
        told.update(rows=passed)
    else:
        told["assertions"].append({"name": assertion, "late": 0})
        told = told["assertions"][-1]
    told.update(read=read, passed=passed, dropped=dropped, quarantined=quarantined)
    told["rules"] = [
        {"rule": rule, "action": action, "records": records[rule]}
        for rule, action in rules.items()
    ]
    broken = [
        f"{records[rule]:,} {'row breaks' if records[rule] == 1 else 'rows break'} `{rule}`"
        for rule, action in rules.items()
        if action == "fail" and records[rule]
    ]
    if assertion is None:
        tell(told)
    if broken:
        raise Broken(name, ", ".join(broken))


class Closed(Broken):
    """A gate does not hold, and what comes behind it may not be done."""


class Skipped(Exception):
    """A gate does not hold, and what comes behind it need not be done."""


GATES: list[dict[str, Any]] = []


def require(
    row: DataFrame,
    gate: str,
    action: str,
    pipeline: str,
    place: str,
    measures: list[str],
) -> None:
    """Tell what a gate measured; if it does not hold, the run goes on after an alert alone."""
    try:
        holds, *found = row.collect()[0]
    except Exception as error:
        raise Failed(None, short(error)) from error
    file, _, line = place.rpartition(":")
    told = {"gate": gate, "pipeline": pipeline, "file": file, "line": int(line)}
    measured = dict(zip(measures, found))
    GATES.append({**told, "action": action, "holds": holds, "measured": measured})
    if holds:
        return
    log.warning("%s: `%s` does not hold (%s): %s", action, gate, place, measured)
    if action == "skip":
        raise Skipped(gate)
    if action != "alert":
        raise Closed(None, f"`{gate}` does not hold ({place})")


def replaced(path: str, write: Callable[[str], None]) -> None:
    """Write beside what is at `path`, and put it there once it is complete."""
    if ":/" in path:  # there are no folders to rename in a bucket
        write(path)
        return
    folder, name = os.path.split(path)
    new, old = (os.path.join(folder, f".{name}.{age}") for age in ("new", "old"))
    if os.path.lexists(old) and not os.path.lexists(path):
        os.rename(old, path)  # who put it aside was killed
    removed(old)
    write(new)
    if not os.path.lexists(new):
        raise FileNotFoundError(f"{path} is not on this machine: say where, as file://")
    if os.path.lexists(path):
        os.rename(path, old)
    os.rename(new, path)
    removed(old)


def removed(path: str) -> None:
    """Let nothing be at `path`."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def reading(
    name: str, read: Callable[..., DataFrame], *given: Any, **how: bool
) -> DataFrame:
    """What `read` gives; if it fails, that is about `name`."""
    try:
        return read(*given, **how)
    except Exception as error:
        raise Failed(name, short(error)) from error


def instant(text: str) -> datetime.datetime:
    """A point in time, in UTC unless it says otherwise."""
    found = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)


def below(root: str, path: str) -> str:
    """A path, which starts from `root` if it is relative."""
    return path if ":/" in path else os.path.join(root, path)


def assignment(text: str) -> tuple[str, str]:
    """`NAME=VALUE` as its two parts."""
    name, given, value = text.partition("=")
    if not given or name not in PARAMS:
        wanted = f"NAME=VALUE with one of {', '.join(PARAMS)}"
        raise argparse.ArgumentTypeError(f"{text} is not {wanted}")
    return name, value


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=f"Run {PROGRAM}.")
    parser.add_argument(
        "--start", type=instant, metavar="TIME", default=instant("0001-01-01")
    )
    parser.add_argument("--end", type=instant, metavar="TIME", default=now())
    parser.add_argument("--only", nargs="+", choices=OUTPUTS, default=list(OUTPUTS))
    parser.add_argument(
        "--param", type=assignment, action="append", metavar="NAME=VALUE", default=[]
    )
    parser.add_argument(
        "--report", metavar="FILE", help="tell there what was done, as JSON"
    )
    parser.add_argument("--root", default=".", help="where relative paths start")
    parser.add_argument("--run", metavar="ID", default=str(uuid.uuid4()))
    parser.add_argument(
        "--log", choices=("text", "json"), default="text", help="how it is logged"
    )
    parser.add_argument(
        "--openlineage",
        metavar="FILE|URL",
        default=os.environ.get("OPENLINEAGE_URL"),
        help="tell there of the run by OpenLineage",
    )
    parser.add_argument(
        "--parent",
        metavar="NAMESPACE/JOB/RUN",
        default=os.environ.get("OPENLINEAGE_PARENT_ID"),
        help="what the run is a part of, for OpenLineage",
    )
    parser.add_argument(
        "--root-parent",
        metavar="NAMESPACE/JOB/RUN",
        default=os.environ.get("OPENLINEAGE_ROOT_PARENT_ID"),
        help="the same of the outermost",
    )
    args = parser.parse_args()
    args.param = dict(args.param)
    return args


def now() -> datetime.datetime:
    """The start of the run."""
    return datetime.datetime.now(datetime.timezone.utc)


class OpenLineage:
    """Tells of a run by events of OpenLineage: what was made of what, and how it ended.

    `read` gives what is known of the program without a run. A receiver that is away is no
    reason for a run to fail: `warn` is told, and nothing is sent from then on.
    """

    SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
    FACETS = "https://openlineage.io/spec/facets"
    PATIENCE = 10  # seconds that a receiver may take to answer

    def __init__(
        self,
        args: argparse.Namespace,
        read: Callable[[], dict[str, Any]],
        warn: Callable[[str], None],
    ) -> None:
        disabled = os.environ.get("OPENLINEAGE_DISABLED", "").lower() == "true"
        self.place: str = "" if disabled else args.openlineage or ""
        if self.place and not self.place.startswith(("http://", "https://")):
            self.place = os.path.abspath(self.place)
        self.root = args.root if "://" in args.root else os.path.abspath(args.root)
        self.args, self.read, self.warn = args, read, warn
        self.namespace = os.environ.get("OPENLINEAGE_NAMESPACE") or "default"
        self.run = str(uuid.uuid4())
        self.known: dict[str, Any] = {}
        self.begun: dict[str, datetime.datetime] = {}

    def begin(self) -> None:
        """The run begins."""
        if not self.place:
            return
        try:
            self.known = self.read()
        except (OSError, ValueError) as error:
            self.warn(f"OpenLineage is told nothing: {error}")
            self.place = ""
            return
        self.send([self.event("START", self.now(), self.run, None, self.about_run())])

    def comes_to(self, name: str) -> None:
        """The work on a relation begins."""
        self.begun.setdefault(name, self.now())

    def end(
        self,
        status: str,
        relations: list[dict[str, Any]],
        error: dict[str, Any] | None = None,
    ) -> None:
        """The run has ended: `well`, `failed`, `stopped`, or by an `abort`.

        Relations and the error are told as the run report tells them.
        """
        if not self.place:
            return
        now = self.now()
        judged = {one["name"]: one for one in relations}
        failed: str = error["relation"] or "" if error else ""
        events = []
        for one in relations:
            name = one["name"]
            if one["stored"] and name != failed and name in self.known["outputs"]:
                start = self.begun.get(name, now)
                end = start + datetime.timedelta(seconds=one["seconds"])
                events += self.stored(name, judged, start, end)
        if failed in self.known["outputs"]:
            start = self.begun.get(failed, now)
            events += self.stored(failed, judged, start, now, error)
        word = {"well": "COMPLETE", "abort": "ABORT"}.get(status, "FAIL")
        facets = {**self.about_run(), **self.trouble(error)}
        self.send([*events, self.event(word, now, self.run, None, facets)])
        self.place = ""

    def stored(
        self,
        name: str,
        judged: dict[str, dict[str, Any]],
        start: datetime.datetime,
        end: datetime.datetime,
        error: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """A table was stored, or could not be: a job of its own, whose parent is the run."""
        own = str(uuid.uuid4())
        job = {"namespace": self.namespace, "name": self.known["job"]}
        root = self.parent().get("parent", {}).get("root")
        more = {"root": root} if root else {}
        part = {"run": {"runId": self.run}, "job": job, **more}
        facets = {"parent": self.facet("ParentRunFacet", "1-2-0", **part)}
        facets.update(self.window())
        reads = self.known["outputs"][name]["reads"]
        inputs = [self.read_by(one, judged.get(one)) for one in reads]
        made = self.made(name)
        first = self.event("START", start, own, name, facets, inputs, [made])
        if error:
            facets = {**facets, **self.trouble(error)}
            return [first, self.event("FAIL", end, own, name, facets, inputs, [made])]
        version = ("OutputStatisticsOutputDatasetFacet", "1-0-2")
        counted = self.facet(*version, rowCount=judged[name]["rows"])
        made = {**made, "outputFacets": {"outputStatistics": counted}}
        return [first, self.event("COMPLETE", end, own, name, facets, inputs, [made])]

    def event(
        self,
        word: str,
        at: datetime.datetime,
        run: str,
        table: str | None,
        facets: dict[str, Any],
        inputs: list[dict[str, Any]] | None = None,
        outputs: list[dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """What is told at a time, of the run or of a table."""
        streams = self.known["streams"]
        endless = bool(streams) if table is None else table in streams
        kind = {
            "processingType": "STREAMING" if endless else "BATCH",
            "integration": "OFTRA",
            "jobType": "RUN" if table is None else "TABLE",
        }
        program, job = self.known["program"], self.known["job"]
        return {
            "eventType": word,
            "eventTime": at.isoformat(),
            "producer": self.known["producer"],
            "schemaURL": self.SCHEMA,
            "run": {"runId": run, "facets": facets},
            "job": {
                "namespace": self.namespace,
                "name": job if table is None else f"{program}.{table}",
                "facets": {"jobType": self.facet("JobTypeJobFacet", "2-0-4", **kind)},
            },
            "inputs": inputs or [],
            "outputs": outputs or [],
        }

    def facet(self, name: str, version: str, **fields: Any) -> dict[str, Any]:
        """A part of an event, with where its schema is."""
        schema = f"{self.FACETS}/{version}/{name}.json#/$defs/{name}"
        return {"_producer": self.known["producer"], "_schemaURL": schema, **fields}

    def about_run(self) -> dict[str, Any]:
        """What is told of the run as a whole: its window, and what it is a part of."""
        return {**self.window(), **self.parent()}

    def window(self) -> dict[str, Any]:
        """The run's window, if it has one."""
        start, end = (self.instant(at) for at in (self.args.start, self.args.end))
        if not start:
            return {}
        times = {"nominalStartTime": start, **({"nominalEndTime": end} if end else {})}
        return {"nominalTime": self.facet("NominalTimeRunFacet", "1-0-1", **times)}

    def parent(self) -> dict[str, Any]:
        """What the run is a part of: each as `NAMESPACE/JOB/RUN`."""
        found = []
        for given in (self.args.parent, self.args.root_parent or self.args.parent):
            namespace, _, rest = (given or "").partition("/")
            name, _, run = rest.rpartition("/")
            try:
                run = str(uuid.UUID(run))
            except ValueError:
                return {}
            job = {"namespace": namespace, "name": name}
            found.append({"run": {"runId": run}, "job": job})
        told = {**found[0], "root": found[1]}
        return {"parent": self.facet("ParentRunFacet", "1-2-0", **told)}

    def trouble(self, error: dict[str, Any] | None) -> dict[str, Any]:
        """Why it failed, with the place in the program."""
        if not error:
            return {}
        place = f"{error['file']}:{error['line']}: " if error["file"] else ""
        told = {"message": f"{place}{error['message']}", "programmingLanguage": "Oftra"}
        return {"errorMessage": self.facet("ErrorMessageRunFacet", "1-0-1", **told)}

    def dataset(self, name: str) -> dict[str, Any]:
        """A source, table or sink: its namespace, its name, and what is known of it."""
        told = self.known["datasets"][name]
        schema = self.facet("SchemaDatasetFacet", "1-2-0", fields=told["columns"])
        facets = {"schema": schema}
        if "description" in told:
            words = {"description": told["description"]}
            documented = self.facet("DocumentationDatasetFacet", "1-1-0", **words)
            facets["documentation"] = documented
        namespace, path = self.named(name)
        return {"namespace": namespace, "name": path, "facets": facets}

    def read_by(self, name: str, told: dict[str, Any] | None) -> dict[str, Any]:
        """The same of what is read, with what its rules found if they were judged."""
        found = self.dataset(name)
        if not told or not told["rules"]:
            return found
        rules = [
            {
                "assertion": rule["rule"],
                "success": rule["records"] == 0,
                "severity": "error" if rule["action"] == "fail" else "warn",
                "actual": str(rule["records"]),
            }
            for rule in told["rules"]
        ]
        counted = ("InputStatisticsInputDatasetFacet", "1-0-0")
        asserted = ("DataQualityAssertionsDatasetFacet", "1-1-0")
        found["inputFacets"] = {
            "inputStatistics": self.facet(*counted, rowCount=told["read"]),
            "dataQualityAssertions": self.facet(*asserted, assertions=rules),
        }
        return found

    def made(self, name: str) -> dict[str, Any]:
        """The same of what is stored, with the columns that its own are made of."""
        fields = {}
        for column, origins in self.known["outputs"][name]["columns"].items():
            places = [(*self.named(one), of) for one, of in origins]
            inputs = [
                {
                    "namespace": namespace,
                    "name": path,
                    "field": field,
                    "transformations": [{"type": "DIRECT"}],
                }
                for namespace, path, field in places
            ]
            fields[column] = {"inputFields": inputs}
        found = self.dataset(name)
        lineage = self.facet("ColumnLineageDatasetFacet", "1-2-0", fields=fields)
        found["facets"]["columnLineage"] = lineage
        return found

    def named(self, name: str) -> tuple[str, str]:
        """A dataset's namespace and name: https://openlineage.io/docs/spec/naming."""
        told = self.known["datasets"][name]["place"]
        place = {key: self.value(one) for key, one in told.items()}
        if "servers" in place:
            return f"kafka://{place['servers'].partition(',')[0]}", place["topic"]
        if "url" in place:
            table = place["table"]
            table = table if "." in table else f"{place['schema'] or 'public'}.{table}"
            known = r"jdbc:postgres(?:ql)?://([^:/]+)(?::(\d+))?/([^?]+)"
            found = re.match(known, place["url"])
            if not found:
                return "jdbc", table
            return f"postgres://{found[1]}:{found[2] or 5432}", f"{found[3]}.{table}"
        if "path" not in place:
            parts = (place[part] for part in ("catalog", "schema", "table"))
            return place["kind"], ".".join([part for part in parts if part])
        path, root = place["path"], place.get("root")
        if root and not path.startswith("/"):
            path = f"{root.rstrip('/')}/{path}"
        path = re.sub("^file:/+", "/", path)
        if "://" not in path:
            path = os.path.join(self.root, path)
        inside = [place["table"]] if "table" in place else []
        found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/]*)/?(.*)", path)
        if not found:
            return "file", "#".join([os.path.normpath(path), *inside])
        scheme = "s3" if found[1] in ("s3a", "s3n") else found[1]
        return f"{scheme}://{found[2]}", "#".join([found[3], *inside])

    def value(self, given: Any) -> str:
        """A part of a name, which only a run may know: a text, a variable or a param."""
        if isinstance(given, str):
            return given
        if "env" in given:
            return str(os.environ.get(given["env"], given["default"]))
        return str(self.args.param.get(given["param"], given["default"]))

    @staticmethod
    def now() -> datetime.datetime:
        """The time, in UTC."""
        return datetime.datetime.now(datetime.timezone.utc)

    @staticmethod
    def instant(at: Any) -> str | None:
        """A point in time as JSON has it, in UTC unless it says otherwise; None for none."""
        if isinstance(at, str):
            try:
                at = datetime.datetime.fromisoformat(at.replace("Z", "+00:00"))
            except ValueError:
                return None
        if at is None or at.year == 1:
            return None
        zoned = at if at.tzinfo else at.replace(tzinfo=datetime.timezone.utc)
        return str(zoned.isoformat())

    def send(self, events: list[dict[str, Any]]) -> None:
        """Send events to a file, a line each, or to a service."""
        import http.client  # what few runs need

        try:
            if os.path.isabs(self.place):
                with open(self.place, "a", encoding="utf-8") as file:
                    for event in events:
                        file.write(json.dumps(event, ensure_ascii=False) + "\n")
            else:
                for event in events:
                    self.post(event)
        except (OSError, ValueError, http.client.HTTPException) as error:
            to = f"to {self.place}: {error}"
            self.warn(f"OpenLineage's events could not be sent {to}")
            self.place = ""

    def post(self, event: dict[str, Any]) -> None:
        """Send an event to an address, or, if that names no path, to the usual one there."""
        import urllib.request  # as above

        url = self.place
        if re.fullmatch("https?://[^/]+/?", url):
            path = os.environ.get("OPENLINEAGE_ENDPOINT") or "api/v1/lineage"
            url = f"{url.rstrip('/')}/{path}"
        headers = {"Content-Type": "application/json"}
        key = os.environ.get("OPENLINEAGE_API_KEY")
        if key:
            headers["Authorization"] = f"Bearer {key}"
        data = json.dumps(event).encode()
        request = urllib.request.Request(url, data, headers)
        urllib.request.urlopen(request, timeout=self.PATIENCE).close()


class Beginnings(logging.Handler):
    """Tells when the work on a relation begins: the log says so."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self.tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of the relation."""
        begins = record.msg in ("%s begins", "%s is judged")
        if begins and isinstance(record.args, tuple):
            self.tell(str(record.args[0]))


def known_lineage() -> dict[str, Any]:
    """What is known of the program without a run: a file beside this one tells it."""
    name, _ = os.path.splitext(os.path.abspath(__file__))
    with open(f"{name}.lineage.json", encoding="utf-8") as file:
        known: dict[str, Any] = json.load(file)
    return known


def run() -> int:
    """Run as the command line says: 0 if all went well, 4 if a rule or gate stopped it, else 3."""
    args = arguments()
    begin = time.monotonic()
    logging.basicConfig(format="%(message)s")
    if args.log == "json":
        lines = JsonLines(run=args.run, start=args.start, end=args.end)
        logging.getLogger().handlers[0].setFormatter(lines)
    log.setLevel(logging.INFO)
    log.info("run %s, from %s to %s", args.run, args.start, args.end)
    lineage = OpenLineage(args, known_lineage, log.warning)
    log.addHandler(Beginnings(lineage.comes_to))
    lineage.begin()
    report: dict[str, Any] = {}
    failure: Failed | None = None
    try:
        main(session(), args, report)
    except Skipped:
        log.info("the rest is skipped")
    except Failed as error:
        failure = error
    except Exception as error:
        failure = Failed(None, short(error))
        failure.__cause__ = error
    except BaseException:
        lineage.end("abort", list(report.values()))
        raise
    status = 0 if failure is None else 4 if isinstance(failure, Broken) else 3
    word = {0: "well", 3: "failed", 4: "stopped"}[status]
    summary(report, word, time.monotonic() - begin)
    if failure is not None:
        log.error("%s: %s", word, failure, exc_info=failure if status == 3 else None)
    lineage.end(word, list(report.values()), failure.told if failure else None)
    if args.report:
        told = {"program": PROGRAM, "status": word, "error": failure and failure.told}
        told = {**told, "relations": list(report.values()), "gates": GATES}
        with open(args.report, "w", encoding="utf-8") as file:
            json.dump(told, file, default=str)
    return status


if __name__ == "__main__":
    sys.exit(run())
