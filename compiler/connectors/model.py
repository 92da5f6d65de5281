"""What the compiler knows of a kind of connection."""

from dataclasses import dataclass

from oftra.connectors.option import OptionSpec


@dataclass(frozen=True)
class Connector:
    """A kind of connection: the word after `connection NAME =`, and the options that are its own.

    `connection`, `source`, `table` and `sink` are all options that such a declaration may have, shared ones included.
    `sink` is empty where nothing can be sent; `stores` says whether tables can live there. `unbounded`: its sources
    never end.
    """

    name: str
    doc: str
    connection: tuple[OptionSpec, ...]
    source: tuple[OptionSpec, ...]
    table: tuple[OptionSpec, ...] = ()
    sink: tuple[OptionSpec, ...] = ()
    unbounded: bool = False
    stores: bool = False
