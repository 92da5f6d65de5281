# Made by oftra from program.oftra: edits belong there.

from __future__ import annotations

import argparse
import datetime
import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable
from typing import Any

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

log = logging.getLogger("program")
PROGRAM = "program"
PARAMS = ()
OUTPUTS = ("summaries",)
READINGS = "sensor string, at timestamp, level double"


def read_readings(spark: SparkSession, root: str) -> DataFrame:
    return (
        spark.read.schema(READINGS)
        .option("mode", "FAILFAST")
        .json(f"{root}/readings.jsonl")
    )


def readings_records(readings_records_2: DataFrame) -> DataFrame:
    return readings_records_2


def broken_readings(readings_records: DataFrame) -> DataFrame:
    """How many rows of readings break each rule."""
    return readings_records.agg(
        F.count("*").alias("read"),
        F.count_if(~F.col("readable")).alias("readable"),
        F.count_if(F.col("readable") & F.col("sensor").isNull()).alias(
            "sensor not null"
        ),
        F.count_if(F.col("readable") & F.col("at").isNull()).alias("at not null"),
        F.count_if(~F.col("level").between(0.0, 100.0)).alias(
            "level between 0 and 100"
        ),
    ).crossJoin(
        readings_records.where(F.col("sensor").isNotNull() & F.col("at").isNotNull())
        .groupBy("sensor", "at")
        .agg(F.count("*").alias("rows"))
        .where(F.col("rows") > 1)
        .agg(F.coalesce(F.sum("rows"), F.lit(0)).alias("unique (sensor, at)"))
    )


def readings(readings_records: DataFrame) -> DataFrame:
    return readings_records.drop("readable")


def broken_summaries(readings: DataFrame) -> DataFrame:
    """How many rows in summaries break what it asserts."""
    return readings.agg(
        F.count("*").alias("read"), F.count_if(~(F.col("sensor") != "")).alias("named")
    )


def summaries(readings: DataFrame) -> DataFrame:
    return readings.groupBy("sensor").agg(F.avg("level").alias("mean"))


def broken_summaries_2(summaries: DataFrame) -> DataFrame:
    """How many rows of summaries break each rule."""
    return summaries.agg(
        F.count("*").alias("read"),
        F.count_if(~(F.col("mean") >= 0.0)).alias("mean >= 0"),
    ).crossJoin(
        summaries.groupBy("sensor")
        .agg(F.count("*").alias("rows"))
        .where(F.col("rows") > 1)
        .agg(F.coalesce(F.sum("rows"), F.lit(0)).alias("primary key (sensor)"))
    )


def write_summaries(rows: DataFrame, root: str) -> None:
    replaced(f"{root}/summaries.jsonl", rows.write.mode("overwrite").json)


def main(spark: SparkSession, args: argparse.Namespace, report: dict[str, Any]) -> None:
    """Build what is asked for."""
    data = os.path.join(args.root, "data")
    out = os.path.join(args.root, "out")
    readings_records_2 = read_readings(spark, data)
    readings_records_df = readings_records(readings_records_2).cache()
    judge(
        report,
        "readings",
        broken_readings(readings_records_df),
        warn=["level between 0 and 100"],
    )
    readings_df = readings(readings_records_df)
    judge(report, "summaries", broken_summaries(readings_df), assertion="named")
    summaries_df = summaries(readings_df).cache()
    judge(report, "summaries", broken_summaries_2(summaries_df))
    store(report, "summaries", summaries_df, write_summaries, out)


class Broken(Exception):
    """Rows of a relation break rules that none may break."""


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
    write: Callable[..., None],
    *place: str,
) -> None:
    """Write rows, and tell how many they were and how long it took."""
    log.info("%s begins", name)
    begin = time.monotonic()
    seen = Observation()
    write(rows.observe(seen, F.count(F.lit(1)).alias("rows")), *place)
    told = about(report, name)
    told.update(stored=True, rows=seen.get["rows"])
    if not told["rules"]:
        told.update(read=told["rows"], passed=told["rows"])
    told["seconds"] = round(time.monotonic() - begin, 3)
    log.info("%s: %s rows in %s s", name, told["rows"], told["seconds"])


def judge(
    report: dict[str, Any],
    name: str,
    counts: DataFrame,
    assertion: str | None = None,
    **actions: list[str],
) -> None:
    """Tell how many rows break each rule; stop if one breaks a rule that fails the run."""
    log.info("%s is judged", name)
    rules, numbers = counts.columns[1:], list(counts.collect()[0])
    read = numbers.pop(0)
    quarantined = numbers.pop() if "quarantine" in actions else 0
    dropped = numbers.pop() if "drop" in actions else 0
    does = {rule: action for action, listed in actions.items() for rule in listed}
    judged = [
        {"rule": rule, "action": does.get(rule, "fail"), "records": number}
        for rule, number in zip(rules, numbers)
    ]
    passed = read - dropped - quarantined
    told = about(report, name)
    if assertion is None:
        told.update(rows=passed)
    else:
        told["assertions"].append({"name": assertion, "late": 0})
        told = told["assertions"][-1]
    told.update(read=read, passed=passed, dropped=dropped, quarantined=quarantined)
    told["rules"] = judged
    broken = [
        f"{number:,} {'row breaks' if number == 1 else 'rows break'} `{rule}`"
        for rule, number in zip(rules, numbers)
        if number and does.get(rule, "fail") == "fail"
    ]
    if broken:
        raise Broken(name, ", ".join(broken))


def replaced(path: str, write: Callable[[str], None]) -> None:
    """Write beside what is at `path`, and put it there once it is complete."""
    if "://" in path:  # nothing can be renamed in an object store
        write(path)
        return
    new, old = f"{path}.new", f"{path}.old"
    write(new)
    if os.path.lexists(path):
        os.rename(path, old)
    os.rename(new, path)
    if os.path.isdir(old):
        shutil.rmtree(old)
    elif os.path.lexists(old):
        os.unlink(old)


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
    args = parser.parse_args()
    args.param = dict(args.param)
    return args


def now() -> datetime.datetime:
    """The start of the run."""
    return datetime.datetime.now(datetime.timezone.utc)


def session() -> SparkSession:
    """The session, with the settings that this code relies on."""
    return (
        SparkSession.builder.appName(PROGRAM)
        .config("spark.sql.ansi.enabled", True)
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )


def run() -> int:
    """Run as the command line says: 0 if all went well, 4 if a rule stopped it, else 3."""
    args = arguments()
    logging.basicConfig(format="%(message)s")
    log.setLevel(logging.INFO)
    report: dict[str, Any] = {}
    status, error = 0, None
    try:
        main(session(), args, report)
    except Broken as broken:
        relation, message = broken.args
        status, error = 4, {"relation": relation, "message": message}
        log.error("stopped: in %s, %s", relation, message)
    except Exception as failure:
        status, error = 3, {"relation": None, "message": str(failure)}
        log.exception("failed")
    if args.report:
        words = {0: "well", 3: "failed", 4: "stopped"}
        told = {"program": PROGRAM, "status": words[status], "error": error}
        with open(args.report, "w", encoding="utf-8") as file:
            json.dump({**told, "relations": list(report.values()), "gates": []}, file)
    return status


if __name__ == "__main__":
    sys.exit(run())
