"""Rows on their way to people (a table) and machines (JSON, csv)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from json.encoder import encode_basestring
from math import inf, isfinite
from typing import TYPE_CHECKING, TypeAlias

from oftra.arrow_values import values_of

if TYPE_CHECKING:  # pyarrow is heavy, and comes with the first rows
    import pyarrow

Row: TypeAlias = tuple[object, ...]


class Blank:
    """A place in a table where there is no cell at all."""

    def __str__(self) -> str:
        return ""


BLANK = Blank()


def names_of(table: "pyarrow.Table") -> list[str]:
    """The columns' names; of two alike the later is numbered, as an object can't hold both."""
    seen: dict[str, int] = {}
    names = []
    for name in table.column_names:
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return names


def rows_of(table: "pyarrow.Table") -> list[Row]:
    """The rows as Python's values."""
    columns = [values_of(column) for column in table.columns]
    return list(zip(*columns)) if columns else [()] * table.num_rows


def json_rows(table: "pyarrow.Table") -> str:
    """An array of objects, a row each."""
    names = [encode_basestring(name) for name in names_of(table)]
    rows = [", ".join(f"{name}: {json_value(cell)}" for name, cell in zip(names, row)) for row in rows_of(table)]
    return "[" + ", ".join(f"{{{row}}}" for row in rows) + "]"


def json_value(value: object) -> str:
    """`value` as JSON. A decimal is a number with all its digits, which Python's own encoder can't write."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return repr(value) if isfinite(value) else encode_basestring(plain(value))
        case Decimal():
            return f"{value:f}"
        case dict():
            return "{" + ", ".join(f"{encode_basestring(str(k))}: {json_value(v)}" for k, v in value.items()) + "}"
        case tuple() if hasattr(value, "nanoseconds"):
            return encode_basestring(plain(value))
        case list() | tuple():
            return "[" + ", ".join(json_value(item) for item in value) + "]"
        case _:
            return encode_basestring(plain(value))


def plain(value: object) -> str:
    """A single value as text, as the language itself casts it to a string."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return (
                repr(value) if isfinite(value) else {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
            )
        case Decimal():
            return f"{value:f}"
        case datetime():
            return moment(value)
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case bytes():
            return value.hex()
        case tuple() if hasattr(value, "nanoseconds"):
            return interval_text(*value)
        case list() | tuple() | dict():
            return json_value(value)
        case _:
            return str(value)


def interval_text(months: int, days: int, nanos: int) -> str:
    """An interval in its units, `14 months` or `1 day 2 hours 0.5 seconds`; a month has no number of days."""
    sign = -1 if nanos < 0 else 1
    minutes, rest = divmod(abs(nanos), 60_000_000_000)
    hours, minutes = divmod(minutes, 60)
    seconds = Decimal(rest).scaleb(-9).normalize()
    parts = ((months, "month"), (days, "day"), (sign * hours, "hour"), (sign * minutes, "minute"))
    said = [f"{count} {unit}{'' if abs(count) == 1 else 's'}" for count, unit in parts if count]
    if seconds or not said:
        said.append(f"{sign * seconds:f} second{'' if seconds == 1 else 's'}")
    return " ".join(said)


def moment(value: datetime) -> str:
    """A timestamp with `Z`, a wall-clock reading without; no more digits than there are."""
    zone = ""
    if value.tzinfo is not None:
        value, zone = value.astimezone(UTC), "Z"
    text = value.strftime("%Y-%m-%d %H:%M:%S") if value.year >= 1000 else value.replace(tzinfo=None).isoformat(" ")[:19]
    return text + (f".{value.microsecond:06}".rstrip("0") if value.microsecond else "") + zone


def csv_rows(table: "pyarrow.Table") -> str:
    """A line of names, then a line a row; null is an empty cell, an empty string a quoted one."""
    lines = [table.column_names, *([None if cell is None else plain(cell) for cell in row] for row in rows_of(table))]
    return "".join(",".join(map(csv_cell, line)) + "\n" for line in lines)


def csv_cell(text: str | None) -> str:
    """A cell, in quotes if it needs them. Python's own writer doesn't tell null from the empty string before 3.12."""
    if text is None:
        return ""
    if text and not any(char in text for char in '",\r\n'):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def text_table(names: Sequence[str], rows: Sequence[Row], rest: str = "") -> str:
    """Rows in columns: numbers to the right, all else to the left; `rest` tells of those that are not shown."""
    cells = [[cell_text(cell) for cell in row] for row in rows]
    widths = [max([len(name), *(len(row[at]) for row in cells)]) for at, name in enumerate(names)]
    right = [is_number_column([row[at] for row in rows]) for at in range(len(names))]
    lines = [aligned(names, widths, right), "  ".join("-" * width for width in widths)]
    lines += [aligned(row, widths, right) for row in cells]
    if rest:
        lines.append(rest)
    return "\n".join(lines) + "\n"


def is_number_column(cells: Sequence[object]) -> bool:
    """Whether a column holds numbers alone, but for nulls and blanks."""
    found = [cell for cell in cells if cell is not None and cell is not BLANK]
    return bool(found) and all(isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) for cell in found)


def cell_text(value: object) -> str:
    """A cell for people: a null is said, and a control character can't break the table."""
    text = "null" if value is None else plain(value)
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def aligned(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    """A line of the table."""
    padded = [
        cell.rjust(width) if to_right else cell.ljust(width) for cell, width, to_right in zip(cells, widths, right)
    ]
    return "  ".join(padded).rstrip()


def show_table(
    title: str | None, names: Sequence[str], rows: Sequence[Row], color: bool, total: float | None = None
) -> Iterator[str]:
    """The table as text for the terminal (`color`) or for a pipe; `rows` may be but the first of `total`.

    Of which nobody knows how many there are, `total` is infinite.
    """
    more = (len(rows) if total is None else total) - len(rows)
    rest = "" if more <= 0 else "... more" if more == inf else f"... {more:,} more"
    if title is not None and not color:
        yield f"{title}\n"
    if not color:
        yield text_table(names, rows, rest)
        return
    # Somebody looks: rich draws it to the width of the terminal.
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    drawn = Table(title=escape(title) if title else None, title_justify="left", header_style="bold")
    for at, name in enumerate(names):
        drawn.add_column(escape(name), justify="right" if is_number_column([row[at] for row in rows]) else "left")
    for row in rows:
        drawn.add_row(*["[dim]null[/]" if cell is None else escape(cell_text(cell)) for cell in row])
    if rest:
        drawn.caption = rest
    console = Console()
    with console.capture() as capture:
        console.print(drawn)
    yield capture.get()
