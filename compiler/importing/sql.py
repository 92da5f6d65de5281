"""A program made of SQL statements: tables become contracts and sources, views and queries become views."""

import re
from collections.abc import Iterable

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from oftra.diagnostics import Report
from oftra.diagnostics.importing import ChangedMeaning, NotImported, UnreadableSql
from oftra.importing.left import Left, named, path_of
from oftra.importing.sql_query import Queries
from oftra.importing.sql_table import Tables, source_of, table_name
from oftra.source import SourceFile, Span
from oftra.syntax import nodes
from oftra.syntax.pipe_form import piped

INTEGERS = ("tinyint", "smallint", "int", "bigint")
_WITHOUT_ROWS = (exp.Set, exp.Use, exp.Transaction, exp.Commit, exp.Rollback, exp.Drop, exp.Grant, exp.Analyze)
"""Statements that say nothing of what rows there are."""


class Importer:
    """Takes over the statements of one text, in order."""

    def __init__(self, source: SourceFile, dialect: str, connection: str | None, report: Report) -> None:
        self.source = source
        self.dialect = dialect
        self.connection = connection or "data"
        self.is_declared = connection is not None
        self.report = report
        self.queries = Queries(dialect)
        self.tables = Tables(dialect, self.queries.say)
        self.contracts: dict[str, nodes.Contract] = {}
        self.relations: dict[str, nodes.View | nodes.Table] = {}
        self._unnamed = 0
        self._only = False

    def declarations(self) -> tuple[nodes.Declaration, ...]:
        """All that could be taken over: the connection, contracts, sources, then views and tables."""
        statements = list(self._statements())
        self._only = sum(isinstance(one, exp.Query) for one, _ in statements) == 1
        # Tables first: what their columns are decides what a division means.
        for wanted in (True, False):
            for statement, span in statements:
                if _is_table(statement) is wanted:
                    self._take(statement, span)
        sources = [source_of(contract, self.connection) for contract in self.contracts.values()]
        stores = any(isinstance(one, nodes.Table) for one in self.relations.values())
        connection = [_data(self.connection)] if (sources or stores) and not self.is_declared else []
        return (*connection, *self.contracts.values(), *sources, *self.relations.values())

    # ------------------------------------------------------------------------------------------------------ statements

    def _statements(self) -> Iterable[tuple[exp.Expr, Span]]:
        """Each statement, and where it stands. One that can't be read is reported; the others go on."""
        dialect = self.queries.say.base
        try:
            tokens = dialect.tokenize(self.source.text)
        except SqlglotError as error:
            self.report.add(UnreadableSql(_first_words(error), span=Span(0, 0, self.source.path)))
            return
        for chunk in _chunks(tokens):
            span = Span(chunk[0].start, chunk[-1].end + 1, self.source.path)
            try:
                found = dialect.parser().parse(chunk, self.source.text)
            except SqlglotError as error:
                self.report.add(UnreadableSql(_first_words(error), span=self._error_span(error, span)))
                continue
            for statement in found:
                if statement is not None:
                    yield statement, span

    def _error_span(self, error: SqlglotError, span: Span) -> Span:
        """Where `sqlglot` stopped, if it says so."""
        told = getattr(error, "errors", None)
        if not told or not told[0].get("line"):
            return span
        line, column, width = told[0]["line"], told[0].get("col") or 1, len(told[0].get("highlight") or "")
        if line > len(self.source.line_starts):
            return span
        end = self.source.line_starts[line - 1] + column
        return Span(max(span.start, end - width), min(end, len(self.source.text)), self.source.path)

    def _take(self, statement: exp.Expr, span: Span) -> None:
        self.tables.ignored.clear()
        self.queries.say.doubts.clear()
        try:
            self._taken(statement)
        except Left as left:
            self.report.add(NotImported(str(left), span=span))
        for said in (*self.queries.say.doubts, *[f"{one} is left out" for one in self.tables.ignored]):
            self.report.add(ChangedMeaning(said, span=span))

    def _taken(self, statement: exp.Expr) -> None:
        match statement:
            case exp.Create(kind="TABLE", this=exp.Schema() as schema) if statement.expression is None:
                self._contract(table_name(schema.this), schema)
            case exp.Create(kind="VIEW") | exp.Create(kind="TABLE") if statement.expression is not None:
                self._created(statement)
            case exp.Query():
                self._add(self._next_name(), statement, (), is_table=False)
            case exp.Comment():
                self._comment(statement)
            case exp.Alter():
                self._alter(statement)
            case exp.Command() | exp.Semicolon():
                if isinstance(statement, exp.Command):
                    raise Left(f"`{statement.name.lower()}`")
            case _ if isinstance(statement, _WITHOUT_ROWS):
                raise Left(f"`{statement.key}`, which makes no rows")
            case exp.Create():
                raise Left(f"`create {str(statement.kind).lower()}`")
            case _:
                raise Left(f"`{statement.key}`")

    def _contract(self, name: str, schema: exp.Schema) -> None:
        contract = self.contracts[name] = self.tables.contract(name, schema)
        say = self.queries.say
        for item in contract.items:
            if isinstance(item, nodes.ContractColumn):
                is_integer = isinstance(item.type, nodes.SimpleType) and item.type.name in INTEGERS
                (say.integers if is_integer else say.others).add(item.name.text)
        columns = [item for one in self.contracts.values() for item in one.items]
        kept = {c.name.text: True for c in columns if isinstance(c, nodes.ContractColumn)}
        for column in columns:
            if isinstance(column, nodes.ContractColumn) and not (column.not_null or column.primary_key):
                kept[column.name.text] = False
        say.required = {one for one, required in kept.items() if required}

    def _created(self, statement: exp.Create) -> None:
        target = statement.this
        names: tuple[nodes.Name, ...] = ()
        if isinstance(target, exp.Schema):
            names = tuple([named(one.name) for one in target.expressions])
            target = target.this
        self._add(table_name(target), statement.expression, names, is_table=statement.kind == "TABLE")

    def _add(self, name: str, query: exp.Expr, names: tuple[nodes.Name, ...], is_table: bool) -> None:
        if name in self.relations or name in self.contracts:
            raise Left(f"a second `{name}`")
        made: nodes.Query = piped(self.queries.query(query, names, stored=True))
        if is_table:
            self.relations[name] = nodes.Table(nodes.Name(name), made, connection=path_of(self.connection))
        else:
            self.relations[name] = nodes.View(nodes.Name(name), made)

    def _next_name(self) -> str:
        """The name of a query that has none: the file's, with a number if it holds several."""
        stem = re.sub(r"\W+", "_", self.source.path.rpartition("/")[2].partition(".")[0]).strip("_").lower() or "query"
        stem = f"q_{stem}" if stem[0].isdigit() else stem
        self._unnamed += 1
        return stem if self._only and stem not in self.contracts else f"{stem}_{self._unnamed}"

    def _comment(self, statement: exp.Comment) -> None:
        text = statement.expression.name
        if statement.args.get("kind") == "TABLE" and (contract := self.contracts.get(table_name(statement.this))):
            self.contracts[contract.name.text] = nodes.Contract(contract.name, contract.items, text)
            return
        raise Left("`comment`")

    def _alter(self, statement: exp.Alter) -> None:
        """A rule that is added to a table behind its `create`."""
        contract = self.contracts.get(table_name(statement.this))
        if contract is None:
            raise Left("`alter` of a table that is not created here")
        for action in statement.args.get("actions") or ():
            if not isinstance(action, exp.AddConstraint):
                raise Left(f"`alter table` with `{self.queries.say.sql(action)}`")
            columns: dict[str, object] = {}
            rules = [made for part in action.expressions for made in self.tables.rule(part, columns)]  # type: ignore[arg-type]
            contract = nodes.Contract(contract.name, (*contract.items, *rules), contract.description)
        self.contracts[contract.name.text] = contract


def _is_table(statement: exp.Expr) -> bool:
    if isinstance(statement, exp.Alter | exp.Comment):
        return True
    return isinstance(statement, exp.Create) and statement.expression is None


def _chunks(tokens: list[Token]) -> Iterable[list[Token]]:
    """The tokens of each statement."""
    chunk: list[Token] = []
    for token in tokens:
        if token.token_type != TokenType.SEMICOLON:
            chunk.append(token)
        elif chunk:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _first_words(error: SqlglotError) -> str:
    told = getattr(error, "errors", None)
    words = str(told[0].get("description") if told else error).splitlines()[0]
    return (words[:1].lower() + words[1:]).rstrip(".")


def _data(name: str) -> nodes.Connection:
    """The connection of all sources: a folder, which a variable names."""
    root = nodes.Call(path_of("env"), (nodes.String("DATA"), nodes.String("data")))
    items = (nodes.Property(nodes.Name("root"), root), nodes.Property(nodes.Name("format"), nodes.Column(_PARQUET)))
    return nodes.Connection(nodes.Name(name), nodes.Name("files"), nodes.Properties(items))


_PARQUET = nodes.Name("parquet")


def dialects() -> tuple[str, ...]:
    """The dialects that can be read."""
    return tuple(sorted(one for one in sqlglot.Dialect.classes if one))
