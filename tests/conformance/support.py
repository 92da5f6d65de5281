"""docs/support.md: what each engine and version runs, from the registry, the conformance cases and their gaps."""

from collections.abc import Iterable, Iterator

from answers import Answers, Case
from disagreements import DISAGREEMENTS, TOLD, Disagreement
from gap import Gap
from gaps import ENGINES, GAPS, gap_of
from test_examples import CASES, FAMILIES
from test_operators import REFUSED, parts
from versions import VERSIONS, told

from oftra import functions
from oftra.functions.model import Area
from oftra.functions.pages import AREAS

_KINDS = {"todo": "not yet", "upstream": "a fault of the engine", "never": "can't be helped"}

_ABOUT = """This page is written by the tests. Every example of every function, and every operator, is run on each
engine and compared in value and type. **yes** means that all of them give what the language says; anything else is said
with its reason. What an engine can't do is refused when the program is compiled, with the place in your file: no engine
is handed something that would mean another thing there."""

_ABOUT_VERSIONS = """Everything is run on Spark 4.1. `[targets.pyspark] spark = "3.5"` (or `"4.0"`) asks for modules
that an older one runs too: what it lacks is said in other words, or refused as [OF0630](errors/OF0630.md)."""

_ABOUT_OPERATORS = """The number of queries that are run, and which of them an engine refuses."""

_ABOUT_DISAGREEMENTS = """Where the engines' own SQL gives different answers, or another than Oftra, a program still
means one thing: the generated code is corrected. The last columns are what somebody gets who asks the engine itself,
and are run by the tests too."""


def page(answers: Answers) -> str:
    """The whole page. `answers` is only asked to check examples."""
    parts_ = [
        "# What runs where",
        _ABOUT,
        _counts(),
        "## Operators",
        _ABOUT_OPERATORS,
        _table(("", *ENGINES), _operators()),
        "## Where engines disagree",
        _ABOUT_DISAGREEMENTS,
        _table(("", "example", "Oftra", *[f"{engine} by itself" for engine in TOLD]), map(_told, DISAGREEMENTS)),
        "## Functions",
        _ABOUT_VERSIONS,
    ]
    for area, (title, _) in AREAS.items():
        rows = list(_functions(area, answers))
        parts_ += [f"### [{title}](functions/{area}.md)", _table(("", *ENGINES, *_versions()), rows)]
    return "\n\n".join(parts_) + "\n"


def _versions() -> Iterator[str]:
    yield from (f"spark {version}" for version in reversed(VERSIONS))


def _counts() -> str:
    gaps = [gap for engine in ENGINES for case in CASES if (gap := gap_of(engine, case)) is not None]
    marked = {kind: sum(gap.kind == kind for gap in gaps) for kind in _KINDS}
    asked = len({case.example.call for case in CASES})
    known = sum(1 for name in functions.names() if functions.lookup(name) is not None)
    said = ", ".join(f"{count} {_KINDS[kind]}" for kind, count in marked.items())
    return f"{known} functions with {asked} examples and {len(parts())} queries; differences between engines: {said}."


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = list(head)
    lines = [cells, ["---"] * len(cells), *[[_cell(cell) for cell in row] for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _operators() -> Iterator[tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for name in parts():
        groups.setdefault(name.partition(":")[0], []).append(name)
    for group, names in sorted(groups.items()):
        yield f"`{group}`", *[_run(engine, names) for engine in ENGINES]


def _run(engine: str, names: list[str]) -> str:
    refused = [f"{name.partition(': ')[2]}: {REFUSED[engine, name]}" for name in names if (engine, name) in REFUSED]
    return f"{len(names) - len(refused)} of {len(names)}; {'; '.join(refused)}" if refused else str(len(names))


def _told(one: Disagreement) -> tuple[str, ...]:
    call = f"`{one.example.call}`" + (f" over `{one.example.rows}`" if one.example.rows else "")
    raw = ["fails" if said == "error" else f"`{said}`" if said else "''" for _, said in (one.duckdb, one.spark)]
    gaps = [f"{engine}: {_shown(gap)}" for (engine, asked), gap in GAPS.items() if asked == one.example.call]
    return one.matter, call, "; ".join([_meant(one), *gaps]), *raw


def _meant(one: Disagreement) -> str:
    result = one.example.result
    if one.is_refused:
        return f"[{result}](errors/{result}.md)"
    return "fails" if result == "error" else f"`{result}`"


def _functions(area: Area, answers: Answers) -> Iterator[tuple[str, ...]]:
    for name in functions.names():
        function = functions.lookup(name)
        if function is None or function.area != area:
            continue
        sign = function.operator if area == "operators" and function.operator else name
        here = [_gaps(engine, FAMILIES[name]) for engine in ENGINES]
        older = ["; ".join(told(answers, FAMILIES[name], version).refused) for version in reversed(VERSIONS.values())]
        yield f"[`{sign}`](functions/{area}.md#{name})", *[said or "yes" for said in (*here, *older)]


def _gaps(engine: str, family: list[Case]) -> str:
    """Why an engine differs: for which of the examples, unless it is all of them."""
    marked: dict[str, list[str]] = {}
    for case in family:
        if (gap := gap_of(engine, case)) is not None:
            marked.setdefault(_shown(gap), []).append(f"`{case.example.call}`")
    asked = [case for case in family if not case.fails]
    return "; ".join(
        [why if len(calls) >= len(asked) else f"{', '.join(calls)} {why}" for why, calls in marked.items()]
    )


def _shown(gap: Gap) -> str:
    return f"{_KINDS[gap.kind]}: {gap.reason}"
