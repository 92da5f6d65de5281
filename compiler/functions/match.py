"""How a call fits a function: the signature that its arguments meet, what they must be cast to, and what comes out."""

from oftra.datatypes import (
    INT,
    INTEGER_DIGITS,
    NULL,
    UNKNOWN,
    Array,
    DataType,
    Date,
    Datetime,
    Decimal,
    Double,
    Field,
    Float,
    Integer,
    Json,
    Map,
    Null,
    String,
    Struct,
    Timestamp,
    Unknown,
    common,
    widens,
)
from oftra.functions.model import Constants, Function, Match
from oftra.functions.signature import ArrayOf, LambdaOf, MapOf, Parameter, Pattern, StructOf, Variable, read
from oftra.ir.expr import Value

_MATCHES: dict[tuple[Function, tuple[DataType, ...], Constants], Match | None] = {}


def match_call(function: Function, arguments: tuple[DataType, ...], constants: Constants = ()) -> Match | None:
    """How arguments of these types fit `function`; None if they do not.

    `constants` are the values of those that are literals (`constants_of`): a string literal may stand for a date,
    timestamp or datetime, a whole number beside a decimal counts as a decimal of its own digits, and some types are
    decided by a literal. Of a lambda the type is that of its result; whether a lambda stands where one is wanted is
    for `lambda_parameters` to say.
    """
    key = (function, arguments, constants if any(value is not None for value in constants) else ())
    if key in _MATCHES:
        return _MATCHES[key]
    found = _MATCHES[key] = _match(function, arguments, key[2])
    return found


def lambda_parameters(function: Function, arguments: tuple[DataType, ...]) -> tuple[DataType, ...] | None:
    """The types of the parameters of the lambda that comes after `arguments`; None if none is wanted there."""
    for text in function.signatures:
        parameters = read(text).parameters
        if len(parameters) > len(arguments) and isinstance(parameters[len(arguments)].pattern, LambdaOf):
            call = _Call(arguments)
            if call.meets(parameters[: len(arguments)]):
                wanted = parameters[len(arguments)].pattern
                assert isinstance(wanted, LambdaOf)
                return tuple([call.solved(pattern) for pattern in wanted.parameters])
    return None


def goes_round(function: Function) -> bool:
    """Whether what a lambda of the function makes is what it is given next."""
    patterns = [parameter.pattern for text in function.signatures for parameter in read(text).parameters]
    return any(
        isinstance(one, LambdaOf) and one.result in one.parameters[:1] and len(one.parameters) > 1 for one in patterns
    )


def _match(function: Function, arguments: tuple[DataType, ...], constants: Constants) -> Match | None:
    """The first signature met without a cast, else the first that is met at all."""
    found = [match for text in function.signatures if (match := _fit(function, text, arguments, constants, False))]
    if not found and any(isinstance(value, str) for value in constants):
        found = [match for text in function.signatures if (match := _fit(function, text, arguments, constants, True))]
    if not found:
        return None
    if Unknown() in arguments and len({match.returns for match in found}) > 1:
        return found[0]._replace(returns=UNKNOWN)
    return next((match for match in found if match.parameters == arguments), found[0])


def _fit(
    function: Function, text: str, arguments: tuple[DataType, ...], constants: Constants, strings: bool
) -> Match | None:
    """How the arguments meet one signature. With `strings`, string literals may be read as dates and times."""
    signature = read(text)
    parameters = signature.parameters_for(len(arguments))
    if parameters is None:
        return None
    call = _Call(arguments, constants, strings)
    if not call.meets(parameters):
        return None
    types = tuple([call.wanted(at, parameter) for at, parameter in enumerate(parameters)])
    if strings and not all(_reads(value, type_) for value, type_ in zip(constants, types)):
        return None
    returns = call.solved(signature.returns)
    if signature.computed:
        assert function.returns is not None, f"{function.name} has no rule for its decimals"
        returns = UNKNOWN if Unknown() in types else function.returns(types, constants)
    return Match(function, types, returns)


def _reads(value: Value, type_: DataType) -> bool:
    """Whether a literal of `value`, if it is a string, can be one of `type_`."""
    return not isinstance(value, str) or isinstance(type_, String | Date | Timestamp | Datetime)


class _Call:
    """The arguments of one call as they meet one signature, and what its variables are found to stand for."""

    def __init__(self, arguments: tuple[DataType, ...], constants: Constants = (), strings: bool = False) -> None:
        self.arguments = arguments
        self.constants = constants
        self.strings = strings
        self.among_decimals = any(isinstance(argument, Decimal) for argument in arguments)
        self.solution: dict[str, DataType] = {}

    def meets(self, parameters: tuple[Parameter, ...]) -> bool:
        """Whether each argument fits its parameter. Tells what the variables stand for."""
        for at, (parameter, given) in enumerate(zip(parameters, self.arguments)):
            value = self.constants[at] if self.constants else None
            if isinstance(value, str) and self.strings:
                given = NULL
            if not self.meet(parameter.pattern, given, value):
                return False
        return True

    def meet(self, pattern: Pattern, given: DataType, value: Value = None) -> bool:
        """Whether one type fits where `pattern` stands."""
        match pattern:
            case Variable(name):
                return self.bind(name, given, value)
            case ArrayOf(element):
                match given:
                    case Array(of):
                        return self.meet(element, of)
                    case _:
                        return isinstance(given, Null | Unknown)
            case MapOf(key, value_pattern):
                match given:
                    case Map(of_key, of_value):
                        return self.meet(key, of_key) and self.meet(value_pattern, of_value)
                    case _:
                        return isinstance(given, Null | Unknown)
            case StructOf(fields):
                match given:
                    case Struct(of_fields):
                        same = [name for name, _ in fields] == [field.name for field in of_fields]
                        return same and all(self.meet(part, of.type) for (_, part), of in zip(fields, of_fields))
                    case _:
                        return isinstance(given, Null | Unknown)
            case LambdaOf(_, result):
                return self.meet(result, given)
            case _:
                return isinstance(pattern, Unknown) or widens(given, pattern)

    def bind(self, name: str, given: DataType, value: Value) -> bool:
        """Let a variable stand for what it stood for and for `given` too."""
        if isinstance(given, Null):
            return True
        kind = name[0]
        if isinstance(given, Integer) and kind != "I" and (kind == "D" or (self.among_decimals and value is not None)):
            given = _as_decimal(given, value)
        if not _may_be(kind, given):
            return False
        known = self.solution.get(name)
        joined = given if known is None else common(known, given)
        if joined is None:
            return False
        self.solution[name] = joined
        return True

    def wanted(self, at: int, parameter: Parameter) -> DataType:
        """What argument `at` is to be cast to."""
        given = self.arguments[at]
        pattern = parameter.pattern
        if isinstance(given, Unknown) or isinstance(pattern, Unknown):
            return given
        return self.solved(pattern.result if isinstance(pattern, LambdaOf) else pattern)

    def solved(self, pattern: Pattern) -> DataType:
        """`pattern` with its variables replaced by what they stand for."""
        match pattern:
            case Variable(name):
                return self.solution.get(name) or _UNBOUND.get(name[0], NULL)
            case ArrayOf(element):
                return Array(self.solved(element))
            case MapOf(key, value):
                return Map(self.solved(key), self.solved(value))
            case StructOf(fields):
                return Struct(tuple([Field(name, self.solved(part)) for name, part in fields]))
            case LambdaOf(_, result):
                return self.solved(result)
            case _:
                return pattern


_UNBOUND: dict[str, DataType] = {"I": INT, "N": INT, "D": Decimal(1, 0)}
"""What a variable stands for if only nulls met it; any other stands for null."""


def _as_decimal(type_: Integer, value: Value) -> Decimal:
    """The decimal that holds a whole number: of this literal if it is one, else of any of its type."""
    return Decimal(len(str(abs(value))) if isinstance(value, int) else INTEGER_DIGITS[type_.bits], 0)


def _may_be(kind: str, type_: DataType) -> bool:
    """Whether a variable of this letter may stand for `type_`."""
    match kind:
        case "I":
            return isinstance(type_, Integer | Unknown)
        case "N":
            return isinstance(type_, Integer | Decimal | Float | Double | Unknown)
        case "D":
            return isinstance(type_, Decimal | Unknown)
        case "O" | "K":
            return comparable(type_)
        case _:
            return True


def comparable(type_: DataType) -> bool:
    """Whether values of `type_` can be compared, grouped by and ordered: all but json and maps, and what holds one."""
    match type_:
        case Json() | Map():
            return False
        case Array(element):
            return comparable(element)
        case Struct(fields):
            return all(comparable(field.type) for field in fields)
        case _:
            return True
