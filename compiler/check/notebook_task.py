"""A notebook as a task: the Python that gives its parameters their values."""

from __future__ import annotations

import keyword
import posixpath
from collections.abc import Mapping

from oftra.check.work_values import Values, Work
from oftra.ir.program import Options


def parameters_of(options: Options, values: Values) -> Work:
    """What the work of a task gives the notebook: assignments, an import in front of them where they need one."""
    file = options.get("file")
    if isinstance(file, str) and posixpath.splitext(file)[1] != ".ipynb":
        values.mistyped("file", "the path of a file `.ipynb`")
    for name in ("file", "output"):
        if name in options and not isinstance(options[name], str):
            values.mistyped(name, "a string that is known now")
    params = options.get("params")
    lines = []
    for name, value in params.items() if isinstance(params, Mapping) else ():
        if not name.isidentifier() or keyword.iskeyword(name):
            values.mistyped(f"params.{name}", "a name that a variable of Python can have")
            continue
        values.keep_secret(name, value)
        lines.append(f"{name} = {values.said(f'params.{name}', value)}\n")
    head = "import os\n\n" if values.variables else ""
    return Work(head + "".join(lines), values.variables)


__all__ = ["parameters_of"]
