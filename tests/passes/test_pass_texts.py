"""Each pass by texts before and after it: NAME.txt holds the cases of pass NAME; `--bless` writes what comes after.

In a file of rules for expressions a case is a line `before => after`, over the columns that a line `over (...)` names.
In the others a case begins with `=== what it shows`; `---` parts before and after.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from oftra.ir.expr import Column, Expr
from oftra.ir.read import RelReader, read_expr, read_rel
from oftra.ir.read_program import read_program
from oftra.ir.read_tokens import Tokens
from oftra.ir.rel import Rel
from oftra.ir.show import show_expr, show_rel
from oftra.ir.show_program import show_program
from oftra.ir.walk import rewriter
from oftra.optimize import optimize
from oftra.optimize.bound_windows import bound_windows
from oftra.optimize.fold_constants import fold_constants
from oftra.optimize.infer_conditions import infer_conditions
from oftra.optimize.inline_views import inline_views
from oftra.optimize.merge_filters import merge_filters
from oftra.optimize.merge_projections import merge_projections
from oftra.optimize.narrow_joins import narrow_joins
from oftra.optimize.order_joins import order_joins
from oftra.optimize.prune_columns import prune_columns
from oftra.optimize.push_filters import push_filters
from oftra.optimize.push_limits import push_limits
from oftra.optimize.remove_dead import outputs_of, remove_dead
from oftra.optimize.remove_distinct import remove_distinct
from oftra.optimize.remove_identity_projections import remove_identity_projections
from oftra.optimize.remove_trivial import remove_trivial
from oftra.optimize.share_steps import share_steps
from oftra.optimize.simplify_case import simplify_case
from oftra.optimize.simplify_logic import simplify_logic
from oftra.optimize.simplify_nulls import simplify_nulls
from oftra.optimize.survey import survey

HERE = Path(__file__).parent

RULES: dict[str, Callable[[Expr], Expr]] = {
    rule.__name__: rule for rule in (fold_constants, simplify_case, simplify_logic, simplify_nulls)
}

REL_PASSES: dict[str, Callable[[Rel], Rel]] = {
    "bound_windows": bound_windows,
    "merge_filters": merge_filters,
    "merge_projections": merge_projections,
    "push_filters": push_filters,
    "share_steps": share_steps,
    "remove_identity_projections": remove_identity_projections,
    "remove_distinct": lambda rel: remove_distinct(rel, {}),
    "narrow_joins": narrow_joins,
    "order_joins": order_joins,
    "infer_conditions": infer_conditions,
    "push_limits": lambda rel: push_limits(rel, {}),
    "remove_trivial": lambda rel: remove_trivial(rel, {}),
}


def _over_program(name: str) -> Callable[[str], tuple[str, str]]:
    """A pass over whole programs: the text before, said as `show` does, and the text after."""

    def run(text: str) -> tuple[str, str]:
        program = read_program(text)
        kept, _ = outputs_of(program, None)
        surveys = {relation.name: survey(relation.rel) for relation in program.relations}
        match name:
            case "remove_dead":
                relations = remove_dead(program.relations, kept, surveys)
            case "inline_views":
                relations, _ = inline_views(program.relations, kept, surveys)
            case "prune_columns":
                relations = prune_columns(program.relations, kept, surveys)
            case _:
                relations = optimize(program).relations
        return show_program(program), show_program(replace(program, relations=relations))

    return run


def _over_rel(name: str) -> Callable[[str], tuple[str, str]]:
    """A pass over one relation, the same way. Run again it has nothing left to do."""

    def run(text: str) -> tuple[str, str]:
        rewrite = REL_PASSES[name]
        before = read_rel(text)
        after = rewrite(before)
        assert after is before or after != before, "what did not change has to be the same object"
        assert rewrite(after) is after, "a second run still finds something to do"
        return show_rel(before) + "\n", show_rel(after) + "\n"

    return run


def _rules(path: Path) -> str:
    """The file as it has to be."""
    rewrite = rewriter(RULES[path.stem])
    columns: tuple[Column, ...] = ()
    scope: dict[int, Column] = {}
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("over "):
            columns = RelReader(Tokens(line.removeprefix("over "))).columns()
            scope = {column.id: column for column in columns}
        elif line and not line.startswith("--"):
            before = read_expr(line.partition(" => ")[0], columns)
            after = rewrite(before)
            assert after.type == before.type
            assert after is before or after != before, "what did not change has to be the same object"
            line = f"{show_expr(before, scope)} => {show_expr(after, scope)}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def _cases(path: Path) -> Iterator[tuple[str, str]]:
    for case in path.read_text(encoding="utf-8").split("=== ")[1:]:
        title, _, texts = case.partition("\n")
        before, _, _ = texts.partition("\n---\n")
        yield title, before


def _texts(path: Path) -> str:
    """The file as it has to be."""
    run = _over_rel(path.stem) if path.stem in REL_PASSES else _over_program(path.stem)
    parts = []
    for title, text in _cases(path):
        before, after = run(text)
        shown = "unchanged\n" if after == before else after
        parts.append(f"=== {title}\n{before}---\n{shown}")
    return "\n".join(parts)


@pytest.mark.parametrize("path", sorted(HERE.glob("*.txt")), ids=lambda path: path.stem)
def test_a_pass_does_what_its_cases_show(path: Path, golden) -> None:
    golden.check_file(path, _rules(path) if path.stem in RULES else _texts(path))


def test_every_pass_has_cases() -> None:
    programs = {"remove_dead", "inline_views", "prune_columns", "optimize"}
    assert {path.stem for path in HERE.glob("*.txt")} == RULES.keys() | REL_PASSES.keys() | programs
