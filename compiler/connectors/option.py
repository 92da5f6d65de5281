"""Options of connections, sources, tables and sinks: how one is declared, and how what was written is judged."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias, assert_never

from oftra import datatypes
from oftra.diagnostics import Report
from oftra.diagnostics.project import MissingOption, MistypedOption, TooLittle, UnknownChoice, UnknownOption
from oftra.ir.expr import Call, Cast, Column, Duration, Runtime
from oftra.ir.expr import Literal as Constant
from oftra.ir.program import Option, Options, Word
from oftra.source import Span

Kind: TypeAlias = Literal[
    "string", "word", "boolean", "integer", "number", "column", "columns", "words", "interval", "moment", "options",
    "scalar",
]  # fmt: skip
"""What an option's value is once it was validated:

`string` a str; `word` a `Word` out of `choices`; `boolean`, `integer`, `number` what they say (a number may be a
Decimal); `column` a `Word`; `columns` and `words` a tuple of `Word`; `interval` a `Duration`; `moment` a `Word` out of
`choices` or an instant; `options` a mapping, whatever is in it; `scalar` a str, also where a number or a word was
written (a version). All but words, columns and options may instead be an expression (`Runtime`, or a `Call` around one)
whose value is known when the program runs.
"""

Written: TypeAlias = tuple[Option, Span]
"""An option's value and its place."""


@dataclass(frozen=True)
class OptionSpec:
    """An option that may be given. `default` None means that it is absent unless it is given.

    Words of a `columns` or `words` option are held to `choices` too, if there are any. A number is at least `least`;
    of an interval that is in microseconds, so that 1 asks for any time at all.
    """

    name: str
    kind: Kind
    doc: str
    required: bool = False
    default: Option = None
    choices: tuple[str, ...] = ()
    least: int | None = None


SAYS: dict[Kind, str] = {
    "string": "a string",
    "word": "a word",
    "boolean": "`true` or `false`",
    "integer": "a whole number",
    "number": "a number",
    "column": "a column",
    "columns": "a column, or a list of columns",
    "words": "a word, or a list of words",
    "interval": "an interval",
    "moment": "a word or a timestamp",
    "options": "options in `{ ... }`",
    "scalar": "a string or a number",
}


def validate(
    given: Mapping[str, Written],
    specs: tuple[OptionSpec, ...],
    owner: str,
    span: Span,
    report: Report,
    replaced: Collection[str] = (),
) -> Options:
    """The options of `owner` (shown in messages: "source `rides`"), each in its kind's form, with defaults filled in.

    What is unknown, missing or of a wrong kind goes to `report` and is left out. `span` is the owner's, where a missing
    option is reported. Options named in `replaced` were written for a connection of another kind, which the environment
    chosen put another in place of: they may be unknown here.
    """
    known = {spec.name: spec for spec in specs}
    for name, (_, place) in given.items():
        if name not in known and name not in replaced:
            report.add(UnknownOption(name, owner, tuple(known), span=place))
    options: dict[str, Option] = {}
    for spec in specs:
        if spec.name not in given:
            if spec.required:
                report.add(MissingOption(spec.name, owner, SAYS[spec.kind], span=span))
            elif spec.default is not None:
                options[spec.name] = spec.default
            continue
        value, place = given[spec.name]
        fitting = judged(value, spec)
        if not isinstance(fitting, Wrong):
            if spec.least is not None and amount(fitting, spec.least) < spec.least:
                report.add(TooLittle(spec.name, owner, SAYS[spec.kind], spec.least, span=place))
                continue
            options[spec.name] = fitting
        elif fitting.reason == "choice":
            report.add(UnknownChoice(fitting.text, spec.name, owner, spec.choices, span=place))
        else:
            report.add(MistypedOption(spec.name, owner, SAYS[spec.kind], spec.choices, span=place))
    return options


def amount(value: Option, unknown: int) -> int:
    """A whole number, or the microseconds of an interval, a month as 28 days; `unknown` of anything else."""
    match value:
        case Duration(months=months, micros=micros):
            return micros + months * 28 * MICROS["day"]
        case int():
            return value
        case _:
            return unknown


@dataclass(frozen=True)
class Wrong:
    """Why a value can't be an option's: its kind, or a word (`text`) that is none of the choices."""

    reason: Literal["kind", "choice"]
    text: str = ""


def judged(value: Option, spec: OptionSpec) -> "Option | Wrong":
    """`value` in the form of the option's kind, or what is wrong with it."""
    if isinstance(value, Constant):
        value = value.value
    match spec.kind:
        case "word" | "column":
            word = as_word(value)
            return within(word, spec.choices) if word is not None else Wrong("kind")
        case "columns" | "words":
            return judged_list(value, spec)
        case "moment":
            return judged_moment(value, spec)
        case "options":
            return value if isinstance(value, Mapping) else Wrong("kind")
        case "string" | "boolean" | "integer" | "number" | "interval" | "scalar":
            if isinstance(value, Runtime | Call | Cast | Column):
                return value if fits(value, spec.kind) else Wrong("kind")
            return judged_constant(value, spec.kind)
        case _:
            assert_never(spec.kind)


def judged_list(value: Option, spec: OptionSpec) -> "Option | Wrong":
    """One word or several, as a tuple of words."""
    items = value if isinstance(value, tuple) and not isinstance(value, Duration) else (value,)
    words: list[Option] = []
    for item in items:
        word = as_word(item)
        if word is None:
            return Wrong("kind")
        checked = within(word, spec.choices)
        if isinstance(checked, Wrong):
            return checked
        words.append(checked)
    return tuple(words)


def judged_moment(value: Option, spec: OptionSpec) -> "Option | Wrong":
    """A choice, or an instant that is known now or when the program runs."""
    match value:
        case datetime() if value.tzinfo is not None:
            return value
        case Runtime(type=datatypes.Timestamp()):
            return value
        case Word() | str():
            word = as_word(value)
            return within(word, spec.choices) if word is not None else Wrong("kind")
        case _:
            return Wrong("kind")


def as_word(value: Option) -> Word | None:
    """A bare word; a string of one (`oftra.toml` has no others); and `null`, `true`, `false`, which are words too."""
    match value:
        case Word():
            return value
        case Constant(constant):
            return as_word(constant)
        case Column(name=name, span=span):
            return Word(name, span=span)
        case str() if value:
            return Word(value)
        case None:
            return Word("null")
        case bool():
            return Word("true" if value else "false")
        case _:
            return None


def within(word: Word, choices: tuple[str, ...]) -> Word | Wrong:
    """`word`, if it is one of `choices` or there are none."""
    return word if not choices or word.text in choices else Wrong("choice", word.text)


def judged_constant(
    value: Option, kind: Literal["string", "boolean", "integer", "number", "interval", "scalar"]
) -> "Option | Wrong":
    """A constant as `kind` has it. `oftra.toml` has no intervals: there they are strings, `'5 minutes'`."""
    match kind, value:
        case ("string", str()) | ("boolean", bool()) | ("interval", Duration()):
            return value
        case "scalar", str():
            return value
        case "scalar", Word(text):
            return text
        case ("integer" | "number" | "scalar", bool()):
            return Wrong("kind")
        case ("integer" | "number", int()) | ("number", float() | Decimal()):
            return value
        case "scalar", int() | float() | Decimal():
            return str(value)
        case "interval", str() if (duration := duration_of(value)) is not None:
            return duration
        case _:
            return Wrong("kind")


MICROS = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def duration_of(text: str) -> Duration | None:
    """The interval that `5 minutes` or `1 month` says."""
    amount, _, unit = text.strip().partition(" ")
    unit = unit.strip().lower().removesuffix("s")
    if not amount.isascii() or not amount.isdigit():
        return None
    if unit in MICROS:
        return Duration(micros=int(amount) * MICROS[unit])
    if unit in MONTHS:
        return Duration(months=int(amount) * MONTHS[unit])
    return None


def fits(
    value: Runtime | Call | Cast | Column, kind: Literal["string", "boolean", "integer", "number", "interval", "scalar"]
) -> bool:
    """Whether the value of an expression that is computed when the program runs is one for `kind`."""
    if isinstance(value, Column):
        return False
    if isinstance(value, Runtime) and value.kind in ("env", "secret"):
        return True  # the environment holds text, which is read as what is needed
    match value.type:
        case datatypes.Unknown():
            return True
        case datatypes.String():
            return kind in ("string", "scalar")
        case datatypes.Boolean():
            return kind == "boolean"
        case datatypes.Integer():
            return kind in ("integer", "number", "scalar")
        case datatypes.Decimal() | datatypes.Double() | datatypes.Float():
            return kind in ("number", "scalar")
        case datatypes.Interval():
            return kind == "interval"
        case _:
            return False
