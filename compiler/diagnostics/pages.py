"""The page of each code, made from its class: what it means, a program that is wrong and one that is right."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from inspect import cleandoc
from textwrap import dedent

from oftra.diagnostics.model import CODES, Diagnostic

AREAS = {
    "OF01": ("syntax", "Syntax"),
    "OF02": ("names", "Names"),
    "OF03": ("typecheck", "Types"),
    "OF034": ("escapes", "Functions over relations, and engines' own words"),
    "OF04": ("streams", "Streams"),
    "OF05": ("contracts", "Contracts"),
    "OF052": ("pipelines", "Pipelines"),
    "OF053": ("tasks", "Tasks"),
    "OF054": ("runs", "Runs of pipelines"),
    "OF055": ("tasks", "Files of tasks, and tasks that gates run again"),
    "OF06": ("targets", "What a target can't do"),
    "OF062": ("tasks", "What of tasks a target can't do"),
    "OF063": ("spark", "What Spark can't do"),
    "OF065": ("notebooks", "Choices of an engine, and notebooks"),
    "OF066": ("databricks", "What Databricks can't do"),
    "OF067": ("airflow", "What a DAG of Airflow can't say"),
    "OF068": ("flink", "What Flink can't do"),
    "OF07": ("project", "Connections and projects"),
    "OF073": ("trace", "From generated files back to the program"),
    "OF074": ("importing", "Imports"),
    "OF075": ("topics", "What a connection says twice, or half"),
    "OF076": ("databases", "Databases over JDBC"),
}
"""What a code begins with: the module that declares it, and what its area is called. The longest beginning counts."""


def area_of(code: str) -> str:
    """What the code begins with."""
    return max([prefix for prefix in AREAS if code.startswith(prefix)], key=len)


@dataclass(frozen=True)
class Page:
    """The parts of a docstring. `wrong` and `right` are programs; where none can show it, `cause` says how it comes."""

    summary: str
    more: str
    wrong: str | None
    cause: str
    right: str | None


def all_codes() -> Mapping[str, type[Diagnostic]]:
    """Every code there is, in order. The areas are imported here: a compile needs but the ones that it reports in."""
    for module, _ in AREAS.values():
        import_module(f"oftra.diagnostics.{module}")
    return {code: CODES[code] for code in sorted(CODES)}


def page_of(kind: type[Diagnostic]) -> Page:
    """The docstring of `kind`, taken apart."""
    text = cleandoc(kind.__doc__ or "")
    about, _, rest = text.partition("\nWrong:")
    wrong, _, right = rest.partition("\nRight:")
    summary, _, more = about.strip().partition("\n\n")
    program = _program(wrong)
    return Page(" ".join(summary.split()), more, program, "" if program else wrong.strip(), _program(right))


def _program(block: str) -> str | None:
    """The indented block that follows `Wrong:` or `Right:`; None if there are but words."""
    if not block.startswith("\n\n    "):
        return None
    return dedent(block).strip("\n") + "\n"


def title_of(kind: type[Diagnostic]) -> str:
    """`UnknownColumn` as words: `Unknown column`."""
    words = re.findall(r"[A-Z][a-z0-9]*|[A-Z]+(?![a-z])", kind.__name__)
    return " ".join([words[0], *(word if word.isupper() and len(word) > 1 else word.lower() for word in words[1:])])


def markdown(kind: type[Diagnostic], said: Callable[[str, str], str]) -> str:
    """The page of one code. `said(code, program)` compiles a program and gives what is printed for it."""
    page = page_of(kind)
    parts = [f"# {kind.code}: {title_of(kind)}", f"*{kind.severity}*: {page.summary}", page.more]
    if page.wrong:
        parts += ["## Wrong", f"```oftra\n{page.wrong}```", f"```text\n{said(kind.code, page.wrong)}```"]
    elif page.cause:
        parts += ["## Wrong", page.cause]
    if page.right:
        parts += ["## Right", f"```oftra\n{page.right}```"]
    return "\n\n".join(part for part in parts if part) + "\n"


def pages(said: Callable[[str, str], str]) -> Mapping[str, str]:
    """Every file of the folder of error pages: one a code, and `README.md`, the list of them."""
    codes = all_codes()
    files = {f"{code}.md": markdown(kind, said) for code, kind in codes.items()}
    index = ["# Errors and warnings", "Generated from the compiler's own texts; `oftra explain CODE` prints the same."]
    for prefix, (_, area) in AREAS.items():
        rows = [
            f"| [{code}]({code}.md) | {kind.severity} | {page_of(kind).summary} |"
            for code, kind in codes.items()
            if area_of(code) == prefix
        ]
        if rows:
            index += [f"## {area}", "\n".join(["| code | | meaning |", "| --- | --- | --- |", *rows])]
    files["README.md"] = "\n\n".join(index) + "\n"
    return files
