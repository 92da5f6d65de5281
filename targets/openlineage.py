"""What files that run tell OpenLineage by: the class that stands in them, and a file of what a compile knows."""

from collections.abc import Collection, Mapping
from inspect import getsource
from json import dumps

from oftra.diagnostics import Report
from oftra.diagnostics.targets import UnsupportedOption
from oftra.ir.program import Program
from oftra.lineage.datasets import Datasets
from oftra.lineage.events import OpenLineage

OPTION = "openlineage"
"""The option of a target that asks for it."""

ENDING = ".lineage.json"
"""What stands behind the name of a script in that of the file beside it."""

ARGUMENTS = """\
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
"""
"""What a command line may say about it: where to tell it, and what the run is a part of."""


def is_asked(options: Mapping[str, object], target: str, report: Report) -> bool:
    """Whether the options of `[targets.TARGET]` ask for it; what is no answer is reported."""
    asked = options.get(OPTION, False)
    if not isinstance(asked, bool):
        report.add(UnsupportedOption(f"[targets.{target}]", OPTION, str(asked), target))
    return asked is True


def code() -> str:
    """The class, as black lays it out."""
    return getsource(OpenLineage)


def known(typed: Program, job: str, outputs: Collection[str], streams: Collection[str] = ()) -> str:
    """What is known without a run of the tables and sinks `outputs`, as JSON, an entry a line; the run is `job`."""
    found = Datasets(typed).known(job, outputs, streams)
    parts = [f"{dumps(key)}: {_shown(value)}" for key, value in found.items()]
    return "{\n  " + ",\n  ".join(parts) + "\n}\n"


def _shown(value: object) -> str:
    if not isinstance(value, dict) or not value:
        return dumps(value, ensure_ascii=False)
    entries = [f"    {dumps(key, ensure_ascii=False)}: {dumps(one, ensure_ascii=False)}" for key, one in value.items()]
    return "{\n" + ",\n".join(entries) + "\n  }"
