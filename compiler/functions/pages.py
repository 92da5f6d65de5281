"""The pages of docs/functions: an area a page, made from the registry."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from oftra.functions.model import Area, Example, Function
from oftra.functions.other_names import CLAUSES, MISSING, SAID
from oftra.functions.registry import lookup, names

AREAS: Mapping[Area, tuple[str, str]] = {
    "operators": (
        "Operators",
        "What is written with signs and words. Each has a name too, which errors and plans use.",
    ),
    "numbers": ("Numbers", "What has no answer is null; what is past a type's range fails the run."),
    "text": (
        "Text",
        "A character is a Unicode code point, and places are counted from 1. Patterns are what both RE2 and Java read.",
    ),
    "time": ("Dates and times", "All is UTC unless a zone is named; weeks are ISO's, and Monday is day 1."),
    "conditional": ("Conditions", "Choosing among values. `case` is part of the language itself."),
    "nested": (
        "Arrays, maps and structs",
        "What they hold may be null. `struct(1 as a)` and `s.a` are part of the language.",
    ),
    "json": (
        "JSON",
        "Paths are `$`, then `.name`, `['name']` and `[0]`: in arrays counted from 0, as JSON's users do.",
    ),
    "aggregates": (
        "Aggregates",
        "One value of many rows, also `over` a window. Nulls are left out. `distinct`, `order by` and "
        "`filter (where ...)` may be added.",
    ),
    "windows": ("Window functions", "Functions that stand `over (partition by ... order by ...)` alone."),
}
"""What the page of each area is called, and how it begins."""

_NULLS = {
    "strict": "null if an argument is",
    "any": "null only if an argument is",
    "never": "never null",
    "always": "may always be null",
    "all": "null only if all arguments are",
    "empty": "null of no rows",
}


def pages() -> Mapping[str, str]:
    """Every file of the folder: one an area, `elsewhere.md`, and `README.md`, the list of all functions."""
    functions = [function for name in names() if (function := lookup(name)) is not None]
    by_area = {area: [function for function in functions if function.area == area] for area in AREAS}
    files = {f"{area}.md": _page(area, members) for area, members in by_area.items()}
    files["elsewhere.md"] = _elsewhere(functions)
    files["README.md"] = _index(by_area)
    return files


_LEGEND = """In a signature a capital stands for any type that the arguments decide: `N` for any number, `I` for any
integer, `D` for any decimal, `O` for what can be compared (all but `json` and maps), other letters for anything.
`= 1` is what an argument is if it is left out, `...` means that more may follow, `constant` asks for a literal,
`T -> U` for a lambda."""


def _index(by_area: Mapping[Area, list[Function]]) -> str:
    parts = [
        "# Functions",
        "Generated from the compiler's registry; `oftra functions NAME` prints the same. "
        "[Names that other engines use](elsewhere.md) has those that you may look for.",
        _LEGEND,
    ]
    for area, members in by_area.items():
        rows = [f"| [{_shown(function)}]({area}.md#{function.name}) | {function.doc} |" for function in members]
        parts += [f"## [{AREAS[area][0]}]({area}.md)", "\n".join(["| | |", "| --- | --- |", *rows])]
    return "\n\n".join(parts) + "\n"


_ABOUT_ELSEWHERE = """What stands for names that other engines use. Where the arguments come in another order, or
something is counted otherwise, there is an expression to go by; its columns are called by what they hold: `s` and `t`
are texts, `i` and `n` whole numbers, `x` and `y` doubles, `day` a date, `at` a timestamp, `clock` a datetime, `xs` an
array, `m` a map, `j` a document."""


def _elsewhere(functions: Iterable[Function]) -> str:
    """The names of functions in other engines, each with what stands for it."""
    linked = {name: f"[`{one.name}`]({one.area}.md#{one.name})" for one in functions for name in one.also}
    written = {name: "`" + said.replace("|", "\\|") + "`" for name, said in {**SAID, **CLAUSES}.items()}
    known = {**linked, **written, **{name: f"no: {why}" for name, why in MISSING.items()}}
    rows = [f"| `{name}` | {known[name]} |" for name in sorted(known)]
    table = "\n".join(["| elsewhere | here |", "| --- | --- |", *rows])
    return "\n\n".join(["# Names that other engines use", _ABOUT_ELSEWHERE, table]) + "\n"


def _shown(function: Function) -> str:
    sign = function.operator if function.area == "operators" and function.operator else function.name
    return "`" + sign.replace("|", "\\|") + "`"


def _page(area: Area, members: Iterable[Function]) -> str:
    title, about = AREAS[area]
    return "\n\n".join([f"# {title}", about, *[markdown(function) for function in members]]) + "\n"


def markdown(function: Function) -> str:
    """What there is to say of one function."""
    signatures = "\n".join(f"- `{function.name}{text}`" for text in function.signatures)
    parts = [f"## {function.name}", function.doc, signatures]
    notes = [f"written `{function.operator}`"] if function.operator else []
    notes.append(when_null(function))
    if function.words:
        notes.append("one of " + ", ".join(f"`'{word}'`" for word in function.words))
    if not function.deterministic:
        notes.append("two runs may differ where the program leaves it open")
    if function.also:
        notes.append("elsewhere called " + ", ".join(f"`{name}`" for name in function.also))
    if notes:
        text = "; ".join(notes)
        parts.append(text[0].upper() + text[1:] + ".")
    parts.append("```sql\n" + "\n".join(_examples(function.examples)) + "\n```")
    return "\n\n".join(parts)


def when_null(function: Function) -> str:
    """When a call's result is null, in a few words."""
    return "its description says when it is null" if function.may_be_null else _NULLS[function.nulls]


def result_of(example: Example) -> str:
    """What an example gives, as people read it."""
    return "the run fails" if example.result == "error" else example.result


def _examples(examples: tuple[Example, ...]) -> Iterator[str]:
    """A line an example, the results below each other; above those over rows, the rows."""
    for (columns, rows), group in groupby(examples, key=lambda example: (example.columns, example.rows)):
        if rows:
            yield f"-- over values {rows} as t ({columns})"
        same = list(group)
        width = max(len(example.call) for example in same)
        for example in same:
            yield f"{example.call:{width}}  -- {result_of(example)}"
