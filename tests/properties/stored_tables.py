"""The hostile tables as they lie in an engine, so that a query begins with rows and not with making them."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as parquet
from hostile_tables import program_of

from oftra.ir.program import Interface, Program, Relation
from oftra.ir.rel import Opaque, Rel, Scan
from oftra.target import Session
from oftra.targets.engines.spark.datatypes import type_name
from oftra.targets.pyspark.local import started


def in_duckdb(session: Session, tables: Mapping[str, Rel], folder: Path) -> Program:
    """Views of files that hold the tables."""
    texts = {}
    for name, rel in tables.items():
        path = folder / f"{name}.parquet"
        parquet.write_table(session.query(program_of(dict(tables)), Scan(name, rel.columns), {}), path)
        texts[name] = f"select * from read_parquet('{path}')"
    return _program("duckdb", tables, texts)


def in_spark(session: Session, tables: Mapping[str, Rel]) -> Program:
    """Views of tables that Spark holds in memory."""
    texts = {}
    for name, rel in tables.items():
        held = started().createDataFrame(session.query(program_of(dict(tables)), Scan(name, rel.columns), {}))
        held.createOrReplaceTempView(f"hostile_{name}")
        exact = [f"cast({column.name} as {type_name(column.type)}) as {column.name}" for column in rel.columns]
        texts[name] = f"select {', '.join(exact)} from hostile_{name}"
    return _program("spark", tables, texts)


def _program(engine: str, tables: Mapping[str, Rel], texts: Mapping[str, str]) -> Program:
    relations = [
        Relation(name, "view", Opaque(engine, texts[name], (), rel.columns), Interface(rel.columns))
        for name, rel in tables.items()
    ]
    return Program("p", "1", tuple(relations))
