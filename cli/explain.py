"""`oftra explain`."""

import click

from oftra.cli.status import USAGE, WELL


@click.command("explain")
@click.argument("code", required=False)
def command(code: str | None) -> int:
    """Print the page of an error or warning CODE (OF0203): what it means, a wrong program and a right one.

    Without a CODE, list them all.
    """
    # The pages are the docstrings of every diagnostic there is: only this command needs them all.
    from oftra.diagnostics.model import nearest
    from oftra.diagnostics.pages import all_codes, page_of, title_of

    codes = all_codes()
    if code is None:
        for each, kind in codes.items():
            click.echo(f"{each}  {kind.severity:<7}  {page_of(kind).summary}")
        return WELL
    wanted = code.upper()
    if wanted not in codes:
        near = nearest(wanted, tuple(codes))
        click.echo(f"error: there is no code {code!r}" + (f": did you mean {near}?" if near else ""), err=True)
        return USAGE
    page = page_of(codes[wanted])
    click.echo(f"{wanted}: {title_of(codes[wanted])} ({codes[wanted].severity})\n\n{page.summary}")
    if page.more:
        click.echo(f"\n{page.more}")
    for word, program in (("Wrong", page.wrong or page.cause), ("Right", page.right)):
        if program:
            lines = program.rstrip("\n").split("\n")
            click.echo(f"\n{word}:\n\n" + "\n".join(f"    {line}".rstrip() for line in lines))
    return WELL
