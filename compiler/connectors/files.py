"""Files in a folder or in object storage."""

from oftra.connectors import shared
from oftra.connectors.model import Connector
from oftra.connectors.option import OptionSpec
from oftra.ir.program import Word

FORMATS = ("parquet", "csv", "json")

# Of a connection and, for the one data set, of a source, table or sink: what is given there wins.
FORMAT = OptionSpec(
    "format", "word", "How rows are written; from the path's ending, else the connection's.", choices=FORMATS
)
CSV = (
    OptionSpec("header", "boolean", "Whether the first line of a csv file names the columns (true unless given)."),
    OptionSpec("delimiter", "string", "What stands between the cells of a csv file (`,` unless given)."),
    OptionSpec("quote", "string", 'What stands around a cell of a csv file that needs it (`"` unless given).'),
    OptionSpec("escape", "string", "What stands before a quote in a cell (the quote itself unless given)."),
    OptionSpec("null_text", "string", "The text of a csv cell that is null (the empty one unless given)."),
)
COMPRESSION = OptionSpec(
    "compression",
    "word",
    "How files are compressed.",
    choices=("none", "snappy", "gzip", "zstd", "lz4"),
)
HIVE = OptionSpec("hive_partitioned", "boolean", "Whether folders carry columns: `day=2026-01-31/`.", default=False)

FILES = Connector(
    name="files",
    doc="Parquet, csv or json (a record a line) files below a folder.",
    connection=(
        OptionSpec("root", "string", "The folder, or the start of an object store's address.", default="."),
        OptionSpec("format", "word", "How rows are written.", default=Word("parquet"), choices=FORMATS),
        *CSV,
        COMPRESSION,
        shared.SCHEMA,
        shared.PREFIX,
    ),
    source=shared.source(
        OptionSpec("path", "string", "The file below the root; `*`, `**` and `?` stand for more.", required=True),
        FORMAT,
        *CSV,
        COMPRESSION,
        HIVE,
        OptionSpec("unbounded", "boolean", "Whether files keep coming: as a stream each is read once.", default=False),
        OptionSpec(
            "files_per_batch", "integer", "How many new files a stream takes at a time; all unless given.", least=1
        ),
        metadata=("file", "row"),
    ),
    table=shared.table(
        OptionSpec("path", "string", "The file below the root; the table's name unless given."), FORMAT, COMPRESSION
    ),
    sink=shared.sink(
        OptionSpec("path", "string", "The file below the root; the sink's name unless given."),
        FORMAT,
        *CSV,
        COMPRESSION,
        OptionSpec("partition_by", "columns", "The columns whose values become folders."),
        modes=("overwrite", "append"),
    ),
    stores=True,
)
