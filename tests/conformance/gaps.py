"""What an engine does not do as the language means it. A mark fails once its case passes: none outlives its reason."""

from answers import Case
from flink_gaps import BY_CALL, BY_FOUND, BY_SUBJECT
from gap import Gap

ENGINES = ("duckdb", "spark", "flink")
"""The engines that every example runs on."""

WHOLE_ENGINES = ("duckdb", "spark")
"""Those that golden programs and values of every type are asked of: Flink has no marks for these yet."""

GAPS: dict[tuple[str, str], Gap] = {
    ("duckdb", "upper('ß')"): Gap("never", "DuckDB's capitals are one character each: `ß` becomes `ẞ`, elsewhere `SS`"),
    **{("flink", call): gap for call, gap in BY_CALL.items()},
}
"""By engine and call."""

LACKING: dict[tuple[str, str], Gap] = {("flink", subject): gap for subject, gap in BY_SUBJECT.items()}
"""By engine and function: what it has no words for at all. Calls that have to fail do so all the same."""

FOUND: dict[tuple[str, str], Gap] = {("flink", what): gap for what, gap in BY_FOUND.items()}
"""By engine and title: what random programs found."""


def gap_of(engine: str, case: Case, stage: str | None = None) -> Gap | None:
    """Why `engine` answers an example otherwise, asked in the form `stage`."""
    example = case.example
    gap = GAPS.get((engine, example.call)) or GAPS.get((engine, f"{example.call} over {example.rows}"))
    if gap is None and not case.fails:
        gap = LACKING.get((engine, case.subject))
    return gap if gap is not None and (stage is None or not gap.stages or stage in gap.stages) else None
