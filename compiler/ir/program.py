"""A whole typed program: its relations, each after those that it reads, and what is done with them."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from oftra.datatypes import DataType
from oftra.ir.expr import Column, Duration, Expr, Runtime, Value
from oftra.ir.rel import Rel
from oftra.node import node
from oftra.source import NOWHERE, Span

Changes = Literal["append", "upsert", "retract"]
Mode = Literal["batch", "streaming"]

Option: TypeAlias = "Value | Runtime | Duration | Word | Expr | tuple[Option, ...] | Options"
"""The value of a property once it is read: a constant, a value of the run, a word, a list, or options inside."""


@node
class Word:
    """A choice or a column by its bare name: `format: parquet`, `key: [borough]`."""

    text: str
    span: Span = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


Options: TypeAlias = Mapping[str, Option]


@node
class Interface:
    """What others may rely on of a relation, without a look at its body; a change of it is what re-checks them.

    A key is proven: no two rows agree in it, nulls being equal. The key of no columns says: one row at most.
    `window` are the columns that hold the start and the end of the window of event time that a row stands in.
    """

    columns: tuple[Column, ...]
    bounded: bool = True
    changes: Changes = "append"
    keys: tuple[tuple[str, ...], ...] = ()
    event_time: str | None = None
    watermark: Duration | None = None
    window: tuple[str, str] | None = None


@dataclass(frozen=True)
class Connection:
    """A place that data comes from and goes to. `kind` is a connector's name; `options` are its own, checked."""

    name: str
    kind: str
    options: Options
    span: Span = field(default=NOWHERE, compare=False)


@node
class Late:
    """What becomes of a stream's rows whose event time the watermark has passed: they go nowhere, or `into` a table."""

    into: str | None = None


@dataclass(frozen=True)
class Relation:
    """A source, view or table under its full name (`finance.orders`).

    Where an error was reported in it, it `is_broken`: some of its columns may be missing.

    A source's `rel` is `Checked(Read)` (`Read` alone if its contract has no rule); `connection` is where a source or
    table lives, `physical` the name there (with prefix, without catalog and schema: those are connection options).

    A quarantine is a table whose `rel` is `Read`, of itself: `feeds` are the relations that it takes records from.

    A source that `is_stored` has the rows that another job of its pipeline, or another pipeline, wrote as a table: they
    are read as they were written, and no rule judges them again.

    A table of which a run makes a part is `made_of` a query: a hash tells it from others.

    `late` is said of a source whose late rows are kept out of all that is made of it. A table of late rows takes those
    of `late_of`; its `rel` has no row, as in batch nothing is late.
    """

    name: str
    kind: Literal["source", "view", "table"]
    rel: Rel
    interface: Interface
    connection: str | None = None
    physical: str = ""
    options: Options = field(default_factory=dict)
    contract: str | None = None
    tags: tuple[str, ...] = ()
    owner: str | None = None
    description: str | None = None
    column_descriptions: Mapping[str, str] = field(default_factory=dict)
    record_paths: Mapping[str, str] = field(default_factory=dict)
    is_broken: bool = False
    feeds: tuple[str, ...] = ()
    late: Late | None = None
    late_of: tuple[str, ...] = ()
    is_stored: bool = False
    made_of: str = field(default="", compare=False)
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that it offers."""
        return self.rel.columns

    @property
    def short(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Sink:
    """Data that goes out: the rows of `relation` into `connection`."""

    name: str
    relation: str
    connection: str
    options: Options
    physical: str = ""
    description: str | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Param:
    """A value given at run time."""

    name: str
    type: DataType
    default: Expr | None
    description: str | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Gate:
    """`require condition else action`, with the condition as it is written; `line` is where it begins in its file.

    `rel` gives one row: whether it `holds`, then what was measured for that, of which `measures` are the texts. `about`
    are the relations and sinks that it speaks of, `before` the outputs that take rows of these in the program as it is
    written: a pass may find that one doesn't need them. The tasks of `again` are run before it is asked another time.
    """

    condition: str
    action: Literal["stop", "skip", "alert", "retry"]
    rel: Rel
    about: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Task:
    """Work that is no query. It writes sources, and reads sources, tables and what sinks wrote.

    Its work is a `text` in the words of `kind` (and of `engine`, where that is SQL), else said by the options `file`
    and `function`. Of a notebook, which is the option `file`, the text is the Python that gives it its parameters.
    Where it `is_step` of something else, that says when it runs, and nothing is named under `reads` and `writes`.
    `line` is where it is declared in its file. `code` is what stands in `file`, None if that isn't there.
    """

    name: str
    kind: Literal["shell", "python", "sql", "notebook"]
    text: str | None
    engine: str | None = None
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    options: Options = field(default_factory=dict)
    is_step: bool = False
    description: str | None = None
    code: str | None = field(default=None, compare=False, repr=False)
    line: int = field(default=0, compare=False)
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def variables(self) -> Mapping[str, Option]:
        """The environment variables that it is given."""
        given = self.options.get("env")
        return given if isinstance(given, Mapping) else {}

    @property
    def file(self) -> str | None:
        """The file of the project that it runs, if it runs one."""
        file = self.options.get("file")
        return file if isinstance(file, str) else None


@dataclass(frozen=True)
class Pipeline:
    """What is deployed and scheduled as one. `build` are full names of tables and sinks."""

    name: str
    build: tuple[str, ...]
    mode: Mode
    options: Options
    gates: tuple[Gate, ...] = ()
    description: str | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class GivenRows:
    """Rows that a test puts in a relation's place: constants for all of the relation's columns, in their order."""

    relation: str
    rows: tuple[tuple[Expr, ...], ...]
    columns: tuple[Column, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class ExpectedRows:
    """The rows that `relation` must give in the named columns; `ordered` if its query ends with `order by`."""

    relation: str
    rows: tuple[tuple[Expr, ...], ...]
    columns: tuple[Column, ...]
    ordered: bool
    row_spans: tuple[Span, ...] = field(default=(), compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Arrival:
    """What comes next in a test of a stream: rows of a source, or (`to`) its watermark, which has come so far."""

    relation: str
    rows: tuple[tuple[Expr, ...], ...] = ()
    to: Expr | None = None


@dataclass(frozen=True)
class TestCase:
    """A `test` block. `values` are what it gives to params (by name) and to the run (`run.start`, `run.end`).

    `given` are the rows as a batch has them: those that come late stand in their table, or nowhere. If time advances in
    the test, `arrivals` says in which order all of them come.
    """

    __test__ = False  # not one of pytest's

    title: str
    given: tuple[GivenRows, ...]
    expected: tuple[ExpectedRows, ...]
    values: Mapping[str, Expr] = field(default_factory=dict)
    arrivals: tuple[Arrival, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Program:
    """All of it. Relations are in dependency order, then by name. `hashes` tell the texts of its files, by path,
    and `line_starts` the offsets at which their lines start.

    `streams` are the names of the tables and sinks that run as streams; all others are made in batch. `mode` is what
    was asked of all of them, None where pipelines decide: what is made goes by `streams` alone.
    """

    name: str
    version: str
    relations: tuple[Relation, ...]
    connections: Mapping[str, Connection] = field(default_factory=dict)
    sinks: tuple[Sink, ...] = ()
    params: tuple[Param, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    tests: tuple[TestCase, ...] = ()
    env: str | None = None
    targets: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    mode: Mode | None = None
    streams: frozenset[str] = frozenset()
    tasks: tuple[Task, ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    line_starts: Mapping[str, Sequence[int]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def by_name(self) -> Mapping[str, Relation]:
        """Relations by their full name."""
        return {relation.name: relation for relation in self.relations}

    @cached_property
    def spans(self) -> Mapping[str, Span]:
        """Where each relation and sink is declared; what nobody wrote is nowhere."""
        return {one.name: one.span for one in self.relations} | {one.name: one.span for one in self.sinks}

    @cached_property
    def declared(self) -> Mapping[str, tuple[str, int]]:
        """The file and the line in which each relation and sink is declared that somebody wrote."""
        return {name: (span.file, self.line_of(span)) for name, span in self.spans.items() if span != NOWHERE}

    def line_of(self, span: Span) -> int:
        """The line, from 1, that a place begins in."""
        return bisect_right(self.line_starts.get(span.file, (0,)), span.start)
