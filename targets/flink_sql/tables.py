"""Tables of a script: the options of their connectors, for what is read and for what is written."""

from oftra.connectors import SUFFIX, format_of
from oftra.datatypes import TIMESTAMP
from oftra.ir.expr import Column
from oftra.ir.judge import free_name
from oftra.ir.options import given, text, word
from oftra.ir.program import Connection, Options, Relation
from oftra.targets.engines.flink.datatypes import type_name
from oftra.targets.engines.flink.literals import duration
from oftra.targets.flink_sql.runtimes import Runtimes
from oftra.targets.flink_sql.statements import ColumnOf, Table, Watermark
from oftra.targets.logins import login_module, mechanism
from oftra.targets.sql import tree as sql
from oftra.targets.sql.tree import call, column

Pairs = tuple[tuple[str, str], ...]

_PARQUET: Pairs = (
    ("parquet.utc-timezone", "true"),
    ("parquet.write.int64.timestamp", "true"),
    ("parquet.timestamp.time.unit", "micros"),
)
_JSON: Pairs = (
    ("json.timestamp-format.standard", "ISO-8601"),
    ("json.encode.decimal-as-plain-number", "true"),
)
_STARTS = {"earliest": "earliest-offset", "latest": "latest-offset", "committed": "group-offsets"}
IDLE = "60 s"
TRANSACTIONS = ("properties.transaction.timeout.ms", "900000")
"""How long a transaction may be open: as long as brokers allow unless they are told otherwise."""

LASTLY: Pairs = (("sink.buffer-flush.max-rows", "10000"), ("sink.buffer-flush.interval", "1 s"))

FILES_METADATA = {"file": ("string", "file.path")}
KAFKA_METADATA = {
    "topic": ("string", "topic"),
    "partition": ("int", "partition"),
    "offset": ("bigint", "offset"),
    "timestamp": (type_name(TIMESTAMP), "timestamp"),
}
TOMBSTONE = "tombstone"
"""Of a topic whose messages may have no value, what tells these from others: they are of their key alone."""


def columns_of(columns: tuple[Column, ...]) -> tuple[ColumnOf, ...]:
    """Columns of a table, each of the type of its own."""
    return tuple([ColumnOf(column.name, type_name(column.type)) for column in columns])


def files_read(relation: Relation, connection: Connection, format_: str, is_stream: bool, runtimes: Runtimes) -> Pairs:
    """How the files of a source are read: those of text as lines, in a stream also those that come later."""
    path = runtimes.place(connection, text(relation.options.get("path")) or relation.short + SUFFIX[format_])
    folder, pattern = _folder(path)
    found: list[tuple[str, str]] = [("connector", "filesystem"), ("path", folder)]
    if pattern is not None:
        found.append(("source.path.regex-pattern", pattern))
    if is_stream and relation.options.get("unbounded") is True:
        found.append(("source.monitor-interval", "10 s"))
    if format_ != "parquet":
        return (*found, ("format", "raw"))
    return (*found, ("format", "parquet"), _PARQUET[0])


def _folder(path: str) -> tuple[str, str | None]:
    """The folder above the first wildcard of a path, and the regular expression of the paths that it names."""
    steps = path.split("/")
    first = next((at for at, step in enumerate(steps) if set(step) & set("*?[")), None)
    if first is None:
        return path, None
    words = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces: list[str] = []
    rest = "/".join(steps[first:])
    while rest:
        found = next((one for one in words if rest.startswith(one)), None)
        pieces.append(words[found] if found else rest[0] if rest[0].isalnum() or rest[0] in "/_-" else "\\" + rest[0])
        rest = rest[len(found or rest[0]) :]
    return "/".join(steps[:first]) or "/", ".*/" + "".join(pieces).replace(".*/", "(?:.*/)?")


def files_written(name: str, options: Options, connection: Connection, runtimes: Runtimes) -> Pairs:
    """How the rows of a table or sink are written: a folder of files."""
    format_ = format_of(options, connection)
    path = runtimes.place(connection, text(options.get("path")) or name.replace(".", "/") + SUFFIX[format_])
    found: list[tuple[str, str]] = [("connector", "filesystem"), ("path", path), ("format", format_)]
    match format_:
        case "parquet":
            found += _PARQUET
            compression = word(given(options, connection, "compression"))
            if compression:
                found.append(("parquet.compression", "UNCOMPRESSED" if compression == "none" else compression.upper()))
        case "json":
            found += _JSON
        case "csv":
            for ours, theirs in (
                ("delimiter", "field-delimiter"),
                ("quote", "quote-character"),
                ("null_text", "null-literal"),
            ):
                value = text(given(options, connection, ours))
                if value is not None:
                    found.append((f"csv.{theirs}", value))
    return tuple(found)


def files_stored(name: str, table: Relation, connection: Connection, runtimes: Runtimes) -> Table:
    """A table as it was written, for those that read it."""
    options = files_written(table.physical or table.name, table.options, connection, runtimes)
    return Table(name, columns_of(table.columns), options, description=table.description, span=table.span)


def kafka_read(
    relation: Relation, connection: Connection, is_stream: bool, runtimes: Runtimes, key: str | None = None
) -> Pairs:
    """How the messages of a topic are read, as they are: from its start, and in batch as far as they go now.

    With `key` a column of this name is the key of each.
    """
    options = relation.options
    found: list[tuple[str, str]] = [("connector", "kafka"), ("topic", runtimes.text(options.get("topic")))]
    found += _brokers(connection, options, runtimes)
    group = text(options.get("group"))
    if group is not None:
        found.append(("properties.group.id", group))
    found.append(("scan.startup.mode", _STARTS[word(options.get("start"), "earliest")]))
    if not is_stream or word(options.get("end")) == "now":
        found.append(("scan.bounded.mode", "latest-offset"))
    elif relation.interface.event_time is not None:
        # A partition that nothing comes in by would hold the watermark of all others for good.
        found.append(("scan.watermark.idle-timeout", IDLE))
    if key is not None:
        found += [("key.format", "raw"), ("key.fields", key), ("value.format", "raw")]
        return (*found, ("value.fields-include", "EXCEPT_KEY"))
    return (*found, ("format", "raw"))


def keyed(record: str, key: str, relation: Relation) -> tuple[list[ColumnOf], sql.Expr]:
    """The columns of messages of which those without a value are of their key, and what tells that."""
    value = free_name(f"{record}_value", relation.columns)
    told = call("coalesce", column(value), column(key))
    made = [ColumnOf(key, "string"), ColumnOf(value, "string"), ColumnOf(record, computed=told)]
    return made, sql.Postfix(column(value), "is null")


def kafka_written(
    options: Options, connection: Connection, is_upsert: bool, runtimes: Runtimes, stream: str | None = None
) -> Pairs:
    """How messages are sent: those of an upsert under their key, a deleted row as one without a value.

    What a `stream` adds is sent in transactions called after it, so that nothing is there twice; of what it upserts the
    last of each key is sent once a second: rows that change would be gone for a moment each time.
    """
    found: list[tuple[str, str]] = [
        ("connector", "upsert-kafka" if is_upsert else "kafka"),
        ("topic", runtimes.text(options.get("topic"))),
        *_brokers(connection, options, runtimes),
    ]
    format_ = word(options.get("format"), "json")
    if not is_upsert:
        if stream is not None:
            found += [("sink.delivery-guarantee", "exactly-once"), ("sink.transactional-id-prefix", stream)]
            if TRANSACTIONS[0] not in dict(found):
                found.append(TRANSACTIONS)
        return (*found, ("format", format_), *(_JSON if format_ == "json" else ()))
    if stream is not None:
        found += LASTLY
    found += [("key.format", word(options.get("key_format"), format_)), ("value.format", format_)]
    if format_ == "json":
        found += [(f"{side}.{name}", value) for side in ("key", "value") for name, value in _JSON]
    return tuple(found)


KAFKA = "org.apache.flink.kafka.shaded.org.apache.kafka"
"""Where the connector has the classes of Kafka's client."""


def _brokers(connection: Connection, options: Options, runtimes: Runtimes) -> list[tuple[str, str]]:
    given_ = connection.options
    found = [("properties.bootstrap.servers", runtimes.text(given_.get("bootstrap_servers")))]
    if (security := word(given_.get("security"))) not in ("", "plaintext"):
        found.append(("properties.security.protocol", security.upper()))
    if "user" in given_:
        user, password = (runtimes.text(given_.get(name)) for name in ("user", "password"))
        login = f'{KAFKA}.common.security.{login_module(connection)} required username="{user}" password="{password}";'
        found += [("properties.sasl.mechanism", mechanism(connection)), ("properties.sasl.jaas.config", login)]
    for source in (given_, options):
        more = source.get("properties")
        if isinstance(more, dict):
            found += [(f"properties.{name}", runtimes.text(value, str(value))) for name, value in more.items()]
    return found


TIME = "timestamp_ltz(3)"
"""The type of event time: Flink counts it in milliseconds."""


def event_time(relation: Relation) -> Watermark | None:
    """The watermark of a source that has an event time."""
    known = relation.interface
    if known.event_time is None:
        return None
    return Watermark(known.event_time, None if known.watermark is None else duration(known.watermark))


def below_root(file: sql.Expr, connection: Connection, runtimes: Runtimes) -> sql.Expr:
    """The path of a file below the connection's root."""
    root = runtimes.place(connection, "").rstrip("/")
    if root in ("", ".") or root.startswith("${"):
        return file
    pattern = "(?:^|/)" + "".join([one if one.isalnum() or one in "/_-" else "\\" + one for one in root.lstrip("/")])
    return sql.call("regexp_extract", file, sql.Text(pattern + "/(.*)$"), sql.integer(1))
