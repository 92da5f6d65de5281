"""The registry of functions: what each means, takes and gives. Engines say elsewhere how they compute it."""

from oftra.functions.constants import FORMAT_CODES, bad_constant, constants_of
from oftra.functions.match import comparable, goes_round, lambda_parameters, match_call
from oftra.functions.model import BadConstant, Constants, Example, Function, Match
from oftra.functions.nulls import nullable
from oftra.functions.other_names import Elsewhere, elsewhere
from oftra.functions.registry import lookup, names, suggest

__all__ = [
    "FORMAT_CODES", "BadConstant", "Constants", "Elsewhere", "Example", "Function", "Match", "bad_constant",
    "comparable", "constants_of", "elsewhere", "goes_round", "lambda_parameters", "lookup", "match_call", "names",
    "nullable", "suggest",
]  # fmt: skip
