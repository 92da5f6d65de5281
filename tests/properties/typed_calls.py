"""Calls of any function of the registry, well typed, of arguments that fit it."""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import count, zip_longest
from random import Random
from typing import Any

from hostile_tables import COUNTS, DOMAIN, INTS, MONEY, TEXTS, instant, literal

from oftra import functions
from oftra.datatypes import (
    BIGINT,
    BOOLEAN,
    DATE,
    DATETIME,
    DAYS,
    DOUBLE,
    INT,
    JSON,
    MONTHS,
    NULL,
    STRING,
    TIME,
    TIMESTAMP,
    UNKNOWN,
    Array,
    DataType,
    Decimal,
    Field,
    Interval,
    Map,
    Struct,
)
from oftra.functions import Function, constants_of, match_call, nullable
from oftra.functions.constants import bad_constant
from oftra.functions.match import comparable
from oftra.functions.signature import ArrayOf, LambdaOf, MapOf, Parameter, Pattern, Signature, StructOf, Variable, read
from oftra.ir.expr import Call, Cast, Column, Duration, Expr, Lambda, Literal

Part = Callable[[tuple[Column, ...], DataType, int], Expr]

NUMBERS: tuple[DataType, ...] = (INT, BIGINT, DOUBLE, MONEY)
SCALARS: tuple[DataType, ...] = (*NUMBERS, STRING, BOOLEAN, DATE, TIMESTAMP, DATETIME)
STORED: tuple[DataType, ...] = (*SCALARS, INTS, TEXTS, COUNTS)
KINDS = {"I": (INT, BIGINT), "N": NUMBERS, "D": (MONEY,), "O": SCALARS, "K": SCALARS[:-2]}
"""The types that a variable of each letter is made to stand for."""

UNITS: dict[DataType, tuple[str, ...]] = {
    MONTHS: ("years", "quarters", "months"),
    DAYS: ("days", "weeks"),
    TIME: ("hours", "minutes", "seconds", "milliseconds", "microseconds"),
}
STEPS: dict[DataType, tuple[Duration, ...]] = {
    MONTHS: (Duration(1, 0), Duration(3, 0)),
    DAYS: (Duration(0, 86_400_000_000), Duration(0, 7 * 86_400_000_000)),
    TIME: (Duration(0, 3_600_000_000), Duration(0, 900_000_000)),
}
"""Units of intervals, and intervals that are steps or sizes."""

FORMS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%H:%M:%S.%f", "%j %%")
PATTERNS = ("a", "^.", "[0-9]+", "(a)(b)?", "\\s", "ü|Z", "x*", ".", "")
LIKES = ("a%", "%", "_", "%ü%", "10\\%%", "")
PLACES: dict[str, tuple[Any, ...]] = {
    "zone": ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"),
    "path": ("$.a", "$.b[0]", "$.b[2]", "$", "$.missing"),
    "escape": ("!",),
    "fraction": (0.5, 0.0, 1.0, 0.25),
    "digits": (0, 1, 2, -1),
    "scale": (2, 0, 6),
    "group": (0,),
    "parts": (1, 2, 3),
    "place": (1, 2, 9),
    "offset": (1, 0, 2),
    "separator": (",", "", ", ", "."),
    "fill": ("*", " ", "ab"),
    "replacement": ("-", "", "<\\0>"),
    "count": (1, 3, 10),
}
"""What literals stand at places that ask for one, by the parameter's name."""

GIVEN: dict[str, tuple[tuple[Any, ...], ...]] = {
    **{
        f"{tried}parse_{type_}": given
        for tried in ("", "try_")
        for type_, given in {
            "date": (
                ("2024-02-29", "%Y-%m-%d"),
                ("29/02/1969", "%d/%m/%Y"),
                ("2024060", "%Y%j"),
                ("31/12/2024", "%d/%m/%Y"),
            ),
            "datetime": (
                ("2024-02-29 23:59:59", "%Y-%m-%d %H:%M:%S"),
                ("1969-12-31T00:00:01.5", "%Y-%m-%dT%H:%M:%S.5"),
            ),
            "timestamp": (("2024-02-29 23:59:59.999999", "%Y-%m-%d %H:%M:%S.%f"), ("20260131 0708", "%Y%m%d %H%M")),
        }.items()
    },
    "make_date": ((2024, 2, 29), (1969, 12, 31), (1, 1, 1), (9999, 12, 31)),
    "make_datetime": ((2024, 2, 29, 23, 59, 59), (1969, 12, 31, 0, 0, 1)),
    "make_timestamp": ((2024, 2, 29, 23, 59, 59), (1969, 12, 31, 0, 0, 1)),
    "unhex": (("00ff",), ("",), ("4A4b",)),
    "from_base64": (("YWJj",), ("",), ("AP8=",)),
    "chr": ((97,), (252,), (129_427,), (0x10FFFF,)),
    "date_from_unix_date": ((19_782,), (-1,), (0,)),
    "timestamp_seconds": ((1_709_251_199,), (-1,), (0,)),
    "timestamp_millis": ((1_709_251_199_999,), (-1,), (0,)),
    "timestamp_micros": ((1_709_251_199_999_999,), (-1,), (0,)),
    "date_sequence": ((date(2024, 1, 31), date(2024, 6, 1)), (date(1969, 12, 25), date(1970, 1, 3))),
    "timestamp_sequence": ((instant("2024-02-29T22:00:00"), instant("2024-03-01T01:30:00")),),
    "regexp_extract": ((None, "(a)(b)?", 2), (None, "([a-z])([a-z])", 1), (None, "[0-9]+")),
    "json_value": ((None, "$.a"), (None, "$.b[2]")),
    "json_query": ((None, "$.b"), (None, "$.b[0]"), (None, "$")),
    "json_keys": (('{"b": 1, "a": {}}',), ("{}",)),
    "code_points_to_string": ((None,),),
}
"""What a function is mostly given first, where few arguments make sense: values, or None for any."""

SHORT = {
    ("repeat", "count"), ("lpad", "length"), ("rpad", "length"), ("sequence", "first"), ("sequence", "last"),
    ("sequence", "step"), ("factorial", "value"), ("slice", "count"),
    ("shift_left", "count"), ("shift_right", "count"), ("shift_right_unsigned", "count"),
}  # fmt: skip
"""Numbers that say how much there will be, or how far: small ones, or a machine is full, or nothing is said of it."""

CASTS: tuple[tuple[DataType, DataType], ...] = (
    (INT, STRING), (BIGINT, STRING), (MONEY, STRING), (BOOLEAN, STRING), (DATE, STRING), (TIMESTAMP, STRING),
    (DATETIME, STRING), (INT, BIGINT), (INT, DOUBLE), (BIGINT, DOUBLE), (MONEY, DOUBLE), (INT, MONEY),
    (BOOLEAN, INT), (TIMESTAMP, DATE), (DATETIME, DATE), (DATE, DATETIME), (DATE, TIMESTAMP), (MONEY, INT),
)  # fmt: skip
TRIED: tuple[tuple[DataType, DataType], ...] = (
    (STRING, INT), (STRING, BIGINT), (STRING, DOUBLE), (STRING, DATE), (STRING, TIMESTAMP), (STRING, DATETIME),
    (STRING, MONEY), (STRING, BOOLEAN), (DOUBLE, INT), (BIGINT, INT), (DOUBLE, MONEY), (STRING, JSON),
)  # fmt: skip
"""Casts that can't fail, and those that give null where they do."""


class Calls:
    """Makes calls; `part` makes their arguments. `left_out` are functions that are not to be called."""

    def __init__(self, random: Random, part: Part, left_out: frozenset[str] = frozenset()) -> None:
        self.random = random
        self.part = part
        self.ids = count(50_000)
        found = [functions.lookup(name) for name in functions.names() if name not in left_out]
        self.scalars = [one for one in found if one is not None and one.kind == "scalar" and one.deterministic]

    def of_type(self, columns: tuple[Column, ...], type_: DataType, depth: int) -> Expr | None:
        """A call, or a cast, that gives `type_`; None if the one thought of can't be."""
        if self.random.random() < 0.12:
            return self.cast(columns, type_, depth)
        for function in self.random.sample(self.scalars, min(25, len(self.scalars))):
            for text in self.random.sample(function.signatures, len(function.signatures)):
                signature = read(text)
                bound: dict[str, DataType] = {}
                if unified(signature.returns, type_, bound, signature.computed):
                    made = self.call(function, signature, bound, columns, depth)
                    if made is not None and made.type == type_:
                        return made
        return None

    def cast(self, columns: tuple[Column, ...], type_: DataType, depth: int) -> Expr | None:
        """A cast to `type_`."""
        ways = [(source, False) for source, to in CASTS if to == type_]
        ways += [(source, True) for source, to in TRIED if to == type_]
        if not ways:
            return None
        source, safe = self.random.choice(ways)
        # Which texts that a call makes are a day is not the same everywhere.
        operand = self.part(columns, source, 0 if source == STRING and type_ in (DATE, DATETIME, TIMESTAMP) else depth)
        return Cast(operand, type_, safe or operand.nullable, safe)

    def call(
        self,
        function: Function,
        signature: Signature,
        bound: dict[str, DataType],
        columns: tuple[Column, ...],
        depth: int,
    ) -> Expr | None:
        """A call by one signature, whose variables stand for what is `bound`, the others for anything."""
        arguments = self.arguments(function, signature, bound, columns, depth)
        return None if arguments is None else called(function, arguments)

    def arguments(
        self,
        function: Function,
        signature: Signature,
        bound: dict[str, DataType],
        columns: tuple[Column, ...],
        depth: int,
    ) -> tuple[Expr, ...] | None:
        """Arguments that a signature takes."""
        counts = [n for n in range(len(signature.parameters) + 3) if signature.parameters_for(n) is not None]
        parameters = signature.parameters_for(self.random.choice(counts))
        assert parameters is not None
        arguments: list[Expr] = []
        for parameter, value in zip_longest(parameters, self.given(function)[: len(parameters)]):
            type_ = parameter.pattern
            if value is not None and isinstance(type_, DataType):
                arguments.append(Literal(value, STRING if type_ is STRING else type_))
                continue
            argument = self.argument(function, parameter, bound, columns, depth)
            if argument is None:
                return None
            arguments.append(argument)
        return tuple(arguments)

    def given(self, function: Function) -> tuple[Any, ...]:
        """Values for its first arguments, mostly where few make sense."""
        known = GIVEN.get(function.name)
        return self.random.choice(known) if known is not None and self.random.random() < 0.8 else ()

    def any_of(self, function: Function, columns: tuple[Column, ...], depth: int) -> Expr | None:
        """A call of this very function, of whatever type; None if the one thought of can't be."""
        made = self.call(function, read(self.random.choice(function.signatures)), {}, columns, depth)
        return None if made is None or isinstance(made.type, Interval) else made

    def argument(
        self,
        function: Function,
        parameter: Parameter,
        bound: dict[str, DataType],
        columns: tuple[Column, ...],
        depth: int,
    ) -> Expr | None:
        name, pattern = parameter.name, parameter.pattern
        if parameter.check == "word":
            return Literal(self.random.choice(function.words), STRING)
        if parameter.check == "format":
            return Literal(self.random.choice(FORMS), STRING)
        if isinstance(pattern, LambdaOf):
            return self.function(pattern, bound, columns, depth)
        type_ = self.solved(pattern, bound)
        if type_ is None:
            return None
        if name == "pattern":
            return Literal(self.random.choice(LIKES if function.name == "like" else PATTERNS), STRING)
        if (function.name, name) in SHORT:
            return Literal(self.random.choice((1, 2, 3, 5) if name == "step" else (0, 1, 3, 5)), type_)
        if parameter.constant and isinstance(type_, Interval):
            return Literal(self.random.choice(STEPS[type_]), type_)
        if parameter.constant:
            return Literal(self.random.choice(PLACES.get(name, DOMAIN.get(type_, (None,)))), type_)
        if isinstance(type_, Interval):
            return self.interval(type_)
        if name in ("count", "start", "place", "index") and type_ in (INT, BIGINT) and self.random.random() < 0.7:
            return Literal(self.random.choice((0, 1, 2, -1, 3)), type_)
        return self.part(columns, type_, depth)

    def interval(self, type_: Interval) -> Expr | None:
        """A short interval."""
        unit = UNITS.get(type_, UNITS[TIME])
        function = functions.lookup(f"interval_{self.random.choice(unit)}")
        assert function is not None
        return called(function, (Literal(self.random.choice((1, 0, -3, 13)), BIGINT),))

    def function(
        self, pattern: LambdaOf, bound: dict[str, DataType], columns: tuple[Column, ...], depth: int
    ) -> Expr | None:
        """A lambda."""
        types = [self.solved(one, bound) for one in pattern.parameters]
        result = self.solved(pattern.result, bound)
        if result is None or any(type_ is None for type_ in types):
            return None
        own = tuple([Column(next(self.ids), f"e{at}", type_, True) for at, type_ in enumerate(types) if type_])
        # Most of it is about its own parameters.
        sight = own if self.random.random() < 0.8 else own + columns
        return Lambda(own, self.part(sight, result, min(depth, 1)))

    def solved(self, pattern: Pattern, bound: dict[str, DataType]) -> DataType | None:
        """The type that a pattern stands for; its variables, if nothing says what they are, for one that may be."""
        match pattern:
            case Variable(name):
                if name not in bound:
                    bound[name] = self.random.choice(KINDS.get(name[0], STORED))
                return bound[name]
            case ArrayOf(element):
                inner = self.solved(element, bound)
                return None if inner is None else Array(inner)
            case MapOf(key, value):
                key_type, value_type = self.solved(key, bound), self.solved(value, bound)
                return None if key_type is None or value_type is None else Map(key_type, value_type)
            case StructOf(fields):
                types = [(field, self.solved(part, bound)) for field, part in fields]
                known = [Field(field, type_) for field, type_ in types if type_ is not None]
                return Struct(tuple(known)) if len(known) == len(types) else None
            case LambdaOf():
                return None
            case _:
                return None if pattern in (UNKNOWN, NULL) else pattern


def called(function: Function, arguments: Sequence[Expr]) -> Expr | None:
    """The call as the checker makes it; None if the arguments do not fit."""
    match = match_call(function, tuple([argument.type for argument in arguments]), constants_of(arguments))
    if match is None or len(match.parameters) != len(arguments):
        return None
    fitted = tuple(
        [
            argument
            if argument.type == wanted or isinstance(argument, Lambda)
            else Cast(argument, wanted, argument.nullable, implicit=True)
            for argument, wanted in zip(arguments, match.parameters)
        ]
    )
    if bad_constant(function, fitted) is not None:
        return None
    return Call(function.name, fitted, match.returns, nullable(function, fitted))


def unified(pattern: Pattern, type_: DataType, bound: dict[str, DataType], computed: bool = False) -> bool:
    """Whether `pattern` can be `type_`; tells what its variables stand for then."""
    match pattern:
        case Variable(name):
            kind = name[0]
            if kind in "INDK" and not any(type_ == one for one in KINDS[kind]):
                return False
            if kind == "O" and not comparable(type_):
                return False
            return bound.setdefault(name, type_) == type_
        case ArrayOf(element):
            return isinstance(type_, Array) and unified(element, type_.element, bound)
        case MapOf(key, value):
            return isinstance(type_, Map) and unified(key, type_.key, bound) and unified(value, type_.value, bound)
        case StructOf(fields):
            if not isinstance(type_, Struct) or [name for name, _ in fields] != [field.name for field in type_.fields]:
                return False
            return all(unified(part, field.type, bound) for (_, part), field in zip(fields, type_.fields))
        case LambdaOf():
            return False
        case _:
            return isinstance(type_, Decimal) if computed else pattern == type_


def constant(random: Random, type_: DataType) -> Expr:
    """A literal of `type_`."""
    return literal(random.choice(DOMAIN.get(type_, (None,))), type_)
