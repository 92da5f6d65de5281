"""Compile `dbt_shop` with dbt anew, and keep of its manifest and catalog what is read.

python -m venv dbt && dbt/bin/pip install dbt-core dbt-duckdb
python tests/unit/remake_dbt_shop.py dbt/bin/dbt
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SHOP = Path(__file__).parent / "dbt_shop"
KEPT = (
    "name", "resource_type", "original_file_path", "alias", "identifier", "description", "columns", "language",
    "depends_on", "compiled_code", "column_name", "attached_node", "test_metadata",
)  # fmt: skip
OF_CONFIG = ("materialized", "severity", "where", "column_types", "unique_key")
OF_COLUMN = ("name", "description", "data_type")


def main(dbt: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "shop"
        shutil.copytree(SHOP, project, ignore=shutil.ignore_patterns("target"))
        # What an incremental model is in a first run is what a program is made of.
        for command in (["build"], ["docs", "generate"], ["compile", "--full-refresh"]):
            subprocess.run([str(Path(dbt).absolute()), *command, "--profiles-dir", "."], cwd=project, check=True)
        manifest = json.loads((project / "target" / "manifest.json").read_text())
        catalog = json.loads((project / "target" / "catalog.json").read_text())
    written = {"manifest.json": manifest_of(manifest), "catalog.json": catalog_of(catalog)}
    for name, content in written.items():
        (SHOP / "target" / name).write_text(json.dumps(content, indent=1) + "\n")


def manifest_of(found: dict[str, Any]) -> dict[str, Any]:
    """Its nodes as far as they are read; of the rest only names."""
    about = {name: found["metadata"][name] for name in ("dbt_schema_version", "dbt_version", "adapter_type")}
    kept = {kind: {key: node_of(node) for key, node in found[kind].items()} for kind in ("nodes", "sources")}
    named = {
        key: {"name": node["name"], "resource_type": node["resource_type"]} for key, node in found["exposures"].items()
    }
    return {"metadata": about, **kept, "exposures": named}


def node_of(node: dict[str, Any]) -> dict[str, Any]:
    kept = {name: node[name] for name in KEPT if name in node}
    kept["columns"] = {key: {one: column[one] for one in OF_COLUMN} for key, column in node["columns"].items()}
    return {**kept, "config": {name: node["config"][name] for name in OF_CONFIG if name in node["config"]}}


def catalog_of(found: dict[str, Any]) -> dict[str, Any]:
    return {
        kind: {key: {"columns": node["columns"]} for key, node in found[kind].items()} for kind in ("nodes", "sources")
    }


if __name__ == "__main__":
    main(sys.argv[1])
