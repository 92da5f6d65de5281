"""A program made of a dbt project: what `dbt compile` and `dbt docs generate` left in its folder `target`."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
from sqlglot import exp, parse
from sqlglot.errors import SqlglotError

from oftra.diagnostics import Report
from oftra.diagnostics.importing import ChangedMeaning, NotImported
from oftra.importing.data import Draft, literal
from oftra.importing.left import Left, path_of
from oftra.importing.sql_query import Queries
from oftra.importing.sql_type import type_of
from oftra.syntax import nodes
from oftra.syntax.pipe_form import piped
from oftra.syntax.rewriting import map_parts

INLINED = "__dbt__cte__"
"""What dbt puts before the name of a model that it writes into those that read it."""

FOR_OTHERS = ("exposures", "metrics", "semantic_models", "saved_queries", "unit_tests")
"""What a manifest tells besides its nodes: of who reads them, and how."""


class DbtProject:
    """Takes over the seeds, sources and models of a manifest. `catalog` has the types that the database told."""

    def __init__(self, manifest: Mapping[str, Any], catalog: Mapping[str, Any], root: str, report: Report) -> None:
        self.manifest = manifest
        self.nodes: Mapping[str, Any] = {**manifest.get("nodes", {}), **manifest.get("sources", {})}
        self.catalog = {**catalog.get("nodes", {}), **catalog.get("sources", {})}
        self.dialect = str(manifest.get("metadata", {}).get("adapter_type") or "")
        self.root = root
        self.report = report
        self.tests: dict[str, list[Mapping[str, Any]]] = {}
        self.contracts: list[nodes.Contract] = []
        self.sources: list[nodes.Source] = []
        self.relations: list[nodes.View | nodes.Table] = []

    def declarations(self) -> tuple[nodes.Declaration, ...]:
        """Connections, contracts, sources, then models, each kind in the manifest's order."""
        for node in self.nodes.values():
            if node["resource_type"] == "test" and node.get("test_metadata") and (about := _about(node)):
                self.tests.setdefault(about, []).append(node)
            elif node["resource_type"] not in ("seed", "source", "model"):
                self.report.add(NotImported(f"the {node['resource_type']} `{node['name']}`"))
        for kind in FOR_OTHERS:
            for node in self.manifest.get(kind, {}).values():
                self.report.add(NotImported(f"the {node['resource_type'].replace('_', ' ')} `{node['name']}`"))
        for unique_id, node in self.nodes.items():
            try:
                self._take(unique_id, node)
            except Left as left:
                self.report.add(NotImported(f"the {node['resource_type']} `{node['name']}`: {left}"))
        return (*self._connections(), *self.contracts, *self.sources, *self.relations)

    def _take(self, unique_id: str, node: Mapping[str, Any]) -> None:
        match node["resource_type"]:
            case "seed":
                name, place = called(node), nodes.String(node["original_file_path"])
                self.contracts.append(self._contract(unique_id, node, self._seed_types(node)))
                self.sources.append(_source(name, "seeds", "path", place))
            case "source":
                name = called(node)
                self.contracts.append(self._contract(unique_id, node, self._known_types(unique_id, node)))
                self.sources.append(_source(name, "database", "path", nodes.String(f"{name}.parquet")))
            case "model":
                self._model(unique_id, node)

    def _connections(self) -> Iterator[nodes.Connection]:
        used = {source.connection.text for source in self.sources}
        stores = any(isinstance(one, nodes.Table) for one in self.relations)
        if "seeds" in used:
            yield _files("seeds", nodes.String(self.root), "csv")
        if "database" in used or stores:
            default = nodes.Call(path_of("env"), (nodes.String("DATA"), nodes.String("data")))
            yield _files("database", default, "parquet")

    # ------------------------------------------------------------------------------------------------------- contracts

    def _seed_types(self, node: Mapping[str, Any]) -> dict[str, nodes.Type]:
        """The types of a seed's columns: as it says itself, else as its file looks."""
        place = os.path.join(self.root, node["original_file_path"])
        try:
            with duckdb.connect(":memory:") as connection:
                found = Draft(connection, f"read_csv({literal(place)})").columns
        except duckdb.Error as error:
            raise Left(str(error).splitlines()[0]) from error
        for name, written in (node["config"].get("column_types") or {}).items():
            found[name] = self._type(written)
        return found

    def _known_types(self, unique_id: str, node: Mapping[str, Any]) -> dict[str, nodes.Type]:
        """The types of a relation's columns, as the database or the project says them."""
        told = self.catalog.get(unique_id, {}).get("columns", {})
        columns = {one["name"]: one["type"] for one in told.values()}
        declared = {one["name"]: one["data_type"] for one in node["columns"].values() if one.get("data_type")}
        found = columns or declared
        if not found:
            raise Left("its columns' types are not known; `dbt docs generate` tells them")
        return {name: self._type(written) for name, written in found.items()}

    def _type(self, written: str) -> nodes.Type:
        try:
            return type_of(exp.DataType.build(written, dialect=self.dialect), self.dialect)
        except (SqlglotError, ValueError) as error:
            raise Left(f"the type `{written}`") from error

    def _contract(self, unique_id: str, node: Mapping[str, Any], types: dict[str, nodes.Type]) -> nodes.Contract:
        told = node.get("columns", {})
        promised: dict[str, dict[str, Any]] = {name: {} for name in types}
        for test in self.tests.get(unique_id, ()):
            try:
                self._promise(test, unique_id, promised)
            except Left as left:
                self.report.add(NotImported(f"a test of `{called(node)}`: {left}"))
        keys = [name for name, promises in promised.items() if promises.get("unique") and promises.get("not_null")]
        if len(keys) == 1:
            promised[keys[0]] = {**promised[keys[0]], "unique": False, "not_null": False, "primary_key": True}
        columns = [
            nodes.ContractColumn(
                nodes.Name(name), kind, description=told.get(name, {}).get("description") or None, **promised[name]
            )
            for name, kind in types.items()
        ]
        return nodes.Contract(nodes.Name(called(node)), tuple(columns), node.get("description") or None)

    def _promise(self, test: Mapping[str, Any], unique_id: str, promised: dict[str, dict[str, Any]]) -> None:
        """What a test asks of its column, as a promise of the contract."""
        kind, column = test["test_metadata"]["name"], test.get("column_name")
        promises = promised.get(column or "")
        arguments = test["test_metadata"]["kwargs"]
        arguments = {**arguments, **(arguments.get("arguments") or {})}
        if promises is None or test["config"].get("where"):
            raise Left(f"`{test['name']}`")
        match kind:
            case "not_null" | "unique":
                promises[kind] = True
            case "accepted_values":
                bare = not arguments.get("quote", True)
                values = [nodes.Number(str(v)) if bare else nodes.String(str(v)) for v in arguments["values"]]
                warns = str(test["config"].get("severity", "")).lower() == "warn"
                condition = nodes.In(nodes.Column(nodes.Name(column or "")), tuple(values))
                action = nodes.OnViolation("warn") if warns else None
                promises["checks"] = (*promises.get("checks", ()), nodes.Check(condition, None, action))
            case "relationships":
                others = [self.nodes[one] for one in test["depends_on"]["nodes"] if one != unique_id]
                if len(others) != 1:
                    raise Left(f"`{test['name']}`")
                field = nodes.Name(arguments["field"])
                promises["references"] = nodes.References(path_of(called(others[0])), (field,))
            case _:
                raise Left(f"`{test['name']}`")

    # ---------------------------------------------------------------------------------------------------------- models

    def _model(self, unique_id: str, node: Mapping[str, Any]) -> None:
        text = node.get("compiled_code")
        if not text or node.get("language", "sql") != "sql":
            raise Left("it has no compiled SQL; `dbt compile` makes it")
        queries = Queries(self.dialect)
        try:
            statements = [one for one in parse(text, read=self.dialect or None) if one is not None]
        except SqlglotError as error:
            raise Left(str(error).splitlines()[0]) from error
        if len(statements) != 1:
            raise Left("several statements")
        if any(table.name == called(node) and table.db for table in statements[0].find_all(exp.Table)):
            raise Left("its SQL is that of a later run, and reads what the last one left; `dbt compile --full-refresh`")
        query: nodes.Query = piped(_without_inlined(queries.query(statements[0], stored=True)))
        for doubt in queries.say.doubts:
            self.report.add(ChangedMeaning(f"{doubt}, in the model `{node['name']}`"))
        name = nodes.Name(called(node))
        contract = self._model_contract(unique_id, node)
        about = node.get("description") or None
        if node["config"].get("materialized") not in ("table", "incremental"):
            self.relations.append(nodes.View(name, query, contract, description=about))
            return
        options = self._refresh(node)
        self.relations.append(nodes.Table(name, query, contract, path_of("database"), options, description=about))

    def _model_contract(self, unique_id: str, node: Mapping[str, Any]) -> nodes.Path | None:
        """The contract that a model's tests make; none without tests."""
        if unique_id not in self.tests:
            return None
        try:
            contract = self._contract(unique_id, node, self._known_types(unique_id, node))
        except Left as left:
            self.report.add(NotImported(f"the tests of the model `{node['name']}`: {left}"))
            return None
        self.contracts.append(contract)
        return nodes.Path((contract.name,))

    def _refresh(self, node: Mapping[str, Any]) -> nodes.Properties:
        keys = node["config"].get("unique_key")
        if node["config"]["materialized"] != "incremental":
            return nodes.Properties()
        # It doesn't read itself, so `is_incremental()` was false when dbt compiled it: the query is of a whole run.
        words = "an incremental model is built whole" + (", merged by its key" if keys else "")
        self.report.add(ChangedMeaning(f"`{node['name']}`: {words}"))
        if not keys:
            return nodes.Properties()
        listed = nodes.Array(tuple([nodes.Column(nodes.Name(k)) for k in ([keys] if isinstance(keys, str) else keys)]))
        merge = nodes.Property(nodes.Name("refresh"), nodes.Column(nodes.Name("merge")))
        return nodes.Properties((merge, nodes.Property(nodes.Name("key"), listed)))


def _about(test: Mapping[str, Any]) -> str | None:
    """What a test is about, as far as dbt tells: of a source's, only what it reads is known."""
    read = test["depends_on"]["nodes"]
    attached: str | None = test.get("attached_node")
    return attached or (read[0] if len(read) == 1 else None)


def called(node: Mapping[str, Any]) -> str:
    """What a relation is called in the database, and so in the SQL of those that read it."""
    name = node.get("identifier") or node.get("alias") or node["name"]
    return str(name)


def _without_inlined(tree: Any) -> Any:
    """`tree` with models by their names where dbt had written them out."""
    tree = map_parts(tree, _without_inlined)
    match tree:
        case nodes.Query(start, operators, common, recursive) if common:
            kept = tuple([one for one in common if not one.name.text.startswith(INLINED)])
            return nodes.Query(start, operators, kept, recursive, span=tree.span)
        case nodes.TableRef(path, alias) if path.text.startswith(INLINED):
            return nodes.TableRef(path_of(path.text.removeprefix(INLINED)), alias, span=tree.span)
        case _:
            return tree


def _source(name: str, connection: str, option: str, place: nodes.String) -> nodes.Source:
    properties = nodes.Properties((nodes.Property(nodes.Name(option), place),))
    return nodes.Source(nodes.Name(name), path_of(name), path_of(connection), properties)


def _files(name: str, root: nodes.Expr, shape: str) -> nodes.Connection:
    options = (
        nodes.Property(nodes.Name("root"), root),
        nodes.Property(nodes.Name("format"), nodes.Column(nodes.Name(shape))),
    )
    return nodes.Connection(nodes.Name(name), nodes.Name("files"), nodes.Properties(options))
