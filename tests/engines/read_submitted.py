"""Reads what is submitted to Databricks' Jobs API as its own SDK does: `read_submitted.py FILE ...`.

What the SDK doesn't know, or writes otherwise, is an error.
"""

import inspect
import json
import sys
from pathlib import Path

from databricks.sdk.service.jobs import JobsAPI, SubmitTask

if __name__ == "__main__":
    for path in sys.argv[1:]:
        body = json.loads(Path(path).read_text(encoding="utf-8"))
        unknown = body.keys() - inspect.signature(JobsAPI.submit).parameters.keys()
        assert not unknown, f"{path}: {unknown}"
        for task in body["tasks"]:
            assert SubmitTask.from_dict(task).as_dict() == task, f"{path}: {task}"
