# Made by oftra from program.oftra: edits belong there.

from __future__ import annotations

import datetime
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pyspark.sql import Column, DataFrame, Observation, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

log = logging.getLogger("shop")
PLACES = {
    "orders": "program.oftra:26",
    "customers": "program.oftra:29",
    "countries": "program.oftra:35",
    "listed": "program.oftra:43",
    "rejected": "program.oftra:27",
    "report": "program.oftra:49",
}


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


def json_fields(lines: DataFrame) -> DataFrame:
    """Lines with their `fields` by name: null of a line that is no JSON object."""
    # A parser would stop behind the object: it is alone if the 0 follows.
    pair = F.try_parse_json(F.concat(F.lit("["), "value", F.lit(", 0]")))
    is_alone = F.try_variant_get("pair", "$[1]", "int") == 0
    fields = json_object(F.try_variant_get("pair", "$[0]", "variant"))
    return lines.withColumn("pair", pair).withColumn("fields", F.when(is_alone, fields))


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


def exact_scalar(value: Column, kind: T.DataType) -> Column:
    """A JSON string, number or boolean as a value of a type; null if it is not exactly one."""
    found, text = F.schema_of_variant(value), F.try_variant_get(value, "$", "string")
    if isinstance(kind, T.VariantType):
        return F.when(~has_long_number(), F.to_json(value))
    if isinstance(kind, T.BooleanType):
        return F.when(found == "BOOLEAN", exact_text(text, kind))
    if not isinstance(kind, T.NumericType):
        return F.when(found == "STRING", exact_text(text, kind))
    number = F.when(found.rlike("^(BIGINT|DECIMAL|DOUBLE)") & ~text.rlike("Inf"), text)
    if isinstance(kind, (T.FloatType, T.DoubleType)):
        special = text.isin("NaN", "Infinity", "-Infinity") & (found == "STRING")
        return exact_text(F.when(special, text).otherwise(number), kind)
    # With an exponent or too many digits it was rounded, unless all numbers there are short.
    is_shortened = F.col("value").rlike(r"([0-9]{16}|[0-9.]{17})[0-9.]*[eE]")
    digits = number.try_cast("decimal(38, 18)")
    is_same = digits.cast("double") == number.try_cast("double")
    is_exact = is_same & ~is_shortened & ~has_long_number()
    plain = F.when(found != "DOUBLE", number).when(is_exact, digits.cast("string"))
    if isinstance(kind, T.IntegralType):
        plain = F.regexp_replace(plain, r"\.0*$", "")
    return exact_text(plain, kind)


def has_long_number() -> Column:
    """Whether a line has a number of more than 38 digits, which would be rounded."""
    return F.col("value").rlike(r"[1-9](\.?[0-9]){38}|\.[0-9]{39}")


def json_object(value: Column) -> Column:
    """The fields of a JSON object by name, null where they say so; null if it is none."""
    fields = F.try_variant_get(value, "$", "map<string, variant>")
    return F.transform_values(fields, lambda _, one: unless_null(one))


def unless_null(value: Column) -> Column:
    """A JSON value, unless it is JSON's null."""
    return F.when(~F.is_variant_null(value), value)


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


def from_database(
    spark: SparkSession, database: dict[str, str], table: str, **options: Any
) -> DataFrame:
    """The rows of a table, or of a query in brackets."""
    read = spark.read.format("jdbc").options(**database, **options)
    return read.option("dbtable", table).load()


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


def below(root: str, path: str) -> str:
    """A path, which starts from `root` if it is relative."""
    return path if ":/" in path else os.path.join(root, path)


def now() -> datetime.datetime:
    """The start of the run."""
    return datetime.datetime.now(datetime.timezone.utc)


def told(
    program: str, report: dict[str, Any], path: str, gates: dict[str, Any] | None = None
) -> str:
    """The run report as JSON; if there is a path, it is written there too."""
    found = list((gates or {}).values())
    closed = [gate for gate in found if gate["action"] in ("stop", "retry")]
    status = "well" if all(gate["holds"] for gate in closed) else "stopped"
    done = {"program": program, "status": status, "error": None}
    text = json.dumps({**done, "relations": list(report.values()), "gates": found})
    if path:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    return text


def measure(
    row: DataFrame,
    gate: str,
    action: str,
    pipeline: str,
    place: str,
    measures: list[str],
) -> dict[str, Any]:
    """What a gate measured, which the task behind this notebook judges."""
    try:
        holds, *found = row.collect()[0]
    except Exception as error:
        raise Failed(None, short(error)) from error
    file, _, line = place.rpartition(":")
    told = {"gate": gate, "pipeline": pipeline, "file": file, "line": int(line)}
    numbers = [str(one) if isinstance(one, Decimal) else one for one in found]
    measured = dict(zip(measures, numbers))
    told |= {"action": action, "holds": bool(holds), "measured": measured}
    log.info("%s", said(told))
    return told


def said(gate: dict[str, Any]) -> str:
    """A gate in words: its text, what was measured, and where it stands in the program."""
    found = [f"{text} = {value}" for text, value in gate["measured"].items()]
    word = "holds" if gate["holds"] else "does not hold"
    place = f"{gate['file']}:{gate['line']}"
    return f"`{gate['gate']}` ({place}) {word}: {', '.join(found)}"


def described(
    spark: SparkSession, table: str, comment: str | None, columns: dict[str, str]
) -> None:
    """Have the catalog say of a table, and of its columns, what the program says."""
    there = spark.catalog.getTable(table).description
    if comment and comment != there:
        spark.sql(f"comment on table {table} is {literal(comment)}")
    told = {one.name: one.description for one in spark.catalog.listColumns(table)}
    for name, text in columns.items():
        if text != told[name]:
            column = "`" + name.replace("`", "``") + "`"
            change = f"alter column {column} comment {literal(text)}"
            spark.sql(f"alter table {table} {change}")


def literal(text: str) -> str:
    """A text in SQL, in which nothing is put in place of anything."""
    for sign, code in (("\\", "\\\\"), ("'", "\\'"), ("$", "\\u0024")):
        text = text.replace(sign, code)
    return f"'{text}'"


def constrained(
    spark: SparkSession,
    table: str,
    not_null: tuple[str, ...] = (),
    checks: dict[str, str] | None = None,
    cluster_by: tuple[str, ...] = (),
    settings: dict[str, str] | None = None,
) -> None:
    """Have a table of Delta Lake hold others to what is true of its rows, and lie as asked."""
    nullable = {field.name for field in spark.table(table).schema if field.nullable}
    changes = [
        f"alter column {delimited(name)} set not null"
        for name in not_null
        if name in nullable
    ]
    there = properties(spark, table)
    for name, condition in (checks or {}).items():
        if f"delta.constraints.{name}" not in there:
            changes.append(f"add constraint {name} check ({condition})")
    (detail,) = spark.sql(f"describe detail {table}").collect()
    if cluster_by and tuple(detail["clusteringColumns"]) != cluster_by:
        changes.append(f"cluster by ({', '.join(map(delimited, cluster_by))})")
    for key, value in (settings or {}).items():
        if there.get(key) != value:
            changes.append(f"set tblproperties ({literal(key)} = {literal(value)})")
    for change in changes:
        spark.sql(f"alter table {table} {change}")


def properties(spark: SparkSession, table: str) -> dict[str, str]:
    """The properties of a table: among them are its checks."""
    rows = spark.sql(f"show tblproperties {table}").collect()
    return {row["key"]: row["value"] for row in rows}


def catalogued(
    spark: SparkSession,
    table: str,
    key: tuple[str, ...] = (),
    references: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
) -> None:
    """Tell Unity Catalog a table's key and references, proven and not checked there, and its tags."""
    told = spark.sql(f"describe table extended {table}").collect()
    has_key = any((row["data_type"] or "").startswith("PRIMARY KEY") for row in told)
    if key and not has_key:
        columns = ", ".join(map(delimited, key))
        spark.sql(f"alter table {table} add primary key ({columns}) rely")
    for name, reference in (references or {}).items():
        spark.sql(f"alter table {table} drop constraint if exists {name}")
        spark.sql(f"alter table {table} add constraint {name} foreign key {reference}")
    if tags:
        pairs = [f"{literal(name)} = {literal(value)}" for name, value in tags.items()]
        spark.sql(f"alter table {table} set tags ({', '.join(pairs)})")


def granted(
    spark: SparkSession, table: str, grants: dict[str, tuple[str, ...]]
) -> None:
    """Let users, groups and service principals do more with a table."""
    for privilege, names in grants.items():
        for name in names:
            spark.sql(f"grant {privilege} on table {table} to {delimited(name)}")


def delimited(name: str) -> str:
    """A name in SQL, whatever it holds."""
    return "`" + name.replace("`", "``") + "`"
