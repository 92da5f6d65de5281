"""Code that stands in every module that needs it, word for word, written as black writes it."""

import re
from collections.abc import Iterable

_NAME = re.compile(r"\b[A-Za-z_]\w*")

FIXED: dict[str, str] = {
    "Broken": '''\
class Broken(Exception):
    """Rows break a rule that none may break."""
''',
    "told": '''\
def told(report: Report, name: str) -> dict[str, Any]:
    """What is told of a relation."""
    entry = {"name": name, "rows": 0, "seconds": 0.0, "read": 0, "quarantined": 0}
    return report.setdefault(name, {**entry, "rules": {}})
''',
    "store": '''\
def store(
    report: Report,
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
    entry = told(report, name)
    entry["rows"] = seen.get["rows"]
    entry["seconds"] = round(time.monotonic() - begin, 3)
    log.info("%s: %s rows in %s s", name, entry["rows"], entry["seconds"])
''',
    "judge": '''\
def judge(report: Report, name: str, counts: DataFrame, *warn: str) -> None:
    """Tell how many rows break each rule; stop if one breaks a rule that is not to warn."""
    log.info("%s is judged", name)
    found = counts.collect()[0].asDict()
    entry = told(report, name)
    entry["read"] = entry["rows"] = found.pop("read")
    entry["rules"] = found
    broken = {rule: count for rule, count in found.items() if count}
    for rule, count in broken.items():
        log.warning("%s: %s rows break `%s`", name, count, rule)
    if set(broken) - set(warn):
        stopped = [f"{broken[rule]} rows break `{rule}`" for rule in broken if rule not in warn]
        raise Broken(f"{name}: {', '.join(stopped)}")
''',
    "replaced": '''\
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
''',
    "conformed": '''\
def conformed(rows: DataFrame, schema: str, whole: bool = False) -> DataFrame:
    """The columns of `schema`: null where they are missing, an error where types don't fit."""
    wanted = rows.sparkSession.createDataFrame([], schema).schema
    found = {field.name: field.dataType.simpleString() for field in rows.schema}
    missing = [field.name for field in wanted if field.name not in found]
    if missing and (whole or len(missing) == len(wanted)):
        raise ValueError(f"there is no column {', '.join(missing)}, but {', '.join(found)}")
    for field in wanted:
        there, asked = found.get(field.name), field.dataType.simpleString()
        if there and there != asked and not fits(there, asked):
            raise TypeError(f"column {field.name} is {there} in the data, not {asked}")
    return rows.to(wanted)
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
    return path if "://" in path else os.path.join(root, path)
''',
    "Values": '''\
class Values(argparse.Action):
    """Collects `NAME=VALUE`."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Keep one."""
        name, given, value = values.partition("=")
        if not given or name not in PARAMS:
            parser.error(f"{option_string} takes NAME=VALUE with one of {', '.join(PARAMS)}")
        setattr(namespace, self.dest, {**getattr(namespace, self.dest), name: value})
''',
    "arguments": '''\
def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=f"Run {PROGRAM}.")
    parser.add_argument("--start", type=instant, metavar="TIME", default=instant("0001-01-01"))
    parser.add_argument("--end", type=instant, metavar="TIME", default=now())
    parser.add_argument("--only", nargs="+", choices=OUTPUTS, default=list(OUTPUTS))
    parser.add_argument("--param", action=Values, metavar="NAME=VALUE", default={})
    parser.add_argument("--report", metavar="FILE", help="tell there what was done, as JSON")
    parser.add_argument("--root", default=".", help="where relative paths start")
    return parser.parse_args()
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
    logging.basicConfig(format="%(message)s")
    log.setLevel(logging.INFO)
    report: Report = {}
    status = 3
    try:
        spark = SparkSession.builder.appName(PROGRAM).config(map=SETTINGS).getOrCreate()
        main(spark, args, report)
        status = 0
    except Broken as broken:
        log.error("the run was stopped: %s", broken)
        status = 4
    except Exception:
        log.exception("the run failed")
    if args.report:
        told_of_all = {"program": PROGRAM, "relations": list(report.values())}
        with open(args.report, "w", encoding="utf-8") as file:
            json.dump(told_of_all, file, indent=2)
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
    """The names in fixed code, which has none in its strings that would be taken for one."""
    return set(_NAME.findall(code))
