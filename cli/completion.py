"""`oftra completion`."""

import click
from click.shell_completion import get_completion_class

from oftra.cli.status import WELL


@click.command("completion")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def command(shell: str) -> int:
    """Print the script that completes commands and options in SHELL.

    For bash, say in ~/.bashrc: `eval "$(oftra completion bash)"`.
    """
    from oftra.cli.app import COMPLETE, app  # it is loaded already: it called this command

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no completion for {shell}.")
    click.echo(kind(app, {}, "oftra", COMPLETE).source())
    return WELL
