"""The command group, and what happens when a command can't go on."""

import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from oftra import __version__
from oftra.cli.status import BUG, INTERRUPTED, OUT_OF_ORDER, PIPE_CLOSED, USAGE

# Name: module and what the list of commands says. Only the module of the command that is given is imported.
COMMANDS = {
    "init": ("init", "Make a small project that runs at once."),
    "check": ("check", "Say what is wrong with a program."),
    "compile": ("compile", "Write the files of each target."),
    "run": ("run", "Build tables and sinks."),
    "deploy": ("deploy", "Bring a target's files to where they run."),
    "query": ("query", "Answer a query over the program."),
    "test": ("test", "Run the program's tests."),
    "fmt": ("fmt", "Lay out .oftra files."),
    "import": ("import_", "Make a program of SQL, a dbt project or data."),
    "show": ("show", "Show the program after a stage."),
    "trace": ("trace", "Find where a line of a generated file comes from."),
    "graph": ("graph", "Draw what is made of what."),
    "explain": ("explain", "Explain an error code."),
    "functions": ("functions", "List the functions, or describe one."),
    "completion": ("completion", "Print the completion script of a shell."),
}


COMPLETE = "_OFTRA_COMPLETE"
"""The variable in which a shell asks for completions."""


class Commands(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"oftra.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(unknown_command(args[0]))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


def unknown_command(name: str) -> str:
    """What to say to somebody who meant another command."""
    from oftra.diagnostics.model import nearest  # only when something is wrong

    near = nearest(name, tuple(COMMANDS))
    return f"there is no command {name!r}." + (f" Did you mean {near!r}?" if near else "")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="oftra %(version)s")
def app() -> None:
    """One typed language for data pipelines, compiled to the engines that people already run.

    Exit status: 0 all is well, 1 the program is at fault, 2 wrong usage, 3 a run or test failed.
    """


def run(arguments: list[str]) -> int:
    """Run a command; whatever goes wrong becomes a message and an exit status, never a traceback."""
    try:
        status = invoke(arguments)
        sys.stdout.flush()
        return status
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.UsageError as error:
        error.show()
        return USAGE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("\ninterrupted: nothing is left half written", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever reads our output (`head`) has enough. Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:
        return out_of_order(error)
    except Exception as error:
        return bug(error)


def invoke(arguments: list[str]) -> int:
    """Run a command, or answer a shell that completes one. Not by click's `main`: it calls a closed pipe status 1."""
    if instruction := os.environ.get(COMPLETE):
        from click.shell_completion import shell_complete  # asked for by a shell alone

        return shell_complete(app, {}, "oftra", COMPLETE, instruction)
    with app.make_context("oftra", arguments) as context:
        status = app.invoke(context)
    return status if isinstance(status, int) else 0


def out_of_order(error: OSError) -> int:
    """Say what the system refused."""
    words = error.strerror or str(error)
    what = f"`{error.filename}`: " if error.filename else ""
    complain(f"{what}{words[:1].lower()}{words[1:]}")
    try:
        sys.stdout.flush()
    except OSError:  # it is stdout that can't be written: what is left in it has nowhere to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return OUT_OF_ORDER


def bug(error: Exception) -> int:
    """Say that it is our fault, and what to tell us."""
    if os.environ.get("OFTRA_DEBUG"):
        raise error
    complain(f"this is a bug of Oftra's, not of your program: {type(error).__name__}: {error}")
    click.echo("OFTRA_DEBUG=1 shows where; please report it with the program that brought it about.", err=True)
    return BUG


def complain(message: str) -> None:
    """A line that says what is wrong."""
    click.echo(f"error: {message}", err=True)


def leave(status: int) -> NoReturn:
    """End the command with `status`."""
    raise click.exceptions.Exit(status)
