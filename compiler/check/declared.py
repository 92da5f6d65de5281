"""Types as they are written, read."""

from typing import assert_never

from oftra.datatypes import SIMPLE, SYNONYMS, UNKNOWN, Array, DataType, Decimal, Field, Map, Struct, show
from oftra.diagnostics import Report
from oftra.diagnostics.names import DuplicateColumn
from oftra.diagnostics.typecheck import BadTypeParameter, NotYet, UnknownType
from oftra.functions.match import comparable
from oftra.source import Span
from oftra.syntax import nodes

_WORDS = (*SIMPLE, "decimal", "array", "map", "struct")


def declared_type(written: nodes.Type, report: Report) -> DataType:
    """The type that was written; `Unknown` if it is none (reported)."""
    match written:
        case nodes.SimpleType(name, numbers):
            simple = SIMPLE.get(name)
            return simple if simple is not None and not numbers else _with_numbers(written, report)
        case nodes.ArrayType(element):
            return Array(declared_type(element, report))
        case nodes.MapType(key, value):
            made = Map(declared_type(key, report), declared_type(value, report))
            if not comparable(made.key):
                rule = "the keys of a map are compared: there is neither a map nor json in them"
                report.add(BadTypeParameter(show(made), rule, span=key.span))
            return made
        case nodes.StructType(fields):
            seen: set[str] = set()
            for field, _ in fields:
                if field.text.lower() in seen:
                    report.add(DuplicateColumn(field.text, span=field.span))
                seen.add(field.text.lower())
            return Struct(tuple([Field(field.text, declared_type(type_, report)) for field, type_ in fields]))
        case _:
            assert_never(written)


def _with_numbers(written: nodes.SimpleType, report: Report) -> DataType:
    name = SYNONYMS.get(written.name, written.name)
    shown = f"{written.name}({', '.join(map(str, written.numbers))})" if written.numbers else written.name
    match name, written.numbers:
        case "decimal", (precision, scale) if 1 <= precision <= 38 and scale <= precision:
            return Decimal(precision, scale)
        case "decimal", (precision,) if 1 <= precision <= 38:
            return Decimal(precision, 0)
        case "decimal", ():
            report.add(BadTypeParameter(shown, "say how many digits it has, `decimal(18, 2)`", span=written.span))
            return UNKNOWN
        case "decimal", _:
            rule = "a decimal has 1 to 38 digits, and no more of them after the point"
            report.add(BadTypeParameter(shown, rule, span=written.span))
            return UNKNOWN
        case "string", (_,) if written.name == "varchar":
            return SIMPLE["string"]
        case (("time" | "enum"), _):
            report.add(NotYet(f"the type `{name}`", span=written.span))
            return UNKNOWN
        case _ if name in SIMPLE and written.numbers:
            report.add(BadTypeParameter(shown, f"`{name}` takes no numbers", span=written.span))
            return SIMPLE[name]
        case _ if name in SIMPLE:
            return SIMPLE[name]
        case _:
            # Only the word: the numbers behind it may well be right.
            word = Span(written.span.start, written.span.start + len(written.name), written.span.file)
            report.add(UnknownType(name, _WORDS, span=word))
            return UNKNOWN
