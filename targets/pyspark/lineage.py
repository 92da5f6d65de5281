"""What a module that is asked to tell OpenLineage of its runs has more than others."""

from collections.abc import Mapping
from functools import cache

from oftra.targets.openlineage import ARGUMENTS, code

OWN: dict[str, str] = {
    "Beginnings": '''\
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
''',
    "known_lineage": '''\
def known_lineage() -> dict[str, Any]:
    """What is known of the program without a run: a file beside this one tells it."""
    name, _ = os.path.splitext(os.path.abspath(__file__))
    with open(f"{name}.lineage.json", encoding="utf-8") as file:
        known: dict[str, Any] = json.load(file)
    return known
''',
}
NAMES = ("OpenLineage", *OWN)
"""Names that no function of such a module may have."""

_BEFORE: Mapping[str, Mapping[str, str]] = {
    "arguments": {"    args = parser.parse_args()\n": ARGUMENTS},
    "run": {
        "    report: dict[str, Any] = {}\n": """\
    lineage = OpenLineage(args, known_lineage, log.warning)
    log.addHandler(Beginnings(lineage.comes_to))
    lineage.begin()
""",
        "    status = 0 if failure": """\
    except BaseException:
        lineage.end("abort", list(report.values()))
        raise
""",
        "    if args.report:\n": """\
    lineage.end(word, list(report.values()), failure.told if failure else None)
""",
    },
}
"""What stands before which lines of fixed code."""


@cache
def _fixed() -> Mapping[str, str]:
    return {"OpenLineage": code(), **OWN}


def with_lineage(codes: Mapping[str, str]) -> dict[str, str]:
    """The fixed code of a module, by name, with what tells of its runs."""
    found: dict[str, str] = {}
    for name, text in codes.items():
        if name == "run":
            found |= _fixed()
        for line, more in _BEFORE.get(name, {}).items():
            assert text.count(line) == 1, line
            text = text.replace(line, more + line)
        found[name] = text
    return found
