"""Cron expressions of five fields as those of Quartz, which knows either days of the month or days of the week."""

import re

DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

_DAY = re.compile(r"(?P<any>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?")


def quartz(schedule: str) -> str | None:
    """The same times for Quartz; None where it can't say them: on some days of the month and on some of the week."""
    minute, hour, day, month, weekday = schedule.upper().split()
    if _is_every(weekday):
        return f"0 {_steps(minute, 59)} {_steps(hour, 23)} {_steps(day, 31)} {_steps(month, 12)} ?"
    if _is_every(day):
        return f"0 {_steps(minute, 59)} {_steps(hour, 23)} ? {_steps(month, 12)} {_days_of_week(weekday)}"
    return None


def _is_every(field: str) -> bool:
    return field in ("*", "*/1")


def _steps(field: str, last: int) -> str:
    """A field; a number with steps goes on to the `last` one there is."""
    parts = []
    for part in field.split(","):
        start, slash, step = part.partition("/")
        is_open = slash and start != "*" and "-" not in start
        parts.append(f"{start}-{last}/{step}" if is_open else part)
    # In a list with others, all of them are all there is.
    return "*" if "*" in parts else ",".join(parts)


def _days_of_week(field: str) -> str:
    """Days by their names: their numbers begin with another day there. Sunday is 0 and 7 here."""
    found: set[int] = set()
    for part in field.split(","):
        days, _, step = part.partition("/")
        match = _DAY.fullmatch(days)
        assert match is not None
        if match["any"]:
            first, last = 0, 6
        else:
            first = _number(match["first"])
            last = _number(match["last"]) if match["last"] else 6 if step else first
        found |= {one % 7 for one in range(first, last + 1, int(step or 1))}
    return "*" if len(found) == 7 else ",".join([DAYS[one] for one in sorted(found)])


def _number(text: str) -> int:
    return int(text) if text.isdigit() else DAYS.index(text)
