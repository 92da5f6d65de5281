"""What Unity Catalog is told of a table besides words: what is proven of its rows, its key, its layout, its tags."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from oftra.ir.columns import free_columns
from oftra.ir.enforce import plain
from oftra.ir.expr import Call, Column, Expr, Literal
from oftra.ir.options import text, word, words
from oftra.ir.program import Program, Relation
from oftra.ir.rel import Checked, Project, Rel, must_be_there
from oftra.targets.databricks.published import is_published
from oftra.targets.engines.spark.datatypes import identifier
from oftra.targets.engines.spark.sql_text import constant
from oftra.targets.pyspark.places import table_name
from oftra.targets.python import tree as py
from oftra.targets.python.rewrite import exchanged

CODE: dict[str, str] = {
    "released": '''\
def released(spark: SparkSession, table: str) -> None:
    """Let a table go from its checks, which what is stored next may break: it gets those of today."""
    if spark.catalog.tableExists(table):
        for key in properties(spark, table):
            name = key.removeprefix("delta.constraints.")
            if name != key:
                spark.sql(f"alter table {table} drop constraint if exists {name}")
''',
    "constrained": '''\
def constrained(
    spark: SparkSession,
    table: str,
    not_null: tuple[str, ...] = (),
    checks: dict[str, str] | None = None,
    cluster_by: tuple[str, ...] = (),
    settings: dict[str, str] | None = None,
) -> None:
    """Have a table of Delta Lake hold others to what is true of its rows, and lie as asked."""
    nullable = {field.name for field in spark.table(table).schema if field.nullable}
    changes = [
        f"alter column {delimited(name)} set not null"
        for name in not_null
        if name in nullable
    ]
    there = properties(spark, table)
    for name, condition in (checks or {}).items():
        if f"delta.constraints.{name}" not in there:
            changes.append(f"add constraint {name} check ({condition})")
    (detail,) = spark.sql(f"describe detail {table}").collect()
    if cluster_by and tuple(detail["clusteringColumns"]) != cluster_by:
        changes.append(f"cluster by ({', '.join(map(delimited, cluster_by))})")
    for key, value in (settings or {}).items():
        if there.get(key) != value:
            changes.append(f"set tblproperties ({literal(key)} = {literal(value)})")
    for change in changes:
        spark.sql(f"alter table {table} {change}")
''',
    "properties": '''\
def properties(spark: SparkSession, table: str) -> dict[str, str]:
    """The properties of a table: among them are its checks."""
    rows = spark.sql(f"show tblproperties {table}").collect()
    return {row["key"]: row["value"] for row in rows}
''',
    "catalogued": '''\
def catalogued(
    spark: SparkSession,
    table: str,
    key: tuple[str, ...] = (),
    references: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
) -> None:
    """Tell Unity Catalog a table's key and references, proven and not checked there, and its tags."""
    told = spark.sql(f"describe table extended {table}").collect()
    has_key = any((row["data_type"] or "").startswith("PRIMARY KEY") for row in told)
    if key and not has_key:
        columns = ", ".join(map(delimited, key))
        spark.sql(f"alter table {table} add primary key ({columns}) rely")
    for name, reference in (references or {}).items():
        spark.sql(f"alter table {table} drop constraint if exists {name}")
        spark.sql(f"alter table {table} add constraint {name} foreign key {reference}")
    if tags:
        pairs = [f"{literal(name)} = {literal(value)}" for name, value in tags.items()]
        spark.sql(f"alter table {table} set tags ({', '.join(pairs)})")
''',
    "granted": '''\
def granted(
    spark: SparkSession, table: str, grants: dict[str, tuple[str, ...]]
) -> None:
    """Let users, groups and service principals do more with a table."""
    for privilege, names in grants.items():
        for name in names:
            spark.sql(f"grant {privilege} on table {table} to {delimited(name)}")
''',
    "delimited": '''\
def delimited(name: str) -> str:
    """A name in SQL, whatever it holds."""
    return "`" + name.replace("`", "``") + "`"
''',
}

_SIGNS = {
    "equal": "=", "not_equal": "<>", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=",
}  # fmt: skip


@dataclass(frozen=True)
class Governed:
    """The checks of a table, and the calls before and after it is stored."""

    checks: Mapping[str, str] = field(default_factory=dict)
    before: tuple[py.Expr, ...] = ()
    after: tuple[py.Expr, ...] = ()


def governed(program: Program, name: str, constant: str, grants: Mapping[str, tuple[str, ...]]) -> Governed:
    """What a notebook says of a table of Unity Catalog; nothing of a sink, whose table may be another's.

    `constant` is what the table's checks are called. `grants` are privileges, each with those who are to have it.
    """
    relation = _governed(program, name)
    if relation is None:
        return Governed()
    spark, table = py.Name("spark"), _called(program, relation)
    # Rows that earlier runs stored, perhaps by another program, are not known.
    is_whole = word(relation.options.get("refresh"), "full") == "full"
    checks = dict(_checks(relation)) if is_whole else {}
    before = (py.call("released", spark, table),) if is_whole and relation.contract is not None else ()
    after: list[py.Expr] = []
    held = list(_held(relation, is_whole, py.Name(constant) if checks else None))
    if held:
        after.append(py.call("constrained", spark, table, *held))
    key, tags = _key(relation) if is_whole else (), _tags(relation)
    known: list[py.Keyword] = []
    if key:
        known.append(py.Keyword("key", _texts(key)))
    if references := dict(_references(program, relation)) if is_whole else {}:
        known.append(py.Keyword("references", _table(references)))
    if tags:
        known.append(py.Keyword("tags", _table(tags)))
    if known:
        after.append(py.call("catalogued", spark, table, *known))
    if grants and not relation.feeds:
        # What rules put apart may be anything that somebody sent.
        given = tuple([(py.String(privilege), _texts(names)) for privilege, names in grants.items()])
        after.append(py.call("granted", spark, table, py.DictOf(given)))
    return Governed(checks, before, tuple(after))


def _governed(program: Program, name: str) -> Relation | None:
    """The table of that name, if it is one of Delta Lake in a catalog."""
    relation = program.by_name.get(name)
    if relation is None or relation.connection is None or not is_published(program.connections[relation.connection]):
        return None
    return relation


def _called(program: Program, relation: Relation) -> py.Expr:
    connection = program.connections[relation.connection or ""]
    return table_name(relation.name, relation.physical, relation.options, connection)


def properties(relation: Relation) -> Mapping[str, str]:
    """The properties that a table is given, as texts."""
    given = relation.options.get("properties")
    if not isinstance(given, Mapping):
        return {}
    return {key: _property(value) for key, value in given.items()}


def parted(node: Any, relation: Relation) -> Any:
    """The code that writes a table, which says by which columns it is partitioned."""
    columns = [py.String(column) for column in words(relation.options.get("partition_by"))]

    def change(part: Any) -> Any:
        match part:
            case py.Call(py.Attribute(writer, "saveAsTable"), arguments):
                return py.method(py.method(writer, "partitionBy", *columns), "saveAsTable", *arguments)
            case _:
                return part

    return exchanged(node, change) if columns else node


def _property(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _held(relation: Relation, is_whole: bool, checks: py.Expr | None) -> Iterator[py.Keyword]:
    """What Delta Lake checks of every row that anybody writes."""
    there = tuple([column.name for column in relation.columns if not column.nullable])
    if there and is_whole:
        yield py.Keyword("not_null", _texts(there))
    if checks is not None:
        yield py.Keyword("checks", checks)
    clustered = words(relation.options.get("cluster_by"))
    if clustered:
        yield py.Keyword("cluster_by", _texts(clustered))
    given = properties(relation)
    if given:
        yield py.Keyword("settings", _table(given))


def _checks(relation: Relation) -> Iterator[tuple[str, str]]:
    """The checks that no stored row breaks, by name, in SQL where that is plain."""
    contract = _contract(relation.rel)
    stored = {column.id: column.name for column in relation.columns}
    unsure = {column.id for column in relation.columns if column.nullable}
    taken: set[str] = set()
    for rule in contract.rules if contract is not None and relation.contract is not None else ():
        if rule.kind != "check" or rule.action == "warn" or rule.condition is None or must_be_there(rule) is not None:
            continue
        said = _sql(rule.condition, stored)
        name = plain(rule.name)
        if said is not None and name not in taken:
            taken.add(name)
            # Delta Lake takes what is unknown for a violation.
            yield name, f"({said}) is not false" if unsure & free_columns(rule.condition) else said


def _contract(rel: Rel) -> Checked | None:
    while isinstance(rel, Project):
        rel = rel.source
    return rel if isinstance(rel, Checked) else None


def _sql(expr: Expr, stored: Mapping[int, str]) -> str | None:
    """A condition over stored columns in Spark's SQL; None if it takes more than comparisons."""
    match expr:
        case Column():
            return identifier(stored[expr.id]) if expr.id in stored and "${" not in stored[expr.id] else None
        case Literal(Decimal() as value):
            return f"{value:f}"
        case Literal():
            return constant(expr)
        case Call(name, arguments):
            parts = [_sql(one, stored) for one in arguments]
            said = [one for one in parts if one is not None]
            return _condition(name, said) if len(said) == len(parts) else None
        case _:
            return None


def _condition(name: str, said: list[str]) -> str | None:
    match name, said:
        case "and" | "or", _:
            return f" {name} ".join([f"({one})" for one in said])
        case "not", [one]:
            return f"not ({one})"
        case "is_null", [one]:
            return f"{one} is null"
        case "between", [one, low, high]:
            return f"{one} between {low} and {high}"
        case "in", [one, *others]:
            return f"{one} in ({', '.join(others)})"
        case _, [left, right] if name in _SIGNS:
            return f"{left} {_SIGNS[name]} {right}"
        case _:
            return None


def _key(relation: Relation) -> tuple[str, ...]:
    """The columns by which each row is the only one, and never null."""
    there = {column.name for column in relation.columns if not column.nullable}
    return next((key for key in relation.interface.keys if key and there.issuperset(key)), ())


def _references(program: Program, relation: Relation) -> Iterator[tuple[str, str]]:
    """The foreign keys of a table, by name: of each stored row they are found in a table that has them as its key."""
    contract = _contract(relation.rel)
    stored = {column.id: column.name for column in relation.columns}
    for rule in contract.rules if contract is not None and relation.contract is not None else ():
        if rule.kind != "references" or rule.action == "warn" or rule.target is None or rule.target == relation.name:
            continue
        parent = program.by_name[rule.target]
        is_table = (parent.kind == "table" or parent.is_stored) and parent.connection is not None
        if not is_table or not is_published(program.connections[parent.connection or ""]):
            continue
        is_whole = word(parent.options.get("refresh"), "full") == "full"
        place = _called(program, parent)
        if is_whole and _key(parent) == rule.target_columns and isinstance(place, py.String):
            own = ", ".join([identifier(stored[column.id]) for column in rule.columns])
            there = ", ".join([identifier(name) for name in rule.target_columns])
            yield identifier(plain(rule.name)), f"({own}) references {place.value} ({there})"


def _tags(relation: Relation) -> dict[str, str]:
    owner = text(relation.owner)
    return {**dict.fromkeys(relation.tags, ""), **({"owner": owner} if owner else {})}


def _texts(items: tuple[str, ...]) -> py.Expr:
    return py.TupleOf(tuple([py.String(item) for item in items]))


def _table(items: Mapping[str, str]) -> py.Expr:
    return py.DictOf(tuple([(py.String(key), py.String(value)) for key, value in items.items()]))
