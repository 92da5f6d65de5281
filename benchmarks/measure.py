"""`make bench`: CPU seconds and peak memory of Oftra's commands, beside dbt's on the same projects in the same run.

Every figure is of whole processes, as the operating system accounts them (user and system time of the process and its
children), the median of several runs. A first run that is not counted fills Python's own caches of compiled modules.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from layers import layered, write_dbt, write_oftra

HERE = Path(__file__).parent
OUT = HERE / "out"
FLIGHTS = HERE.parent / "examples" / "flights"
TARGETS = ("airflow", "databricks", "duckdb", "flink_sql", "notebook", "pyspark")
OFTRA = Path(sys.executable).with_name("oftra")
DBT = ("dbt-core==1.11.*", "dbt-duckdb")
QUIET = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "False", "DO_NOT_TRACK": "1", "NO_COLOR": "1"}


@dataclass(frozen=True)
class Figure:
    """What one command took: CPU seconds and peak memory in MiB."""

    seconds: float
    memory: float


def run_once(command: list[str | Path], folder: Path) -> Figure:
    """Run `command` in `folder`; it must succeed."""
    log = OUT / "last.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, env=os.environ | QUIET)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{log.read_text()}")
    # Linux counts the peak in KiB, macOS in bytes.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Figure(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def measure(command: list[str | Path], folder: Path, runs: int, before: Callable[[], None] = lambda: None) -> Figure:
    """The medians over `runs` runs, `before` each of which something is made ready."""
    figures = []
    for _ in range(runs + 1):
        before()
        figures.append(run_once(command, folder))
    counted = figures[1:]
    return Figure(median(one.seconds for one in counted), median(one.memory for one in counted))


def dbt_in_its_own_venv() -> Path:
    """The `dbt` command, installed once."""
    venv = OUT / "dbt"
    ready = venv / ".ready"
    if not ready.exists():
        print("installing dbt-core 1.11 (once)", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", *DBT], check=True)
        ready.touch()
    return venv / "bin" / "dbt"


def remove(*paths: Path) -> None:
    """Delete folders that may be there."""
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)


def rows(size: int, runs: int, dbt: Path | None) -> list[tuple[str, Figure]]:
    """What there is to say of a project of `size` models."""
    models = layered(size)
    project, other = OUT / f"oftra_{size}", OUT / f"dbt_{size}"
    remove(project, other)
    write_oftra(models, project)
    write_dbt(models, other)
    compile_: list[str | Path] = [OFTRA, "compile", "--target", "duckdb"]
    both: list[str | Path] = [*compile_, "--target", "pyspark"]

    def afresh() -> None:
        remove(project / ".oftra", project / "build")

    found = [
        ("compile, cold", measure(compile_, project, runs, afresh)),
        ("compile, unchanged", measure(compile_, project, runs)),
        ("compile for both targets, cold", measure(both, project, runs, afresh)),
    ]
    if dbt:
        parse: list[str | Path] = [dbt, "parse", "--profiles-dir", "."]
        found += [
            ("dbt parse, cold", measure(parse, other, runs, lambda: remove(other / "target"))),
            ("dbt parse, unchanged", measure(parse, other, runs)),
        ]
    return found


def flights(runs: int) -> list[tuple[str, Figure]]:
    """What the example takes, one program for every target: scripts, modules, DAG, notebooks and bundle."""
    project = OUT / "flights"
    remove(project)
    shutil.copytree(FLIGHTS, project, ignore=shutil.ignore_patterns("build", ".oftra", "data"))
    compile_: list[str | Path] = [OFTRA, "compile"]
    found = [
        ("compile, cold", measure(compile_, project, runs, lambda: remove(project / ".oftra", project / "build"))),
        ("compile, unchanged", measure(compile_, project, runs)),
    ]
    made = sorted(place.name for place in (project / "build").iterdir() if place.is_dir())
    if made != list(TARGETS):
        sys.exit(f"the flights were compiled for {', '.join(made)} alone")
    return found


def lines_per_model(size: int) -> float:
    """How long a model of the project is."""
    files = list((OUT / f"oftra_{size}").glob("*_*.oftra"))
    return sum(len(file.read_text().splitlines()) for file in files) / len(files)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--without-dbt", action="store_true")
    args = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    dbt = None if args.without_dbt else dbt_in_its_own_venv()
    lines = [("", "`oftra --version`", measure([OFTRA, "--version"], OUT, args.runs * 2), "")]
    lines += [("flights, all targets", name, figure, "") for name, figure in flights(args.runs)]
    for size in args.sizes:
        found = rows(size, args.runs, dbt)
        ours = dict(found[:2])
        for name, figure in found:
            mine = ours.get(name.replace("dbt parse", "compile"))
            ratio = f"{figure.seconds / mine.seconds:.1f} ×" if mine and name.startswith("dbt") else ""
            lines.append((f"{size:,}", name, figure, ratio))
    about = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    print(f"Medians of {args.runs} runs; {about}; {lines_per_model(args.sizes[-1]):.0f} lines a model.\n")
    print("| models | | CPU seconds | peak MiB | dbt to Oftra |\n| ---: | --- | ---: | ---: | ---: |")
    for size_text, name, figure, ratio in lines:
        print(f"| {size_text} | {name} | {figure.seconds:.3f} | {figure.memory:.0f} | {ratio} |")


if __name__ == "__main__":
    main()
