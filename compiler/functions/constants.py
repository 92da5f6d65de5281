"""Arguments that have to be literals, since a type or an engine's words depend on their value."""

from collections.abc import Sequence
from functools import cache

from oftra.functions.model import BadConstant, Constants, Function
from oftra.functions.signature import Parameter, read
from oftra.ir.expr import Expr, Literal

FORMAT_CODES = ("%Y", "%m", "%d", "%H", "%M", "%S", "%f", "%j", "%%")
"""What a format of date and time may hold besides plain text: what every engine can be told to write."""


def constants_of(arguments: Sequence[Expr]) -> Constants:
    """The values of those arguments that are literals; None for the others."""
    return tuple([argument.value if isinstance(argument, Literal) else None for argument in arguments])


def bad_constant(function: Function, arguments: tuple[Expr, ...]) -> BadConstant | None:
    """The first argument that is not the literal it has to be; None if all are."""
    for position, parameter in constant_parameters(function, len(arguments)):
        argument = arguments[position]
        value = argument.value if isinstance(argument, Literal) else None
        if value is None or (isinstance(value, str) and not _is_allowed(value, parameter, function)):
            return BadConstant(position, parameter.name, _allowed(parameter, function))
    return None


@cache
def constant_parameters(function: Function, count: int) -> tuple[tuple[int, Parameter], ...]:
    """The places of a call of so many arguments where a literal must stand, and the parameters there."""
    for text in function.signatures:
        parameters = read(text).parameters_for(count)
        if parameters is not None:
            return tuple([(at, parameter) for at, parameter in enumerate(parameters) if parameter.constant])
    return ()


def _allowed(parameter: Parameter, function: Function) -> tuple[str, ...]:
    return {"word": function.words, "format": FORMAT_CODES}.get(parameter.check, ())


def _is_allowed(value: str, parameter: Parameter, function: Function) -> bool:
    match parameter.check:
        case "word":
            return value in function.words
        case "format":
            for code in FORMAT_CODES[::-1]:
                value = value.replace(code, "")
            return "%" not in value
        case _:
            return True
