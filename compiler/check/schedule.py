"""When pipelines run: cron expressions, time zones, deadlines, and pipelines that wait for each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from oftra.connectors.option import amount
from oftra.diagnostics import Report
from oftra.diagnostics.model import nearest
from oftra.diagnostics.pipelines import (
    BadSchedule,
    DeadlineUnmet,
    GateCycle,
    GateElsewhere,
    TwoBuilders,
    UnknownTimeZone,
    UpdateCycle,
)
from oftra.diagnostics.runs import OnlyAlone
from oftra.ir.expr import Duration
from oftra.ir.gates import Graph, Required, Waits
from oftra.ir.overlap import disputed
from oftra.ir.program import Option, Options, Pipeline, Program, Word
from oftra.source import NOWHERE, Span

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("day of the week", 0, 7, DAYS),
)
"""The fields of a cron expression in their order: the least and the greatest number, and names that stand for numbers
from the least on. The fields and their ranges are those of crontab(5)."""

_PART = re.compile(r"(?:(?P<any>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")


def check_times(options: Options, spans: Mapping[str, Span], name: str, report: Report) -> None:
    """Report what the options of the pipeline `name` say of time and can't mean. `spans` are where they are written."""
    schedule, zone = options.get("schedule"), options.get("timezone")
    if isinstance(schedule, str) and (wrong := wrong_in(schedule)) is not None:
        report.add(BadSchedule(schedule, wrong, span=spans.get("schedule", NOWHERE)))
    if isinstance(zone, str) and "timezone" in spans:
        _check_zone(zone, spans["timezone"], report)
    deadline = _micros(options.get("deadline"))
    if deadline is None:
        return
    timeout, retries = _micros(options.get("timeout")), options.get("retries")
    waiting = (_micros(options.get("retry_delay")) or 0) * (retries if isinstance(retries, int) else 0)
    because = ""
    if timeout is not None and timeout <= deadline:
        because = "comes when its `timeout` has stopped it"
    elif deadline <= waiting:
        because = "comes while its retries may still be waited for"
    if because:
        report.add(DeadlineUnmet(name, because, span=spans.get("deadline", NOWHERE)))


def _micros(option: Option | None) -> int | None:
    """An interval in microseconds; None if it is none that is known here."""
    return amount(option, 0) if isinstance(option, Duration) else None


def wrong_in(schedule: str) -> str | None:
    """Why a text is no cron expression of five fields; None if it is one."""
    fields = schedule.split()
    if len(fields) != len(FIELDS):
        return f"it has {len(fields)} field{'' if len(fields) == 1 else 's'} instead of 5"
    for field, (name, least, greatest, names) in zip(fields, FIELDS, strict=True):
        for part in field.split(","):
            found = _PART.fullmatch(part)
            if found is None:
                return f"`{part}` is no {name}"
            ends = [end for end in (found["first"], found["last"]) if end is not None]
            numbers = [_number(end, least, names) for end in ends]
            for end, number in zip(ends, numbers, strict=True):
                if number is None or not least <= number <= greatest:
                    return f"`{end}` is no {name}, which goes from {least} to {greatest}"
            known = [number for number in numbers if number is not None]
            if any(first > last for first, last in pairwise(known)):
                return f"`{part}` ends before it begins"
            if found["step"] is not None and int(found["step"]) == 0:
                return f"`{part}` has steps of 0"
    return None


def _number(text: str, least: int, names: tuple[str, ...]) -> int | None:
    """The number that a text is, or stands for."""
    if text.isascii() and text.isdigit():
        return int(text)
    return names.index(text.lower()) + least if text.lower() in names else None


def _check_zone(zone: str, span: Span, report: Report) -> None:
    """Report a zone that the machine's time zone database doesn't have; one without any knows nothing of zones."""
    if zone == "UTC":
        return
    from zoneinfo import available_timezones  # reads a folder of files, and most pipelines keep to UTC

    known = available_timezones()
    if known and zone not in known:
        report.add(UnknownTimeZone(zone, nearest(zone, sorted(known)), span=span))


def check_pipelines(program: Program, report: Report) -> None:
    """Report gates that wait for each other, pipelines that write the same, and pipelines that wait in a circle."""
    graph = Graph(program)
    for pipeline in program.pipelines:
        required = [Required(pipeline, gate) for gate in pipeline.gates]
        if waiting := Waits(graph, graph.written[pipeline.name], required).circle() if required else ():
            report.add(GateCycle(pipeline.name, tuple(waiting), span=pipeline.span))
        at_once = pipeline.options.get("concurrency")
        if isinstance(at_once, int) and at_once > 1:
            for output, why in disputed(graph, pipeline):
                report.add(OnlyAlone(pipeline.name, output, why, span=pipeline.span))
        # What a task counts is known to the run alone that it is a part of.
        for gate in pipeline.gates:
            for name in gate.about:
                if name in graph.tasks and name not in graph.written[pipeline.name]:
                    report.add(GateElsewhere(name, pipeline.name, span=gate.span))
    if len(program.pipelines) < 2 and not any("on_update_of" in one.options for one in program.pipelines):
        return
    built = graph.written
    owners: dict[str, Pipeline] = {}
    for pipeline in program.pipelines:
        for name in built[pipeline.name]:
            other = owners.setdefault(name, pipeline)
            # Where one goes on and one ends, that is another mistake, which is told elsewhere.
            if other is not pipeline and other.mode == pipeline.mode:
                is_task = name in graph.tasks
                report.add(TwoBuilders(name, pipeline.name, other.name, other.span, is_task, span=pipeline.span))
    for circle in _circles(program, owners):
        report.add(UpdateCycle(tuple([one.name for one in circle]), span=circle[0].span))


def _circles(program: Program, owners: Mapping[str, Pipeline]) -> Iterator[list[Pipeline]]:
    """The pipelines that wait for each other, each circle once, from the pipeline that is declared first."""
    place = {pipeline.name: at for at, pipeline in enumerate(program.pipelines)}
    waits = {
        one.name: [owners[relation] for relation in _waited_for(one) if relation in owners] for one in program.pipelines
    }

    def ways(path: list[Pipeline]) -> Iterator[list[Pipeline]]:
        for following in waits[path[-1].name]:
            if following is path[0]:
                yield path
            elif place[following.name] > place[path[0].name] and following not in path:
                yield from ways([*path, following])

    for pipeline in program.pipelines:
        # One circle a pipeline says enough.
        yield from list(ways([pipeline]))[:1]


def _waited_for(pipeline: Pipeline) -> tuple[str, ...]:
    """The relations whose updates it waits for."""
    value = pipeline.options.get("on_update_of")
    words = value if isinstance(value, tuple) else (value,)
    return tuple([one.text for one in words if isinstance(one, Word)])
