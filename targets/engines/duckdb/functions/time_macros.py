"""Texts that are days and times: DuckDB's own casts read many more, each engine others."""

from oftra.targets.sql.query import CreateMacro

_YEAR = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_DAY = f"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}"
_MINUTE = "[T ](?:[01][0-9]|2[0-3]):[0-9]{2}"
_SECOND = ":[0-9]{2}(?:\\.[0-9]{1,6}0*)?"
_ZONE = "(?:Z|[+-](?:0[0-9]|1[0-7])(?::?[0-5][0-9])?)?"

DATE_TEXT = CreateMacro(
    "date_text",
    ("value",),
    ("regexp_extract(", "  value,", f"  '^{_DAY}$'", ")"),
    "A text of the form `2026-01-31`, of the years from 1 to 9999; else an empty one.",
)

DATETIME_TEXT = CreateMacro(
    "datetime_text",
    ("value",),
    ("regexp_extract(", "  value,", f"  '^{_DAY}'", f"    || '(?:{_MINUTE}(?:{_SECOND})?)?$'", ")"),
    "A text of the form `2026-01-31 10:00:00.5`, or less of it; else an empty one.",
)

TIMESTAMP_TEXT = CreateMacro(
    "timestamp_text",
    ("value",),
    (
        "regexp_extract(",
        "  value,",
        f"  '^{_DAY}'",
        f"    || '(?:{_MINUTE}'",
        f"    || '(?:{_SECOND}{_ZONE})?)?$'",
        ")",
    ),
    "A text of the form `2026-01-31 10:00:00.5+02:00`, or less of it; else an empty one.",
)

TIME_MACROS = (DATE_TEXT, DATETIME_TEXT, TIMESTAMP_TEXT)
