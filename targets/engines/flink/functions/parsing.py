"""Texts of moments in a format that is known. What has another form is none: Flink's own reading guesses."""

import re

from oftra.datatypes import Date
from oftra.ir.expr import Call
from oftra.targets.engines.flink.datatypes import type_name
from oftra.targets.engines.flink.wording import Refused, Scalar, constant, not_null
from oftra.targets.sql import tree as sql

_CODE = re.compile("%.", re.DOTALL)
_DIGITS = {
    "%Y": "[0-9]{4}", "%m": "[0-9]{2}", "%d": "[0-9]{2}", "%H": "[01][0-9]|2[0-3]", "%M": "[0-5][0-9]",
    "%S": "[0-5][0-9]", "%f": "[0-9]{6}",
}  # fmt: skip
_LETTERS = {"%Y": "yyyy", "%m": "MM", "%d": "dd", "%H": "HH", "%M": "mm", "%S": "ss", "%f": "SSSSSS", "%j": "DDD"}
_META = frozenset(r"\\.^$|?*+()[]{}")


def _pieces(call: Call) -> list[tuple[str, str]]:
    """The codes of a format, each with the text before it; the last has no code."""
    form = constant(call.arguments[1])
    assert isinstance(form, str)
    found: list[tuple[str, str]] = []
    at, before = 0, ""
    for code in _CODE.finditer(form):
        before += form[at : code.start()]
        at = code.end()
        if code.group() == "%%":
            before += "%"
        else:
            found.append((before, code.group()))
            before = ""
    return [*found, (before + form[at:], "")]


def _format(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
    letters = "".join([_quoted(before) + _LETTERS.get(code, "") for before, code in _pieces(call)])
    moment = sql.Cast(arguments[0], "timestamp(6)") if isinstance(call.arguments[0].type, Date) else arguments[0]
    return sql.call("date_format", moment, sql.Text(letters))


def _quoted(text: str) -> str:
    inside = text.replace("'", "''")
    return f"'{inside}'" if text else ""


def _parsed(safe: bool) -> Scalar:
    """Its parts are found by a pattern and put together again as Flink reads them."""

    def say(call: Call, arguments: tuple[sql.Expr, ...]) -> sql.Expr:
        pieces = _pieces(call)
        codes = [code for _, code in pieces if code]
        if len(set(codes)) != len(codes) or not {*codes} <= _DIGITS.keys():
            raise Refused(f"{call.function} in such a format")
        groups = [_escaped(before) + (f"({_DIGITS[code]})" if code else "") for before, code in pieces]
        pattern = sql.Text("^" + "".join(groups) + r"\z")
        (text,) = arguments[:1]

        def part(code: str, otherwise: str) -> sql.Expr:
            if code not in codes:
                return sql.Text(otherwise)
            return sql.call("regexp_extract", text, pattern, sql.integer(codes.index(code) + 1))

        day = (part("%Y", "1970"), sql.Text("-"), part("%m", "01"), sql.Text("-"), part("%d", "01"))
        time = (part("%H", "00"), sql.Text(":"), part("%M", "00"), sql.Text(":"), part("%S", "00"))
        matches: sql.Expr = sql.call("regexp", text, pattern)
        written, name = sql.Chain("||", day), type_name(call.type)
        whole = (
            written
            if isinstance(call.type, Date)
            else sql.Chain("||", (*day, sql.Text(" "), *time, sql.Text("."), part("%f", "000000")))
        )
        if safe:
            # A day that there is not is another day to Flink, unless it is asked for a date alone.
            exists = sql.Postfix(sql.Cast(written, "date", safe=True), "is not null")
            return sql.Case(((sql.all_of((matches, exists)), sql.Cast(whole, name, safe=True)),))
        there = [not_null(text)] if call.arguments[0].nullable else []
        if not isinstance(call.type, Date):
            there_is = sql.Postfix(sql.Cast(written, "date", safe=True), "is not null")
            matches = sql.all_of((matches, there_is))
        none = sql.all_of((*there, sql.Unary("not", matches)))
        return sql.Cast(sql.Case(((none, sql.Text("no such moment")),), whole), name)

    return say


def _escaped(text: str) -> str:
    return "".join([f"\\{char}" if char in _META else char for char in text])


_PARSED = ("date", "datetime", "timestamp")

SCALARS: dict[str, Scalar] = {
    "format_time": _format,
    **{f"parse_{name}": _parsed(safe=False) for name in _PARSED},
    **{f"try_parse_{name}": _parsed(safe=True) for name in _PARSED},
}
