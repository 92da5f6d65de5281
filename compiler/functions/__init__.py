"""The registry of functions: what each means, takes and gives. Engines say elsewhere how they compute it."""

from oftra.functions.match import comparable, constants_of, lambda_parameters, match_call
from oftra.functions.model import BadConstant, Constants, Example, Function, Match
from oftra.functions.nulls import nullable
from oftra.functions.registry import lookup, names, suggest

__all__ = [
    "BadConstant", "Constants", "Example", "Function", "Match", "comparable", "constants_of", "lambda_parameters",
    "lookup", "match_call", "names", "nullable", "suggest",
]  # fmt: skip
