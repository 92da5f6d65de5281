"""What an expression is in PySpark: as a person would write it, corrected only where Spark means something else."""

from functools import cache

import pytest

from oftra.check import check_query
from oftra.diagnostics import Report
from oftra.driver import QUERY, Checked, check_all, parse_all
from oftra.ir.expr import Column, Expr
from oftra.ir.rel import Aggregate, Project, Rel, Window
from oftra.project.find import Project as Folder
from oftra.source import SourceFile
from oftra.syntax.parser import parse_query
from oftra.targets.engines.spark.expressions import Around, Expressions
from oftra.targets.engines.spark.wording import Said, Version, named
from oftra.targets.python.write import expression

COLUMNS = {
    "i": "int", "b": "bigint", "d": "decimal(10, 2)", "x": "double", "s": "string", "t": "timestamp",
    "at": "datetime", "day": "date", "flag": "boolean", "xs": "array<int>", "m": "map<string, int>",
    "r": "struct<a: int, b: string>", "j": "json", "raw": "binary",
}  # fmt: skip

SCALARS = {
    # Arithmetic: numbers as they stand, Spark's own widths.
    "i + 1": 'F.col("i") + 1',
    "try_add(i, 1)": 'F.try_add("i", F.lit(1))',
    "pmod(i, 7)": 'F.pmod("i", F.lit(7))',
    "is_finite(x)": 'F.abs("x") < float("inf")',
    "width_bucket(x, 0, 10, 5)": 'F.width_bucket("x", F.lit(0.0), F.lit(10.0), 5)',
    "2 * d": '2 * F.col("d")',
    "d * 0.92": 'F.col("d") * Decimal("0.92")',
    "(i + b) * (i - 1)": '(F.col("i") + F.col("b")) * (F.col("i") - 1)',
    "x * 1.5": 'F.col("x") * 1.5',
    # By zero it is null, and of decimals a double.
    "i / 2": 'F.col("i") / 2',
    "i / b": 'F.try_divide("i", "b")',
    "d / 2": 'F.col("d").cast("double") / 2',
    "i % b": 'F.col("i") % F.nullif("b", F.lit(0))',
    "div(b, 2)": 'F.call_function("div", "b", F.lit(2))',
    "div(i, 2)": 'F.call_function("div", "i", F.lit(2)).cast("int")',
    "divide(d, 3, 2)": '(F.col("d") / 3).cast("decimal(10, 2)")',
    # Comparisons and logic.
    "1 < i": 'F.col("i") > 1',
    "d > 1.5": 'F.col("d") > Decimal("1.5")',
    "day >= '2026-01-01'": 'F.col("day") >= datetime.date(2026, 1, 1)',
    "t < timestamp '2026-01-01 00:00:00Z'": 'F.col("t") < F.lit("2026-01-01 00:00:00Z").cast("timestamp")',
    "at = datetime '2026-01-01 10:00:00'": 'F.col("at") == F.lit("2026-01-01 10:00:00").cast("timestamp_ntz")',
    "i > 1 and (flag or s = 'a')": '(F.col("i") > 1) & (F.col("flag") | (F.col("s") == "a"))',
    "i is not null": 'F.col("i").isNotNull()',
    "not (i is null)": 'F.col("i").isNotNull()',
    "flag is true": 'F.col("flag").eqNullSafe(True)',
    "i is distinct from 1": '~F.col("i").eqNullSafe(1)',
    "i between 1 and 9": 'F.col("i").between(1, 9)',
    "s not in ('a', 'b')": '~F.col("s").isin("a", "b")',
    "case when flag then 'a' else s end": 'F.when(F.col("flag"), "a").otherwise(F.col("s"))',
    "case when flag then d else 0 end": 'F.when(F.col("flag"), F.col("d")).otherwise(Decimal("0"))',
    "coalesce(s, '')": 'F.coalesce("s", F.lit(""))',
    # A backslash is a plain character to us, and an escape to Spark.
    "s like 'a%'": 'F.col("s").like("a%")',
    r"s like 'a\_%'": r'F.col("s").like(r"a\\_%")',
    "s like '100!%' escape '!'": r'F.col("s").like(r"100\%")',
    # Casts.
    "cast(x as int)": 'F.col("x").cast("int")',
    "cast(s as int)": r'F.regexp_extract("s", r"^[+-]?[0-9]+\z", 0).cast("int")',
    "try_cast(s as date)": 'date_text("s").try_cast("date")',
    "cast(t as string)": 'F.concat(F.col("t").cast("string"), F.lit("Z"))',
    "cast(raw as string)": 'F.decode("raw", "UTF-8")',
    # Dates and spans of time.
    "day + interval 7 days": 'F.date_add("day", 7)',
    "day - interval (i) weeks": 'F.date_sub("day", F.col("i") * 7)',
    "day + interval 1 month": 'F.add_months("day", 1)',
    "t - interval 90 minutes": 'F.col("t") - F.expr("interval 1 hour 30 minutes")',
    "t + interval (i) hours": 'F.col("t") + F.expr("interval 1 hour") * F.col("i")',
    "day - day": 'F.date_diff("day", "day").cast("bigint")',
    "date_trunc('month', day)": 'F.trunc("day", "month")',
    "date_trunc('hour', t)": 'F.date_trunc("hour", "t")',
    "date_trunc('day', at)": 'F.date_trunc("day", "at").cast("timestamp_ntz")',
    "date_diff('hour', t, t)": 'F.timestamp_diff("HOUR", "t", "t")',
    "date_diff('month', day, day)": 'whole_months(F.col("day"), F.col("day")).cast("bigint")',
    "format_time(t, '%d.%m.%Y at %H')": """F.date_format("t", "dd.MM.yyyy' at 'HH")""",
    # Collections: null where there is nothing.
    "xs[1]": 'F.get("xs", 0)',
    "xs[i]": 'F.get("xs", F.col("i") - 1)',
    "m['a']": 'F.col("m")["a"]',
    "r.a": 'F.col("r.a")',
    "upper(r.b)": 'F.upper("r.b")',
    "struct(i as a, 1 as b)": 'F.struct(F.col("i").alias("a"), F.lit(1).alias("b"))',
    "array_append(xs, i)": 'F.array_append("xs", F.col("i"))',
    "array_remove(xs, 2)": 'F.array_remove("xs", 2)',
    "array_sort(xs, 'desc')": 'F.sort_array("xs", asc=False)',
    "reduce(xs, 0, (total, x) -> total + x)": 'F.aggregate("xs", F.lit(0), lambda total, x: total + x)',
    "map_filter(m, (k, v) -> v > i)": 'F.map_filter("m", lambda k, v: v > F.col("i"))',
    "map_concat(m, m)": 'F.map_concat(F.map_filter("m", lambda key, value: ~F.map_contains_key("m", key)), "m")',
    "transform(xs, x -> x + 1)": 'F.transform("xs", lambda x: x + 1)',
    "filter(xs, F -> F > i)": 'F.filter("xs", lambda F_: F_ > F.col("i"))',
    "array_contains(xs, 2)": 'F.array_position("xs", 2) > 0',
    # Text.
    "s || '-' || s": 'F.concat("s", F.lit("-"), "s")',
    "upper(trim(s))": 'F.upper(F.trim("s"))',
    "substring(s, 2, 3)": 'F.substring("s", 2, 3)',
    "substring(s, 0, 2)": 'F.substring("s", 1, 1)',
    "regexp_count(s, 'a+')": 'F.regexp_count("s", F.lit("a+"))',
    "to_base64(raw)": 'F.translate(F.base64("raw"), "\\r\\n", "")',
    "try_parse_date(s, '%d.%m.%Y')": 'F.try_to_timestamp("s", F.lit("dd.MM.yyyy")).cast("date")',
    "day_name(day)": 'F.date_format("day", "EEEE")',
    "split(s, '.')": r'F.split("s", r"\.")',
    r"regexp_replace(s, '(a)b', '\1$')": r'F.regexp_replace("s", "(a)b", r"$1\$")',
    "json_value(j, '$.a')": 'json_scalar(F.col("j"), "$.a")',
}

AGGREGATES = {
    "count(*)": 'F.count("*")',
    "count(distinct i)": 'F.count_distinct("i")',
    "count(*) filter (where i > 1)": 'F.count_if(F.col("i") > 1)',
    "sum(d * 0.92)": 'F.sum(F.col("d") * Decimal("0.92"))',
    "sum(d) filter (where flag)": 'F.sum(F.when(F.col("flag"), F.col("d")))',
    "avg(i)": 'F.avg("i")',
    "avg(d)": 'mean("d")',
    "arg_max(s, t)": 'F.max_by("s", "t")',
    "array_agg(s order by s desc)": 'F.sort_array(F.collect_list("s"), asc=False)',
    "array_agg(s order by i)": (
        'F.sort_array(F.collect_list(F.when(F.col("s").isNotNull(), F.struct("i", "s"))))["s"]'
    ),
    "mode(s)": 'F.mode("s", True)',
    "regr_slope(x, i)": 'F.regr_slope("x", "i")',
    "map_agg(s, i) filter (where flag)": (
        'F.map_from_entries(F.collect_list(F.when(F.col("flag"), F.struct("s", "i"))))'
    ),
    "string_agg(s, ', ')": 'F.listagg("s", ", ")',
}

WINDOWS = {
    "row_number() over (partition by s order by i desc)": (
        'F.row_number().over(Window.partitionBy("s").orderBy(F.desc("i"))).cast("bigint")'
    ),
    "sum(i) over (order by t rows between 2 preceding and current row)": (
        'F.sum("i").over(Window.orderBy("t").rowsBetween(-2, Window.currentRow))'
    ),
    "sum(i) over (order by t range between interval 1 hour preceding and current row)": (
        'F.sum("i").over(Window.orderBy(F.unix_micros("t")).rangeBetween(-3600000000, Window.currentRow))'
    ),
    "max(i) over (order by day range between interval 7 days preceding and interval 1 day preceding)": (
        'F.max("i").over(Window.orderBy(F.unix_date("day")).rangeBetween(-7, -1))'
    ),
    "lag(i) ignore nulls over (order by t)": (
        'F.last("i", ignorenulls=True).over(Window.orderBy("t").rowsBetween(Window.unboundedPreceding, -1))'
    ),
    "avg(d) over (partition by s)": (
        'F.sum("d").over(Window.partitionBy("s")).cast("double") / F.count("d").over(Window.partitionBy("s"))'
    ),
    "rank() over (order by i desc nulls first)": (
        'F.rank().over(Window.orderBy(F.desc_nulls_first("i"))).cast("bigint")'
    ),
    "sum(i) over ()": 'F.sum("i").over(Window.partitionBy())',
}

OLDER = {
    "array_remove(xs, i)": 'F.call_function("array_remove", "xs", F.col("i"))',
    "array_position(xs, 2)": 'F.array_position("xs", 2).cast("int")',
    "date_diff('hour', t, t)": ('F.call_function("div", F.unix_micros("t") - F.unix_micros("t"), F.lit(3600000000))'),
    "lpad(s, i, '0')": 'F.call_function("lpad", "s", "i", F.lit("0"))',
    "ltrim(s, 'ab')": 'F.call_function("ltrim", F.lit("ab"), "s")',
}

REFUSED = {
    ("try_cast(s as int)", (3, 5)): "OF0630",
    ("mode(s)", (3, 5)): "OF0630",
    ("sum(i) over (order by t groups between 1 preceding and current row)", (4, 1)): "OF0631",
    ("divide(cast(d as decimal(38, 10)), cast(d as decimal(38, 10)), 4)", (4, 1)): "OF0632",
    ("stddev(distinct x) over (partition by s)", (4, 1)): "OF0633",
}


class Plain:
    """Columns by their own names."""

    def find(self, column: Column) -> Said:
        return named(column.name, column.type)


def said(text: str, version: Version = (4, 1)) -> tuple[str, Report]:
    """An expression in PySpark, and what was reported."""
    operator = "aggregate" if text in AGGREGATES else "select"
    nulls = ", ".join("null" for _ in COLUMNS)
    typed = ", ".join(f"{name} {type_}" for name, type_ in COLUMNS.items())
    rel = typed_query(f"from values ({nulls}) as rows ({typed}) |> {operator} {text} as said")
    report = Report()
    return expression(Expressions(Plain(), Around(report, {}, version)).exact(value_of(rel))), report


@cache
def nothing() -> Checked:
    """A program that declares nothing."""
    checked = check_all(parse_all(Folder(".", None, ()), None, Report()), Report())
    assert checked is not None
    return checked


def typed_query(text: str) -> Rel:
    """A query, checked."""
    report = Report()
    query = parse_query(SourceFile(QUERY, text), report)
    assert query is not None and not report.has_errors, list(report)
    rel = check_query(nothing().resolved, nothing().program, query, report)
    assert not report.has_errors, list(report)
    return rel


def value_of(rel: Rel) -> Expr:
    """The expression that a query of one item computes."""
    match rel:
        case Project(Window(items=(item,))) | Window(items=(item,)) | Aggregate(aggregates=(item,)):
            return item.value
        case Project(Aggregate(aggregates=(item,))) | Project(items=(item,)):
            return item.value
        case _:
            raise AssertionError(rel)


@pytest.mark.parametrize("text, wanted", [*SCALARS.items(), *AGGREGATES.items(), *WINDOWS.items()])
def test_it_reads_as_written_by_hand(text: str, wanted: str) -> None:
    made, report = said(text)
    assert made == wanted
    assert not list(report)


@pytest.mark.parametrize("text, wanted", OLDER.items())
def test_an_older_spark_is_told_otherwise(text: str, wanted: str) -> None:
    made, report = said(text, (3, 5))
    assert made == wanted
    assert not list(report)


@pytest.mark.parametrize("question, code", REFUSED.items())
def test_what_spark_cannot_do_is_refused(question: tuple[str, Version], code: str) -> None:
    text, version = question
    _, report = said(text, version)
    assert [diagnostic.code for diagnostic in report] == [code]
