"""What Unity Catalog is told of a table: what the program says of it, and contracts of the columns that it takes."""

from collections.abc import Mapping

from oftra.ir.program import Connection, Program, Relation
from oftra.ir.rel import Scan
from oftra.ir.walk import every_rel
from oftra.targets.pyspark.places import table_name
from oftra.targets.python import tree as py

CODE: dict[str, str] = {
    "described": '''\
def described(
    spark: SparkSession, table: str, comment: str | None, columns: dict[str, str]
) -> None:
    """Have the catalog say of a table, and of its columns, what the program says."""
    there = spark.catalog.getTable(table).description
    if comment and comment != there:
        spark.sql(f"comment on table {table} is {literal(comment)}")
    told = {one.name: one.description for one in spark.catalog.listColumns(table)}
    for name, text in columns.items():
        if text != told[name]:
            column = "`" + name.replace("`", "``") + "`"
            change = f"alter column {column} comment {literal(text)}"
            spark.sql(f"alter table {table} {change}")
''',
    "literal": '''\
def literal(text: str) -> str:
    """A text in SQL, in which nothing is put in place of anything."""
    for sign, code in (("\\\\", "\\\\\\\\"), ("'", "\\\\'"), ("$", "\\\\u0024")):
        text = text.replace(sign, code)
    return f"'{text}'"
''',
}


def comments(program: Program, name: str) -> py.Expr | None:
    """The call that says what is known of a table of a catalog, or of a sink into one; None if there is nothing."""
    output = program.by_name.get(name) or next(sink for sink in program.sinks if sink.name == name)
    relation = output if isinstance(output, Relation) else program.by_name[output.relation]
    connection = program.connections[output.connection or ""]
    columns = descriptions(program, relation)
    if not _is_of_a_catalog(connection) or not (columns or output.description):
        return None
    table = table_name(output.name, output.physical, output.options, connection)
    comment: py.Expr = py.String(output.description) if output.description else py.NONE
    told = py.DictOf(tuple([(py.String(column), py.String(text)) for column, text in columns.items()]))
    return py.call("described", py.Name("spark"), table, comment, told)


def _is_of_a_catalog(connection: Connection) -> bool:
    return connection.kind == "catalog" or (connection.kind == "delta" and connection.options.get("root") is None)


def descriptions(program: Program, relation: Relation) -> Mapping[str, str]:
    """What is said of the columns of a relation, also of those that it takes from others as they are."""
    found = dict(relation.column_descriptions)
    for part in every_rel(relation.rel):
        if isinstance(part, Scan) and part.relation in program.by_name:
            taken = {column.id: column.name for column in part.columns}
            said = descriptions(program, program.by_name[part.relation])
            for column in relation.columns:
                if column.id in taken and taken[column.id] in said:
                    found.setdefault(column.name, said[taken[column.id]])
    return {column.name: found[column.name] for column in relation.columns if column.name in found}
