"""What options of databases and their tables mean beside each other, and which columns such tables can have."""

from collections.abc import Iterable, Sequence

from oftra.check.option import words
from oftra.connectors.jdbc import PARTS, POSTGRES
from oftra.datatypes import (
    Array,
    Boolean,
    DataType,
    Double,
    Float,
    Integer,
    Interval,
    Map,
    Null,
    String,
    Struct,
    show,
)
from oftra.diagnostics import Report
from oftra.diagnostics.contracts import NeedsOption
from oftra.diagnostics.databases import LooksIntoChanges, OtherDatabase, UnheldType
from oftra.diagnostics.names import UnknownColumn
from oftra.diagnostics.topics import PlainPassword, WithoutEffect
from oftra.ir.expr import Column
from oftra.ir.program import Options
from oftra.source import Span


def check_connection(options: Options, owner: str, span: Span, report: Report) -> None:
    """Judge where a database is said to be, and who logs in."""
    url = options.get("url")
    if isinstance(url, str):
        if not url.startswith(POSTGRES):
            report.add(OtherDatabase(owner, POSTGRES, span=span))
        if "password=" in url.partition("?")[2]:
            report.add(PlainPassword(owner, span=span))
    if "password" in options and "user" not in options:
        report.add(NeedsOption("password", "user", owner, span=span))


def check_source(options: Options, columns: Sequence[Column], owner: str, span: Span, report: Report) -> None:
    """Judge how a table is read."""
    check_columns(columns, owner, span, report)
    known = tuple([one.name for one in columns])
    for one in words(options, "split_by"):
        if one.text not in known:
            report.add(UnknownColumn(one.text, known, span=one.span))
    given = [name for name in PARTS if name in options]
    if given:
        for name in PARTS:
            if name not in options:
                report.add(NeedsOption(given[0], name, owner, span=span))
    if options.get("lookup") is True:
        report.add(LooksIntoChanges(owner, span=span))
    elif "cache" in options:
        report.add(WithoutEffect("cache", owner, "`lookup: true`", span=span))


def check_columns(columns: Iterable[Column], owner: str, span: Span, report: Report) -> None:
    """Judge whether a table can have such columns."""
    for one in columns:
        if not holds(one.type):
            report.add(UnheldType(owner, one.name, show(one.type), span=span))


def holds(type_: DataType) -> bool:
    """Whether a column of Postgres holds all values of a type, and gives them back on every engine."""
    match type_:
        case Array(Boolean() | Float() | Double() | String()):
            return True
        case Array(Integer(bits)) | Integer(bits):
            return bits != 8
        case Array() | Map() | Struct() | Interval() | Null():
            return False
        case _:
            return True
