"""`oftra functions`."""

from typing import TYPE_CHECKING

import click

from oftra.cli.status import USAGE, WELL

if TYPE_CHECKING:  # the registry comes with the command
    from oftra.functions.model import Function


@click.command("functions")
@click.argument("name", required=False)
def command(name: str | None) -> int:
    """Describe the function NAME; without one, list them all by area."""
    # Only this command needs the registry without a program.
    from oftra.functions.registry import lookup, names

    if name is not None:
        function = lookup(name)
        if function is None:
            click.echo(f"error: there is no function {name!r}{instead(name)}", err=True)
            return USAGE
        describe(function)
        return WELL
    area = None
    for each in sorted(filter(None, map(lookup, names())), key=lambda each: (each.area, each.name)):
        if each.operator is not None:
            continue  # written as an operator, not called
        if each.area != area:
            area = each.area
            click.echo(f"{'' if area is None else chr(10)}{area}")
        click.echo(f"  {each.name:<18} {each.doc}")
    return WELL


def instead(name: str) -> str:
    """What to write instead of a name that is no function, behind the message that it is none."""
    from oftra.functions import elsewhere, suggest  # only this command needs them

    known = elsewhere(name)
    if known is not None:
        return f": it is said so: {known.instead}" if known.instead else f": {known.reason}"
    near = suggest(name)
    return f": did you mean {near}?" if near else ""


def describe(function: "Function") -> None:
    """Print all that is known of a function."""
    for signature in function.signatures:
        click.echo(f"{function.name}{signature}")
    from oftra.functions.pages import result_of, when_null  # only this command needs them

    article = "An" if function.kind == "aggregate" else "A"
    click.echo(f"\n{function.doc}\n{article} {function.kind} function, {when_null(function)}.")
    if function.also:
        click.echo(f"Elsewhere called {', '.join(function.also)}.")
    if function.examples:
        click.echo("\nExamples:")
    for example in function.examples:
        over = f"    over {example.rows} as ({example.columns})" if example.rows else ""
        click.echo(f"  {example.call} = {result_of(example)}{over}")
