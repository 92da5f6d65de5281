"""What is asked of every Python file that we write: a team's own tools find nothing to say about it."""

import ast
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

OLDEST = (3, 8)

# Lines end where black ends them: what is longer is a text or a comment.
RULES = ("E", "W", "F", "I", "UP", "B", "SIM", "RET", "PIE", "C4", "RUF", "PERF", "ISC", "FLY")
UNASKED = ("E501",)


def parse(text: str) -> ast.Module:
    """The tree of a file, which the oldest Python that has to read it does read."""
    return ast.parse(text, feature_version=OLDEST)


def reformatted(text: str) -> str:
    """The file as black lays it out."""
    import black  # heavy, and not each test that uses this file needs it

    return black.format_str(text, mode=black.Mode(target_versions={black.TargetVersion.PY38}))


def ruff(paths: Iterable[Path]) -> str:
    """What ruff finds."""
    options = ["--isolated", "--no-cache", "--target-version", "py38", "--output-format", "concise", "--quiet"]
    chosen = ["--select", ",".join(RULES), "--ignore", ",".join(UNASKED)]
    return _said("ruff", "check", *options, *chosen, *map(str, paths))


def mypy(paths: Iterable[Path], cache: Path) -> str:
    """What mypy finds, as strict as it can be, with the types that PySpark has."""
    options = ["--strict", "--no-error-summary", "--config-file=", f"--cache-dir={cache}"]
    return _said("mypy", *options, *map(str, paths))


def _said(tool: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", tool, *arguments], capture_output=True, text=True)
    return done.stdout + done.stderr
