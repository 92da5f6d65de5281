"""Options of the session that a script runs in: the few that carry meaning."""

from oftra.targets.flink_sql.statements import Option

SAVED = (
    ("execution.checkpointing.interval", "10 s"),
    ("execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION"),
)
TOGETHER = (
    ("table.exec.mini-batch.enabled", "true"),
    ("table.exec.mini-batch.allow-latency", "5 s"),
    ("table.exec.mini-batch.size", "5000"),
)
"""Streams are saved, files that they write are closed, and counts are shown, every few seconds; what was saved stays.

What handles rows together marks its batches by watermarks of its own, which would make every row late: where late rows
are put apart each row is handled by itself.
"""


def options(is_stream: bool, parts_late: bool, has_stages: bool) -> list[Option]:
    """What a script sets first; `parts_late` if late rows are put apart, `has_stages` if a job waits for another."""
    found: tuple[tuple[str, str], ...] = (
        ("execution.runtime-mode", "streaming" if is_stream else "batch"),
        ("table.local-time-zone", "UTC"),
    )
    if is_stream:
        found += SAVED if parts_late else (*SAVED, *TOGETHER)
    if has_stages:
        found += (("table.dml-sync", "true"),)
    return [Option(name, value) for name, value in found]
