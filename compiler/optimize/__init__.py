"""The same rows with less work: passes over the typed program, none of which knows an engine."""

from oftra.optimize.pipeline import Change, optimize, optimize_query

__all__ = ["Change", "optimize", "optimize_query"]
