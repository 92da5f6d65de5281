"""Constants as texts, for whoever takes nothing else: the environment of a task."""

from datetime import UTC, datetime


def text_of(value: object) -> str:
    """A constant as text, in the language's own words; nothing for null."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime() if value.tzinfo is not None:
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ") + "Z"
        case datetime():
            return value.isoformat(" ")
        case _:
            return str(value)
