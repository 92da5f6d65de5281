"""The typed program as JSON, for tools: a node is an object whose `node` says what it is, a type is its text.

Spans and what else takes no part in equality are left out. It is written, never read: the text form reads back.
"""

from collections.abc import Mapping
from dataclasses import Field, fields
from datetime import UTC, date, datetime
from decimal import Decimal as Number
from typing import TypeAlias, get_args

from oftra.datatypes import DataType, show
from oftra.ir.expr import Duration

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

_TYPES = get_args(DataType)


_FIELDS = dict[type, tuple[str, ...]]()


def to_json(value: object) -> Json:
    """`value`, a program or any part of it, as what `json.dumps` takes."""
    if isinstance(value, _TYPES):
        return show(value)
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            # JSON has no word for what isn't finite.
            return value if value - value == 0 else {"double": repr(value)}
        case Number():
            return {"decimal": f"{value:f}"}
        case bytes():
            return {"binary": value.hex()}
        case datetime() if value.tzinfo is not None:
            return {"timestamp": value.astimezone(UTC).replace(tzinfo=None).isoformat(" ") + "Z"}
        case datetime():
            return {"datetime": value.isoformat(" ")}
        case date():
            return {"date": value.isoformat()}
        case Duration():
            return {"months": value.months} if value.months else {"micros": value.micros}
        case tuple() | list():
            return [to_json(item) for item in value]
        case frozenset():
            return [to_json(item) for item in sorted(value)]
        case Mapping():
            return {str(key): to_json(item) for key, item in value.items()}
        case _:
            return _of_node(value)


def _of_node(node: object) -> dict[str, Json]:
    kind = type(node)
    names = _FIELDS.get(kind)
    if names is None:
        declared: tuple[Field[object], ...] = fields(node)  # type: ignore[arg-type]  # what is no node raises TypeError
        names = _FIELDS[kind] = tuple([field.name for field in declared if field.compare])
    said: dict[str, Json] = {"node": kind.__name__}
    for name in names:
        said[name] = to_json(getattr(node, name))
    return said
