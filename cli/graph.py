"""`oftra graph`."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from oftra.cli.session import ENV, checked_program
from oftra.cli.status import WELL

if TYPE_CHECKING:  # the compiler comes once there is something to draw
    from oftra.ir.program import Program

# The shape of each kind in DOT.
SHAPES = {"source": "cylinder", "view": "box, style=rounded", "table": "box", "sink": "cds", "task": "component"}


@click.command("graph")
@click.argument("path", default=".")
@ENV
@click.option("--format", "format_", type=click.Choice(("mermaid", "dot")), default="mermaid", show_default=True)
def command(path: str, env: str | None, format_: str) -> int:
    """Draw which relation of the program at PATH is made of which."""
    _, checked = checked_program(path, env)
    # The compiler is there by now; this is its view of what reads what.
    from oftra.ir.picture import mermaid
    from oftra.project.graph import graph_of

    kinds = kinds_of(checked.program)
    reads = graph_of(checked.program).reads
    for line in mermaid(kinds, reads) if format_ == "mermaid" else dot(kinds, reads):
        click.echo(line)
    return WELL


def kinds_of(program: "Program") -> dict[str, str]:
    """Every relation, sink and task, and what it is."""
    kinds: dict[str, str] = {relation.name: relation.kind for relation in program.relations}
    kinds |= {sink.name: "sink" for sink in program.sinks}
    return kinds | {task.name: "task" for task in program.tasks}


def dot(kinds: Mapping[str, str], reads: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """A graph for Graphviz."""
    yield "digraph {"
    yield "  rankdir=LR"
    for name, kind in kinds.items():
        yield f"  {quoted(name)} [shape={SHAPES[kind]}]"
    for name, needed in reads.items():
        for other in needed:
            yield f"  {quoted(other)} -> {quoted(name)}"
    yield "}"


def quoted(name: str) -> str:
    """A name as DOT's quoted text, in which a backslash begins an escape."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
