"""Which Spark a module is for."""

from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedOption
from oftra.target import Request

Version = tuple[int, int]

KNOWN: dict[str, Version] = {"3.5": (3, 5), "4.0": (4, 0), "4.1": (4, 1)}
DEFAULT: Version = (4, 1)


def version_of(request: Request, report: Report) -> Version:
    """The version that `[targets.pyspark]` asks for: `spark = "3.5"`."""
    asked = request.options.get("spark")
    if asked is None:
        return DEFAULT
    found = KNOWN.get(str(asked))
    if found is None:
        report.add(UnsupportedOption("[targets.pyspark]", "spark", str(asked), "pyspark"))
    return found or DEFAULT
