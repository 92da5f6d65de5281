"""Oftra: one typed language for data pipelines, compiled to the engines that people already run.

    import oftra

    program = oftra.load("taxi")                 # a file or a project; raises oftra.ProgramError
    files = program.compile("duckdb")            # path to text
    table = program.query("from rides |> limit 5")   # an Arrow table

What stands here is the public API; all else may change from version to version.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # at run time the names are fetched when they are first used: every start imports this package
    from oftra.api import Program, ProgramError, load
    from oftra.diagnostics import Diagnostic
    from oftra.target import RunError

__all__ = ["Diagnostic", "Program", "ProgramError", "RunError", "__version__", "load"]

__version__ = "0.1.0"

_HOMES = {
    "Diagnostic": "oftra.diagnostics",
    "Program": "oftra.api",
    "ProgramError": "oftra.api",
    "RunError": "oftra.target",
    "load": "oftra.api",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'oftra' has no attribute {name!r}")
    from importlib import import_module  # only a program that uses the API pays for it

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
