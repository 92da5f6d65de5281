"""How the rows of a file or the messages of a topic are written."""

from oftra.ir.program import Connection, Option, Options, Word

ENDINGS = {
    "parquet": "parquet",
    "pq": "parquet",
    "csv": "csv",
    "tsv": "csv",
    "json": "json",
    "jsonl": "json",
    "ndjson": "json",
}
SUFFIX = {"parquet": ".parquet", "csv": ".csv", "json": ".jsonl"}

TEXT = frozenset({"csv", "json"})
"""Formats whose records are texts that have to be decoded: what a value is, nothing but the contract says."""

MESSAGES = TEXT | {"raw", "debezium"}
"""Formats of messages: these come as bytes, whatever they hold."""


def format_of(options: Options, connection: Connection) -> str:
    """How the rows of a data set are written: as its `options` say, by its path's ending, else as its connection says.

    Where neither says it, as parquet.
    """
    chosen = _word(options.get("format"))
    if chosen is None:
        path = options.get("path")
        ending = path.removesuffix(".gz").rpartition(".")[2].lower() if isinstance(path, str) else ""
        chosen = ENDINGS.get(ending) or _word(connection.options.get("format"))
    return chosen or "parquet"


def text_format(options: Options, connection: Connection) -> str | None:
    """The format of a source's records if they come as text that has to be decoded."""
    match connection.kind:
        case "files":
            found = format_of(options, connection)
            return found if found in TEXT else None
        case "kafka":
            found = _word(options.get("format")) or "json"
            return found if found in MESSAGES else None
        case _:
            return None


def _word(option: Option) -> str | None:
    match option:
        case Word(text):
            return text
        case str():
            return option
        case _:
            return None
