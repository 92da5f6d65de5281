"""The option that says how everything is made, whatever pipelines say."""

import click

MODE = click.option(
    "--mode",
    type=click.Choice(("batch", "streaming")),
    help="How all that is built is made: to an end, or as streams where rows never end. [default: as pipelines say]",
)
