"""What DAGs, tasks, files and variables are called: names of a program, as Airflow and Python take them."""

import builtins
import keyword
import re
from collections.abc import Iterable
from urllib.parse import quote

_OUTSIDE = re.compile(r"[^0-9A-Za-z_]+")
LONGEST = 120
"""How long a name may become: an id of Airflow has 250 characters, with those of its groups."""

OWN = frozenset(
    {
        "ALERTS", "AirflowException", "AirflowFailException", "AirflowSkipException", "Any", "Asset",
        "AssetOrTimeSchedule", "COUNTS", "FIRST", "HANDED_ON", "Connection", "CronDataIntervalTimetable",
        "DeadlineAlert", "DeadlineReference", "Iterable", "JOBS", "Param", "Path", "ROOT", "RunJob",
        "SparkSubmitOperator", "SyncCallback", "TaskGroup", "alert", "alone", "annotations", "arguments", "call",
        "contextlib", "dag", "datetime", "get_current_context", "given", "go_on_after", "json", "judge", "late", "log",
        "log_lines", "logging", "moment", "os", "reported", "run_job", "run_values", "said", "secret", "signal",
        "subprocess", "sys", "task", "tell", "tempfile", "threading", "timedelta", "timezone", "urllib", "window",
        "counted", "BaseOperator", "GATEWAY", "COMPUTE", "NOTEBOOKS", "DatabricksSubmitRunOperator",
        "parameters", "base64", "gateway", "IMAGE", "KubernetesPodOperator", "REPORT", "SCRIPT", "read",
        "openlineage_words", *dir(builtins),
    }
)  # fmt: skip
"""Names that a DAG's file needs for itself."""


def plain(name: str) -> str:
    """`name` as files and ids of Airflow could have it."""
    return _OUTSIDE.sub("_", name).strip("_")[:LONGEST] or "pipeline"


def identifier(name: str) -> str:
    """`name` as Python could have it."""
    made = plain(name)
    if made[0].isdigit():
        made = f"_{made}"
    return f"{made}_" if made in OWN or keyword.iskeyword(made) else made


class Names:
    """Names that are given out once each, whatever case of letters they have."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = {name.lower() for name in taken}

    def free(self, wanted: str) -> str:
        """`wanted`, or with a number behind if it is given out already."""
        name, count = wanted, 1
        while name.lower() in self.taken:
            count += 1
            name = f"{wanted}_{count}"
        self.taken.add(name.lower())
        return name


def asset(program: str, relation: str) -> str:
    """The name of a relation's asset: that of its program stands before it, as all programs share Airflow's assets."""
    return f"{quote(program, safe='')}.{quote(relation, safe='.')}"
