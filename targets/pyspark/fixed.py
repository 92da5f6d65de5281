"""Code that stands in every module that needs it, word for word, written as black writes it."""

import re
from collections.abc import Iterable

from oftra.targets.pyspark.brokers import CODE as BROKERS
from oftra.targets.pyspark.databases import CODE as DATABASES
from oftra.targets.pyspark.debezium import CHANGES
from oftra.targets.pyspark.decoding import DECODING
from oftra.targets.pyspark.failing import FAILING
from oftra.targets.pyspark.gates import GATES
from oftra.targets.pyspark.late_rows import LATE
from oftra.targets.pyspark.mark_code import MARKS
from oftra.targets.pyspark.refresh_code import REFRESHING
from oftra.targets.pyspark.stream_code import STREAMING
from oftra.targets.pyspark.telling import TELLING

_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_PROSE = re.compile(r'"""(?s:.*?)"""|#.*')

FIXED: dict[str, str] = {
    **DECODING,
    **BROKERS,
    **DATABASES,
    **CHANGES,
    **STREAMING,
    **LATE,
    **REFRESHING,
    **MARKS,
    **FAILING,
    **TELLING,
    "about": '''\
def about(report: dict[str, Any], name: str) -> dict[str, Any]:
    """What is told of a relation."""
    counts = dict.fromkeys(
        ("rows", "read", "passed", "dropped", "quarantined", "late"), 0
    )
    more = {"rules": [], "assertions": [], "seconds": 0.0}
    report.setdefault(name, {"name": name, "stored": False, **counts, **more})
    told: dict[str, Any] = report[name]
    return told
''',
    "store": '''\
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
''',
    "tally": '''\
def tally(judged: DataFrame, rules: dict[str, str]) -> DataFrame:
    """How many rows were read, dropped and quarantined, and how many break each rule."""
    *_, broken, outcome = judged.columns
    return judged.agg(
        F.count("*").alias("read"),
        F.count_if(F.col(outcome) == "dropped").alias("dropped"),
        F.count_if(F.col(outcome) == "quarantined").alias("quarantined"),
        *[F.count_if(F.array_contains(broken, rule)).alias(rule) for rule in rules],
    )
''',
    "judge": '''\
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
''',
    **GATES,
    "unreadable": '''\
def unreadable(records: DataFrame) -> DataFrame:
    """How many records there are, and how many can't be read."""
    broken = F.count_if(~F.col("readable"))
    return records.agg(F.count("*").alias("read"), broken.alias("readable"))
''',
    "replaced": '''\
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
''',
    "removed": '''\
def removed(path: str) -> None:
    """Let nothing be at `path`."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
''',
    "each_conformed": '''\
def each_conformed(rows: DataFrame, schema: str, **how: bool) -> DataFrame:
    """The same of parquet files that may have several schemas: each is judged by its own."""
    read = rows.sparkSession.read
    files = [unquote(file) for file in rows.inputFiles()]
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda file: read.parquet(file).schema.json(), files))
    alike = [
        [file for file, one in zip(files, found) if one == kind]
        for kind in dict.fromkeys(found)
    ]
    each = [conformed(read.parquet(*some), schema, **how) for some in alike]
    return reduce(DataFrame.unionAll, each)
''',
    "conformed": '''\
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
''',
    "reading": '''\
def reading(
    name: str, read: Callable[..., DataFrame], *given: Any, **how: bool
) -> DataFrame:
    """What `read` gives; if it fails, that is about `name`."""
    try:
        return read(*given, **how)
    except Exception as error:
        raise Failed(name, short(error)) from error
''',
    "fits": '''\
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
''',
    "instant": '''\
def instant(text: str) -> datetime.datetime:
    """A point in time, in UTC unless it says otherwise."""
    found = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)
''',
    "below": '''\
def below(root: str, path: str) -> str:
    """A path, which starts from `root` if it is relative."""
    return path if ":/" in path else os.path.join(root, path)
''',
    "assignment": '''\
def assignment(text: str) -> tuple[str, str]:
    """`NAME=VALUE` as its two parts."""
    name, given, value = text.partition("=")
    if not given or name not in PARAMS:
        wanted = f"NAME=VALUE with one of {', '.join(PARAMS)}"
        raise argparse.ArgumentTypeError(f"{text} is not {wanted}")
    return name, value
''',
    "arguments": '''\
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
    args = parser.parse_args()
    args.param = dict(args.param)
    return args
''',
    "now": '''\
def now() -> datetime.datetime:
    """The start of the run."""
    return datetime.datetime.now(datetime.timezone.utc)
''',
    "run": '''\
def run() -> int:
    """Run as the command line says: 0 if all went well, 4 if a rule stopped it, else 3."""
    args = arguments()
    begin = time.monotonic()
    logging.basicConfig(format="%(message)s")
    if args.log == "json":
        lines = JsonLines(run=args.run, start=args.start, end=args.end)
        logging.getLogger().handlers[0].setFormatter(lines)
    log.setLevel(logging.INFO)
    log.info("run %s, from %s to %s", args.run, args.start, args.end)
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
''',
    "entry": """\
if __name__ == "__main__":
    sys.exit(run())
""",
}


def with_needs(names: Iterable[str]) -> list[str]:
    """Those of `names` that are fixed code and what that takes itself, in order."""
    found: set[str] = set()
    waiting = [name for name in names if name in FIXED]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += words(FIXED[name]) & FIXED.keys()
    return [name for name in FIXED if name in found]


def words(code: str) -> set[str]:
    """The names in fixed code, which has none in its strings that would be taken for one; methods are none."""
    return set(_NAME.findall(_PROSE.sub("", code)))
