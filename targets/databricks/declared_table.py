"""What the catalog is told of a table of a declarative pipeline, where that declares it."""

from collections.abc import Iterator

from oftra.ir.options import words
from oftra.ir.program import Program, Relation
from oftra.targets.databricks.comments import descriptions
from oftra.targets.databricks.governing import properties
from oftra.targets.engines.spark.datatypes import identifier, type_name
from oftra.targets.engines.spark.sql_text import quoted
from oftra.targets.python import tree as py


def properties_of(program: Program, relation: Relation) -> Iterator[py.Keyword]:
    """The arguments of its decorator."""
    if relation.description:
        yield py.Keyword("comment", py.String(relation.description))
    told = descriptions(program, relation)
    if told:
        columns = [
            f"{identifier(one.name)} {type_name(one.type)}"
            + (f" comment {quoted(told[one.name])}" if one.name in told else "")
            for one in relation.columns
        ]
        yield py.Keyword("schema", py.String(", ".join(columns)))
    for option, keyword in (("partition_by", "partition_cols"), ("cluster_by", "cluster_by")):
        names = words(relation.options.get(option))
        if names:
            yield py.Keyword(keyword, py.ListOf(tuple([py.String(name) for name in names])))
    given = properties(relation)
    if given:
        table = tuple([(py.String(key), py.String(value)) for key, value in given.items()])
        yield py.Keyword("table_properties", py.DictOf(table))
