"""A run of dbt as the Python that starts it, so that whatever runs a task in Python runs this one."""

from __future__ import annotations

from collections.abc import Iterator

from oftra.check.work_values import Values, Work, counting, listed
from oftra.ir.options import word
from oftra.ir.program import Options

COUNTS = {
    "passed": ("success", "pass"),
    "warned": ("warn",),
    "failed": ("error", "fail", "partial success"),
    "skipped": ("skipped",),
}
"""What a run of dbt can count, and the statuses of models, tests, seeds and snapshots that are counted so."""

_TEXTS = ("profiles", "profile", "target", "select", "exclude")
_FLAGS = {"profiles": "profiles-dir"}


def dbt_of(options: Options, counts: tuple[str, ...], values: Values) -> Work:
    """The run of dbt that the work of a task says, with what it counts of `counts`."""
    project = values.said("project", options.get("project"))
    command = [
        "program",
        f'"{word(options.get("command"), "build")}"',
        '"--no-use-colors"',
        '"--project-dir"',
        "project",
    ]
    for name in _TEXTS:
        if name in options:
            command += [f'"--{_FLAGS.get(name, name)}"', values.said(name, options[name])]
    if variables := values.mapping(options.get("vars"), "vars"):
        command += ['"--vars"', "json.dumps(variables)"]
    if options.get("full_refresh") is True:
        command.append('"--full-refresh"')
    if counts:
        command += ['"--target-path"', "target"]
    executable = values.said("executable", options.get("executable", "dbt"))
    text = "\n".join(_lines(project, executable, variables, command, counts))
    return Work(text + "\n", values.variables)


def _lines(project: str, executable: str, variables: str, command: list[str], counts: tuple[str, ...]) -> Iterator[str]:
    yield from ["import json"] if variables or counts else []
    yield from ["import os", "import shutil", "import subprocess", "import sys", ""]
    yield f"project = {project}"
    yield f"executable = {executable}"
    yield 'places = [os.path.dirname(sys.executable), os.environ.get("PATH", "")]'
    yield "program = shutil.which(executable, path=os.pathsep.join(places))"
    yield "if program is None:"
    yield '    sys.exit(f"the command {executable} is not there")'
    yield from [f"variables = {variables}"] if variables else []
    if counts:
        yield 'target = os.path.abspath(os.path.join(project, "target"))'
        yield 'results = os.path.join(target, "run_results.json")'
        yield "if os.path.exists(results):"
        yield "    os.remove(results)"
    yield f"command = {listed(command, '[]')}"
    yield "status = subprocess.run(command).returncode"
    if counts:
        yield "if not os.path.exists(results):"
        yield '    sys.exit(status or "dbt left no results")'
        yield 'with open(results, encoding="utf-8") as file:'
        yield '    found = [one["status"] for one in json.load(file)["results"]]'
        entries = [f'"{name}": {_counted(COUNTS[name])}' for name in counts if name in COUNTS]
        yield from counting(entries)
    if "failed" in counts:
        # Status 1 says that something failed, and so does the count.
        yield 'sys.exit(0 if status == 1 and counts["failed"] else status)'
    else:
        yield "sys.exit(status)"


def _counted(statuses: tuple[str, ...]) -> str:
    if len(statuses) == 1:
        return f'found.count("{statuses[0]}")'
    listed_so = ", ".join([f'"{status}"' for status in statuses])
    return f"sum(one in ({listed_so}) for one in found)"


__all__ = ["COUNTS", "dbt_of"]
