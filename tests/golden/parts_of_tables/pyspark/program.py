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
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, Observation, SparkSession, Window
from pyspark.sql import functions as F

log = logging.getLogger("program")
PROGRAM = "program"
PARAMS = ()
OUTPUTS = ("hours", "latest", "days", "first_rides", "months")
PLACES = {
    "rides": "program.oftra:15",
    "hours": "program.oftra:18",
    "latest": "program.oftra:25",
    "days": "program.oftra:35",
    "first_rides": "program.oftra:45",
    "months": "program.oftra:50",
}
RIDES = "id int, zone string, at timestamp, fare decimal(10, 2), voided boolean"


def read_rides(spark: SparkSession, root: str) -> DataFrame:
    """One ride of a shared bicycle."""
    return conformed(spark.read.parquet(f"{root}/rides.parquet"), RIDES)


def broken_rides(rides: DataFrame) -> DataFrame:
    """How many rows of rides break each rule."""
    return rides.agg(
        F.count("*").alias("read"),
        F.count_if(F.col("id").isNull()).alias("id not null"),
        F.count_if(F.col("zone").isNull()).alias("zone not null"),
        F.count_if(F.col("at").isNull()).alias("at not null"),
        F.count_if(F.col("voided").isNull()).alias("voided not null"),
    )


def hours(
    rides: DataFrame, run_start: datetime.datetime, run_until: datetime.datetime
) -> DataFrame:
    """Rides of each hour."""
    return (
        rides.where(
            F.col("at") > F.lit(run_start) - F.expr("interval 1 hour 10 minutes")
        )
        .where(F.col("at") < F.lit(run_until) + F.expr("interval 1 hour"))
        .withColumn("window", F.window("at", "1 hour"))
        .where(
            F.col("window.start")
            > F.lit(run_start) - F.expr("interval 1 hour 10 minutes")
        )
        .where(F.col("window.start") < run_until)
        .groupBy("zone", F.col("window.start").alias("window_start"))
        .agg(F.count("*").alias("rides"), F.sum("fare").alias("fares"))
    )


def write_hours(
    rows: DataFrame,
    root: str,
    run_start: datetime.datetime,
    run_until: datetime.datetime,
) -> int:
    rows.limit(0).write.format("delta").mode("ignore").save(f"{root}/hours")
    return replace_slice(
        rows,
        in_folder(f"{root}/hours"),
        (
            F.col("window_start")
            > F.lit(run_start) - F.expr("interval 1 hour 10 minutes")
        )
        & (F.col("window_start") < run_until),
    )


def latest(
    rides: DataFrame, run_start: datetime.datetime, run_until: datetime.datetime
) -> DataFrame:
    """The last ride of each zone, unless it was voided."""
    return (
        rides.where(F.col("at") >= F.lit(run_start) - F.expr("interval 10 minutes"))
        .where(F.col("at") < run_until)
        .select("zone", "at", "id", "voided", "fare")
    )


def write_latest(rows: DataFrame, root: str) -> int:
    rows.limit(0).write.format("delta").mode("ignore").save(f"{root}/latest")
    (
        rows.select("zone", "at", "id")
        .limit(0)
        .write.format("delta")
        .mode("ignore")
        .save(f"{root}/latest_gone")
    )
    return merge_last(
        rows.withColumn("is gone", F.col("voided")),
        in_folder(f"{root}/latest"),
        ["zone"],
        ["at", "id"],
        in_folder(f"{root}/latest_gone"),
    )


def days(
    rides: DataFrame, run_start: datetime.datetime, run_until: datetime.datetime
) -> DataFrame:
    return (
        rides.where(
            F.to_date("at") >= F.to_date(F.lit(run_start) - F.expr("interval 1 day"))
        )
        .where(
            F.to_date("at")
            <= F.to_date(F.lit(run_until) - F.expr("interval 1 microsecond"))
        )
        .groupBy(F.to_date("at").alias("day"), "zone")
        .agg(F.sum("fare").alias("fares"))
    )


def write_days(
    rows: DataFrame,
    root: str,
    run_start: datetime.datetime,
    run_until: datetime.datetime,
) -> None:
    stored = rows_at(f"{root}/days.parquet", rows)
    rows = stored.where(
        ~(
            (F.col("day") >= F.to_date(F.lit(run_start) - F.expr("interval 1 day")))
            & (
                F.col("day")
                <= F.to_date(F.lit(run_until) - F.expr("interval 1 microsecond"))
            )
        )
    ).union(rows)
    replaced(
        f"{root}/days.parquet",
        with_mark(
            f"{root}/days.parquet",
            rows.write.mode("overwrite").partitionBy("day").parquet,
        ),
    )


def first_rides(
    rides: DataFrame, run_start: datetime.datetime, run_until: datetime.datetime
) -> DataFrame:
    return (
        rides.where(
            F.date_trunc("month", "at")
            >= F.date_trunc("month", F.lit(run_start) - F.expr("interval 10 minutes"))
        )
        .where(F.date_trunc("month", "at") < run_until)
        .groupBy("id", F.date_trunc("month", "at").alias("month"))
        .agg(F.max("zone").alias("zone"))
    )


def write_first_rides(rows: DataFrame, root: str) -> None:
    stored = rows_at(f"{root}/first_rides.parquet", rows)
    by_is_new = Window.partitionBy("id", "month").orderBy(F.desc("is_new"))
    rows = (
        stored.withColumn("is_new", F.lit(0))
        .withColumn("is_gone", F.lit(False))
        .union(rows.withColumn("is_new", F.lit(1)).withColumn("is_gone", F.lit(False)))
        .withColumn("nth_last", F.row_number().over(by_is_new))
        .where(F.col("nth_last") == 1)
        .drop("is_new", "is_gone", "nth_last")
    )
    replaced(
        f"{root}/first_rides.parquet",
        with_mark(f"{root}/first_rides.parquet", rows.write.mode("overwrite").parquet),
    )


def months(
    rides: DataFrame, run_start: datetime.datetime, run_until: datetime.datetime
) -> DataFrame:
    return (
        rides.where(
            F.date_trunc("month", "at")
            >= F.date_trunc("month", F.lit(run_start) - F.expr("interval 10 minutes"))
        )
        .where(F.date_trunc("month", "at") < run_until)
        .groupBy(F.date_trunc("month", "at").alias("month"))
        .agg(F.count("*").alias("rides"))
    )


def write_months(
    rows: DataFrame, run_start: datetime.datetime, run_until: datetime.datetime
) -> int:
    rows.limit(0).write.format("iceberg").mode("ignore").saveAsTable("ice.db.months")
    return merge_slice(
        rows,
        "ice.db.months",
        (
            F.col("month")
            >= F.date_trunc("month", F.lit(run_start) - F.expr("interval 10 minutes"))
        )
        & (F.col("month") < run_until),
    )


def main(spark: SparkSession, args: argparse.Namespace, report: dict[str, Any]) -> None:
    """Build what is asked for."""
    raw = os.path.join(args.root, "raw")
    lake = os.path.join(args.root, "lake")
    folders = os.path.join(args.root, "folders")
    marks = {
        "hours": InTable(
            spark, in_folder(f"{lake}/hours"), "4a726e08ede0f793", F.col("window_start")
        ),
        "latest": InTable(
            spark, in_folder(f"{lake}/latest"), "79ec01b6796fb16a", F.col("at")
        ),
        "days": InFolder(
            spark,
            f"{folders}/days.parquet",
            "db2811af2fc88de4",
            F.col("day").cast("timestamp"),
        ),
        "first_rides": InFolder(
            spark, f"{folders}/first_rides.parquet", "b6343ea9bd1e7014", F.col("month")
        ),
        "months": InSnapshots(
            spark, "ice.db.months", "bc54931b2c90f654", F.col("month")
        ),
    }
    if args.start is None:
        args.start = where_tables_end(
            marks[name] for name in args.only if name in marks
        )
    rides = reading("rides", read_rides, spark, raw)
    judge(report, "rides", broken_rides(rides))
    if "hours" in args.only:
        rows = hours(rides, args.start, args.until)
        store(
            report,
            "hours",
            rows,
            marks["hours"].moved(
                partial(write_hours, run_start=args.start, run_until=args.until),
                args.start,
                args.end,
                args.until,
            ),
            lake,
        )
    if "latest" in args.only:
        rows = latest(rides, args.start, args.until)
        store(
            report,
            "latest",
            rows,
            marks["latest"].moved(write_latest, args.start, args.end, args.until),
            lake,
        )
    if "days" in args.only:
        rows = days(rides, args.start, args.until)
        store(
            report,
            "days",
            rows,
            marks["days"].moved(
                partial(write_days, run_start=args.start, run_until=args.until),
                args.start,
                args.end,
                args.until,
            ),
            folders,
        )
    if "first_rides" in args.only:
        rows = first_rides(rides, args.start, args.until)
        store(
            report,
            "first_rides",
            rows,
            marks["first_rides"].moved(
                write_first_rides, args.start, args.end, args.until
            ),
            folders,
        )
    if "months" in args.only:
        rows = months(rides, args.start, args.until)
        store(
            report,
            "months",
            rows,
            marks["months"].moved(
                partial(write_months, run_start=args.start, run_until=args.until),
                args.start,
                args.end,
                args.until,
            ),
        )


def session() -> SparkSession:
    """The session, with the settings that this code relies on."""
    return (
        SparkSession.builder.appName(PROGRAM)
        .config("spark.sql.ansi.enabled", True)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .config("spark.sql.catalog.ice", "org.apache.iceberg.spark.SparkCatalog")
        .config("spark.sql.catalog.ice.type", "hadoop")
        .config("spark.sql.catalog.ice.warehouse", "ice")
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config(
            "spark.sql.catalog.spark_catalog",
            "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        )
        .getOrCreate()
    )


def in_folder(path: str) -> str:
    """What SQL calls a table of Delta Lake that lies in a folder."""
    whole = path if ":/" in path else os.path.abspath(path)
    return f"delta.`{whole}`"


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


def replace_slice(rows: DataFrame, table: str, covered: Column) -> int:
    """Put rows in the place of those in a table that are covered, in one commit."""
    rows.writeTo(table).overwrite(covered)
    return rows.sparkSession.table(table).where(covered).count()


def merge_slice(rows: DataFrame, table: str, covered: Column) -> int:
    """Put rows in the place of those in a table that are covered, in one commit."""
    nothing = rows.mergeInto(table, F.lit(False)).whenNotMatched().insertAll()
    nothing.whenNotMatchedBySource(covered).delete().merge()
    return rows.sparkSession.table(table).where(covered).count()


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


class Mark:
    """Until when a table is made of which runs make parts, and of which query: kept with the table.

    It comes after the rows, never before: a run that is killed in between is made again.
    """

    def __init__(
        self, spark: SparkSession, place: str, made_of: str, newest: Column
    ) -> None:
        self.spark, self.place = spark, place
        self.made_of, self.newest = made_of, newest

    def found(self) -> dict[str, str]:
        """What stands where the mark does: nothing before the first run."""
        raise NotImplementedError

    def write(self, mark: dict[str, str]) -> None:
        """Let this stand there."""
        raise NotImplementedError

    def rows(self, like: DataFrame) -> DataFrame:
        """The rows of the table, which are like those that were written."""
        return like.sparkSession.table(self.place)

    def read(self) -> dict[str, str]:
        """The mark, if there is one."""
        found = self.found()
        return {key: found[key] for key in ("made_until", "made_of") if key in found}

    def until(self) -> datetime.datetime:
        """Where a run goes on: at the beginning if nothing is made, or made of another query."""
        mark = self.read()
        is_known = mark.get("made_of") == self.made_of
        return instant(mark["made_until"] if is_known else "0001-01-01")

    def moved(
        self,
        write: Callable[..., int | None],
        start: datetime.datetime,
        end: datetime.datetime,
        until: datetime.datetime,
    ) -> Callable[..., int | None]:
        """`write`, and what is known of the table then: runs that have a window move no mark.

        Without one a run goes on after its `end`, when it began. The table is made until then,
        or until its newest row, if that is earlier: what is older may still come.
        """

        def done(rows: DataFrame, *place: str) -> int | None:
            if self.read().get("made_of", self.made_of) != self.made_of:
                self.write({"made_until": "0001-01-01", "made_of": ""})
            counted = write(rows, *place)
            if until > end:
                later = self.rows(rows).where(self.newest >= F.lit(start))
                newest = F.max(F.least(self.newest, F.lit(end)))
                ((micros,),) = later.agg(F.unix_micros(newest)).collect()
                made = datetime.timedelta(microseconds=micros or 0)
                made_until = start if micros is None else instant("1970-01-01") + made
                told = made_until.isoformat(timespec="microseconds")
                self.write({"made_until": told, "made_of": self.made_of})
            return counted

        return done


class InTable(Mark):
    """Properties of a table: one that is set back has those of then."""

    def found(self) -> dict[str, str]:
        """What stands there."""
        try:
            if not self.spark.catalog.tableExists(self.place):
                return {}
        except AnalysisException as error:
            if "DELTA_MISSING_DELTA_TABLE" in str(error):  # there is no such folder
                return {}
            raise
        rows = self.spark.sql(f"show tblproperties {self.place}").collect()
        return {row["key"]: row["value"] for row in rows}

    def write(self, mark: dict[str, str]) -> None:
        """Let this stand there."""
        told = ", ".join(f"'{key}' = '{value}'" for key, value in mark.items())
        self.spark.sql(f"alter table {self.place} set tblproperties ({told})")


class InSnapshots(Mark):
    """Properties of a snapshot of Iceberg, of which the last that led to the table counts."""

    def found(self) -> dict[str, str]:
        """What stands there."""
        if not self.spark.catalog.tableExists(self.place):
            return {}
        led = self.spark.table(f"{self.place}.history").where("is_current_ancestor")
        snapshots = self.spark.table(f"{self.place}.snapshots")
        known = snapshots.join(led, "snapshot_id", "left_semi")
        known = known.where("summary['made_of'] is not null")
        last = known.orderBy(F.desc("committed_at")).first()
        return {} if last is None else dict(last["summary"])

    def write(self, mark: dict[str, str]) -> None:
        """Let this stand there, in a snapshot without rows of its own."""
        told = {f"snapshot-property.{key}": value for key, value in mark.items()}
        nothing = self.spark.table(self.place).limit(0)
        nothing.writeTo(self.place).options(**told).append()


class InFolder(Mark):
    """A file in the folder."""

    def found(self) -> dict[str, str]:
        """What stands there."""
        folder, name = os.path.split(self.place)
        old = os.path.join(folder, f".{name}.old")
        if os.path.lexists(old) and not os.path.lexists(self.place):
            os.rename(old, self.place)  # who put it aside was killed
        path = os.path.join(self.place, "_until")
        if not os.path.lexists(path):
            return {}
        with open(path, encoding="utf-8") as file:
            return dict(json.load(file))

    def write(self, mark: dict[str, str]) -> None:
        """Let this stand there."""
        path = os.path.join(self.place, "_until")
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            json.dump(mark, file)
        os.replace(f"{path}.new", path)

    def rows(self, like: DataFrame) -> DataFrame:
        """The rows of the table."""
        return rows_at(self.place, like)


def with_mark(path: str, write: Callable[[str], None]) -> Callable[[str], None]:
    """`write`, beside which the mark of the table at `path` stands as it was."""

    def done(new: str) -> None:
        write(new)
        mark = os.path.join(path, "_until")
        if os.path.lexists(mark):
            shutil.copyfile(mark, os.path.join(new, "_until"))

    return done


def where_tables_end(marks: Iterable[Mark]) -> datetime.datetime:
    """Where a run without a window begins: where the first of its tables ends."""
    start = min([mark.until() for mark in marks], default=instant("0001-01-01"))
    log.info("what comes from %s on is made", start)
    return start


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


def conformed(
    rows: DataFrame, schema: str, all_there: bool = False, none_else: bool = False
) -> DataFrame:
    """The columns of `schema`: null where they are missing, an error where types don't fit."""
    wanted = rows.sparkSession.createDataFrame([], schema).schema
    found = {field.name: field.dataType.simpleString() for field in rows.schema}
    missing = [column for column in wanted.names if column not in found]
    if missing and (all_there or len(missing) == len(wanted)):
        raise ValueError(
            f"there is no column {', '.join(missing)}, but {', '.join(found)}"
        )
    others = [column for column in found if column not in wanted.names]
    if none_else and (others or len(rows.columns) > len(found)):
        more = ", ".join(others or rows.columns)
        raise ValueError(f"there are columns that nobody expects: {more}")
    for field in wanted:
        there, asked = found.get(field.name), field.dataType.simpleString()
        if there and there != asked and not fits(there, asked):
            raise TypeError(f"column {field.name} is {there} in the data, not {asked}")
    return rows.to(wanted)


def reading(
    name: str, read: Callable[..., DataFrame], *given: Any, **how: bool
) -> DataFrame:
    """What `read` gives; if it fails, that is about `name`."""
    try:
        return read(*given, **how)
    except Exception as error:
        raise Failed(name, short(error)) from error


def fits(there: str, asked: str) -> bool:
    """Whether each value of one type is one of another; integers are judged as they are read."""
    whole = ("tinyint", "smallint", "int", "bigint")
    if there.startswith("decimal(") and asked.startswith("decimal("):
        (p, s), (q, t) = (map(int, one[8:-1].split(",")) for one in (there, asked))
        return s <= t and p - s <= q - t
    if there in whole:
        return asked in (*whole, "double") or asked.startswith("decimal(")
    if there == "float" or there.startswith("decimal("):
        return asked == "double"
    if there == "date":
        return asked in ("timestamp", "timestamp_ntz")
    return there.startswith(("array<", "map<", "struct<"))


def instant(text: str) -> datetime.datetime:
    """A point in time, in UTC unless it says otherwise."""
    found = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)


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
    parser.add_argument("--start", type=instant, metavar="TIME")
    parser.add_argument("--end", type=instant, metavar="TIME")
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
    args = parser.parse_args()
    first = instant("0001-01-01")
    has_window = args.end is not None or args.start not in (None, first)
    if has_window:
        args.start = args.start or first
    args.end = args.end or now()
    args.until = args.end if has_window else instant("9999-12-31")
    args.param = dict(args.param)
    return args


def now() -> datetime.datetime:
    """The start of the run."""
    return datetime.datetime.now(datetime.timezone.utc)


def run() -> int:
    """Run as the command line says: 0 if all went well, 4 if a rule stopped it, else 3."""
    args = arguments()
    begin = time.monotonic()
    logging.basicConfig(format="%(message)s")
    if args.log == "json":
        lines = JsonLines(run=args.run, start=args.start, end=args.end)
        logging.getLogger().handlers[0].setFormatter(lines)
    log.setLevel(logging.INFO)
    start = args.start or "where tables end"
    log.info("run %s, from %s to %s", args.run, start, args.end)
    report: dict[str, Any] = {}
    failure: Failed | None = None
    try:
        main(session(), args, report)
    except Failed as error:
        failure = error
    except Exception as error:
        failure = Failed(None, short(error))
        failure.__cause__ = error
    status = 0 if failure is None else 4 if isinstance(failure, Broken) else 3
    word = {0: "well", 3: "failed", 4: "stopped"}[status]
    summary(report, word, time.monotonic() - begin)
    if failure is not None:
        log.error("%s: %s", word, failure, exc_info=failure if status == 3 else None)
    if args.report:
        told = {"program": PROGRAM, "status": word, "error": failure and failure.told}
        with open(args.report, "w", encoding="utf-8") as file:
            json.dump({**told, "relations": list(report.values()), "gates": []}, file)
    return status


if __name__ == "__main__":
    sys.exit(run())
