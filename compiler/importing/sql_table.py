"""`create table` of other dialects: a contract, and a source that keeps it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from oftra.importing.left import Left, named, path_of
from oftra.importing.sql_expression import Expressions
from oftra.importing.sql_type import type_of
from oftra.syntax import nodes


@dataclass
class Promised:
    """What a column promises, as it is gathered."""

    name: nodes.Name
    type: nodes.Type
    promises: dict[str, object] = field(default_factory=dict)

    def column(self) -> nodes.ContractColumn:
        return nodes.ContractColumn(self.name, self.type, **self.promises)  # type: ignore[arg-type]


class Tables:
    """Reads `create table` statements. What they say beyond our contracts goes to `ignored`."""

    def __init__(self, dialect: str, say: Expressions) -> None:
        self.dialect = dialect
        self.say = say
        self.ignored: list[str] = []

    def contract(self, name: str, schema: exp.Schema) -> nodes.Contract:
        """The contract of a table."""
        columns: dict[str, Promised] = {}
        rules: list[nodes.ContractItem] = []
        for part in schema.expressions:
            if isinstance(part, exp.ColumnDef):
                column = self._column(part)
                columns[column.name.text] = column
        for part in schema.expressions:
            if not isinstance(part, exp.ColumnDef):
                rules += self.rule(part, columns)
        return nodes.Contract(nodes.Name(name), (*[one.column() for one in columns.values()], *rules))

    def _column(self, part: exp.ColumnDef) -> Promised:
        kind = part.kind
        if kind is None:
            raise Left(f"the column `{part.name}`, which has no type")
        column = Promised(named(part.name, part.this.quoted), type_of(kind, self.dialect))
        for constraint in part.args.get("constraints") or ():
            self._promise(constraint.kind, column)
        if column.promises.get("primary_key"):
            column.promises.pop("not_null", None)
        return column

    def _promise(self, kind: exp.Expr, column: Promised) -> None:
        promises = column.promises
        match kind:
            case exp.NotNullColumnConstraint():
                promises["not_null"] = not kind.args.get("allow_null")
            case exp.PrimaryKeyColumnConstraint():
                promises["primary_key"] = True
            case exp.UniqueColumnConstraint():
                promises["unique"] = True
            case exp.Reference():
                promises["references"] = _reference(kind)
            case exp.CheckColumnConstraint():
                checks = promises.get("checks", ())
                assert isinstance(checks, tuple)
                promises["checks"] = (*checks, nodes.Check(self.say.expr(kind.this)))
            case exp.CommentColumnConstraint():
                promises["description"] = kind.name
            case exp.DefaultColumnConstraint():
                self._default(kind, promises)
            case _:
                self.ignored.append(f"`{kind.sql(self.dialect).lower()}` of `{column.name.text}`")

    def _default(self, kind: exp.DefaultColumnConstraint, promises: dict[str, object]) -> None:
        try:
            value = self.say.expr(kind.this)
        except Left as left:
            self.ignored.append(f"a default: {left}")
        else:
            plain = isinstance(value, nodes.Number | nodes.String | nodes.Boolean | nodes.Null | nodes.TypedLiteral)
            promises["default"] = value if plain else nodes.Parenthesised(value)

    def rule(self, part: exp.Expr, columns: dict[str, Promised]) -> Iterator[nodes.ContractItem]:
        """A rule of the table. A foreign key of one column becomes that column's."""
        match part:
            case exp.PrimaryKey():
                yield nodes.KeyRule("primary key", tuple([_key_column(one) for one in part.expressions]))
            case exp.UniqueColumnConstraint(this=exp.Schema() as written):
                yield nodes.KeyRule("unique", tuple([_key_column(one) for one in written.expressions]))
            case exp.ForeignKey() if len(part.expressions) == 1:
                column = columns.get(_key_column(part.expressions[0]).text)
                if column is not None:
                    column.promises["references"] = _reference(part.args["reference"])
            case exp.CheckColumnConstraint():
                yield nodes.Check(self.say.expr(part.this))
            case exp.Constraint():
                for inner in part.expressions:
                    for made in self.rule(inner, columns):
                        yield nodes.Check(made.condition, named(part.name)) if isinstance(made, nodes.Check) else made
            case _:
                self.ignored.append(f"`{part.sql(self.dialect).lower()}`")


def _key_column(part: exp.Expr) -> nodes.Name:
    inner = part.this if isinstance(part, exp.Ordered) else part
    identifier = inner.this if isinstance(inner, exp.Column) else inner
    return named(identifier.name, bool(identifier.args.get("quoted")))


def _reference(reference: exp.Expr) -> nodes.References:
    target = reference.this
    columns: tuple[nodes.Name, ...] = ()
    if isinstance(target, exp.Schema):
        columns = tuple([_key_column(one) for one in target.expressions])
        target = target.this
    return nodes.References(path_of(table_name(target)), columns)


def table_name(table: exp.Expr) -> str:
    """What a table is called, without its schema and database."""
    identifier = table.this
    return named(table.name, bool(getattr(identifier, "quoted", False))).text


def source_of(contract: nodes.Contract, connection: str) -> nodes.Source:
    """A source that reads a table's rows, from a file called like it."""
    name = contract.name
    place = nodes.Properties((nodes.Property(nodes.Name("path"), nodes.String(f"{name.text}.parquet")),))
    return nodes.Source(name, nodes.Path((name,)), path_of(connection), place)
