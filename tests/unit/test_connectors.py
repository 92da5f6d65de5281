"""Options of connections: what is accepted, in which form, and what is said of the rest."""

from decimal import Decimal

import pytest

from oftra import connectors
from oftra.connectors.option import OptionSpec, duration_of, validate
from oftra.datatypes.model import INT, STRING
from oftra.diagnostics import Report
from oftra.ir.expr import Duration, Literal, Runtime
from oftra.ir.program import Option, Options, Word
from oftra.source import Span

PLACE = Span(3, 7, "a.oftra")
OWNER = Span(0, 20, "a.oftra")


def judge(specs: tuple[OptionSpec, ...], **given: Option) -> tuple[Options, list[str]]:
    """The options, and the codes of what was found."""
    report = Report()
    options = validate({name: (value, PLACE) for name, value in given.items()}, specs, "source `x`", OWNER, report)
    return options, [found.code for found in report]


def spec(kind: str, **more: object) -> OptionSpec:
    return OptionSpec("o", kind, "An option.", **more)  # type: ignore[arg-type]


ENV = Runtime("env", "X", STRING)
PARAM = Runtime("param", "n", INT)


@pytest.mark.parametrize(
    ("option", "written", "read"),
    [
        (spec("string"), "data", "data"),
        (spec("string"), Literal("data", STRING), "data"),
        (spec("string"), ENV, ENV),
        (spec("boolean"), False, False),
        (spec("boolean"), ENV, ENV),
        (spec("integer"), 3, 3),
        (spec("integer"), PARAM, PARAM),
        (spec("number"), 3, 3),
        (spec("number"), Decimal("0.5"), Decimal("0.5")),
        (spec("word", choices=("csv",)), Word("csv"), Word("csv")),
        (spec("word", choices=("csv",)), "csv", Word("csv")),
        (spec("word", choices=("null", "fail")), None, Word("null")),
        (spec("column"), Word("id"), Word("id")),
        (spec("columns"), Word("id"), (Word("id"),)),
        (spec("columns"), (Word("a"), "b"), (Word("a"), Word("b"))),
        (spec("columns"), (), ()),
        (spec("interval"), Duration(micros=5), Duration(micros=5)),
        (spec("interval"), "2 hours", Duration(micros=7_200_000_000)),
        (spec("options"), {"a": 1}, {"a": 1}),
        (spec("scalar"), Decimal("1.2"), "1.2"),
        (spec("scalar"), Word("team"), "team"),
    ],
)
def test_a_fitting_value_takes_the_form_of_its_kind(option: OptionSpec, written: Option, read: Option) -> None:
    assert judge((option,), o=written) == ({"o": read}, [])


@pytest.mark.parametrize(
    ("option", "written", "code"),
    [
        (spec("string"), 1, "OF0704"),
        (spec("string"), True, "OF0704"),
        (spec("string"), Word("data"), "OF0704"),
        (spec("string"), PARAM, "OF0704"),
        (spec("boolean"), "yes", "OF0704"),
        (spec("boolean"), 1, "OF0704"),
        (spec("integer"), True, "OF0704"),
        (spec("integer"), Decimal("1.5"), "OF0704"),
        (spec("word", choices=("csv",)), Word("cvs"), "OF0705"),
        (spec("word", choices=("csv",)), 1, "OF0704"),
        (spec("word", choices=("csv",)), ENV, "OF0704"),
        (spec("columns", choices=("file",)), (Word("file"), Word("line")), "OF0705"),
        (spec("columns"), (1,), "OF0704"),
        (spec("interval"), "soon", "OF0704"),
        (spec("options"), "a", "OF0704"),
    ],
)
def test_a_wrong_value_is_reported_and_left_out(option: OptionSpec, written: Option, code: str) -> None:
    assert judge((option,), o=written) == ({}, [code])


def test_unknown_and_missing_options_are_told_apart_by_place() -> None:
    report = Report()
    validate({"o1": (1, PLACE)}, (spec("string", required=True),), "source `x`", OWNER, report)
    assert [(found.code, found.span, found.help) for found in report] == [
        ("OF0702", PLACE, "the options here are `o`"),
        ("OF0703", OWNER, "add `o: ...`, a string"),
    ]


def test_a_near_name_is_offered() -> None:
    files = connectors.lookup("files")
    assert files is not None
    report = Report()
    validate({"path": ("a", PLACE), "fromat": (Word("csv"), PLACE)}, files.source, "source `x`", OWNER, report)
    assert [found.help for found in report] == ["did you mean `format`?"]


def test_options_of_a_connection_that_the_environment_replaced_may_be_unknown() -> None:
    files = connectors.lookup("files")
    assert files is not None
    report = Report()
    given: dict[str, tuple[Option, Span]] = {"path": ("rides.jsonl", PLACE), "topic": ("rides", PLACE)}
    options = validate(given, files.source, "source `rides`", OWNER, report, replaced=("topic",))
    assert "topic" not in options
    assert not list(report)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("10 minutes", Duration(micros=600_000_000)),
        ("1 week", Duration(micros=604_800_000_000)),
        ("1 year", Duration(months=12)),
        ("10", None),
        ("-1 day", None),
        ("1 fortnight", None),
        ("٣ days", None),
    ],
)
def test_an_interval_in_a_string(text: str, duration: Duration | None) -> None:
    assert duration_of(text) == duration


@pytest.mark.parametrize("name", connectors.names())
def test_every_default_is_a_value_that_its_option_takes(name: str) -> None:
    kind = connectors.lookup(name)
    assert kind is not None
    assert kind.name == name
    for specs in (kind.connection, kind.source, kind.table, kind.sink):
        assert len({spec.name for spec in specs}) == len(specs), "an option is declared twice"
        given = {spec.name: (spec.default, PLACE) for spec in specs if spec.default is not None}
        report = Report()
        options = validate(given, tuple(spec for spec in specs if not spec.required), "it", OWNER, report)
        assert not list(report)
        assert options == {name: value for name, (value, _) in given.items()}
    assert bool(kind.table) == kind.stores


def test_only_kafka_never_ends() -> None:
    endless = [name for name in connectors.names() if (kind := connectors.lookup(name)) and kind.unbounded]
    assert endless == ["kafka"]
