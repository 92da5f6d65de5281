"""Projects of any size in the three layers that warehouses have, the same work said in Oftra and in dbt.

Of every hundred models forty clean a source, thirty-five join two or three of those, twenty-five aggregate a join; each
is about 27 lines long. The same size always gives the same project.
"""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Layer = Literal["staging", "joined", "mart"]

# raw name, its type there, clean name, its type then
COLUMNS = [
    ("id", "bigint", "id", "bigint"),
    ("cust_id", "bigint", "customer_id", "bigint"),
    ("prod_id", "bigint", "product_id", "bigint"),
    ("region", "string", "region_code", "string"),
    ("status", "string", "order_status", "string"),
    ("amt", "string", "amount", "double"),
    ("qty", "string", "quantity", "bigint"),
    ("price", "string", "unit_price", "double"),
    ("tax", "string", "tax_rate", "double"),
    ("disc", "string", "discount", "double"),
    ("created", "timestamp", "created_at", "timestamp"),
    ("updated", "timestamp", "updated_at", "timestamp"),
    ("active", "string", "is_active", "boolean"),
    *((f"a{number}", "double", f"metric_{number}", "double") for number in range(8)),
]
CLEAN = [clean for _, _, clean, _ in COLUMNS]
MEASURES = ["amount", "quantity", "unit_price", "tax_rate", "discount", *(f"metric_{number}" for number in range(8))]
DERIVED = [
    "a.amount * a.quantity as gross",
    "a.amount * (1 - a.discount) * (1 + a.tax_rate) as net",
    "case when a.amount > 100 then 'big' else 'small' end as bucket",
]
OTHERS = [("b", "customer_id"), ("c", "product_id")]  # the alias of a joined relation, and the key that leads to it
BORROWED = ["order_status", "amount", "created_at"]
TOTALS = [
    *(f"sum({measure}) as total_{measure}" for measure in MEASURES),
    "sum(gross) as gross",
    "avg(net) as avg_net",
    "max(updated_at) as last_update",
]


@dataclass(frozen=True)
class Model:
    """One model: its layer, and the relations that it reads."""

    name: str
    layer: Layer
    inputs: tuple[str, ...]


def layered(size: int) -> list[Model]:
    """A project of `size` models."""
    choose = random.Random(size)
    staging = max(2, size * 40 // 100)
    joined = max(1, size * 35 // 100)
    models = [Model(f"stg_{number}", "staging", (f"src_{number}",)) for number in range(staging)]
    for number in range(joined):
        inputs = choose.sample(range(staging), min(staging, choose.choice((2, 3))))
        models.append(Model(f"int_{number}", "joined", tuple(f"stg_{chosen}" for chosen in inputs)))
    for number in range(size - staging - joined):
        models.append(Model(f"mart_{number}", "mart", (f"int_{choose.randrange(joined)}",)))
    return models


def _listed(items: list[str], separator: str) -> str:
    return separator.join(items)


def _join_columns(others: int) -> list[str]:
    own = [f"a.{name}" for name in CLEAN]
    borrowed = [f"{alias}.{name} as {alias}_{name}" for alias, _ in OTHERS[:others] for name in BORROWED]
    return [*own, *DERIVED, *borrowed]


def oftra_model(model: Model) -> str:
    """The model as an `.oftra` file."""
    comma = ",\n       "
    first, *others = model.inputs
    match model.layer:
        case "staging":
            steps = [
                f"from {first}",
                "|> where active <> 'deleted' and amt is not null",
                f"|> select {_listed([f'cast({raw} as {kind}) as {clean}' for raw, _, clean, kind in COLUMNS], comma)}",
            ]
        case "joined":
            steps = [f"from {first} as a"]
            steps += [
                f"|> left join {other} as {alias} on a.{key} = {alias}.id"
                for other, (alias, key) in zip(others, OTHERS)
            ]
            steps += ["|> where a.is_active", f"|> select {_listed(_join_columns(len(others)), comma)}"]
        case "mart":
            steps = [
                f"from {first}",
                f"|> aggregate {_listed(['count(*) as n_rows', *TOTALS], comma)}\n"
                "     group by region_code, order_status, bucket, date_trunc('month', created_at) as month",
                "|> where n_rows > 1",
            ]
    kind = "table" if model.layer == "mart" else "view"
    return f"{kind} {model.name} =\n  " + "\n  ".join(steps) + "\n"


def dbt_model(model: Model) -> str:
    """The model as a dbt file."""
    comma = ",\n    "
    first, *others = [
        f"{{{{ source('raw', '{name}') }}}}" if model.layer == "staging" else f"{{{{ ref('{name}') }}}}"
        for name in model.inputs
    ]
    kinds = {"string": "varchar"}
    match model.layer:
        case "staging":
            columns = [f"cast({raw} as {kinds.get(kind, kind)}) as {clean}" for raw, _, clean, kind in COLUMNS]
            rest = [f"from {first}", "where active <> 'deleted' and amt is not null"]
        case "joined":
            columns = _join_columns(len(others))
            rest = [f"from {first} as a"]
            rest += [
                f"left join {other} as {alias} on a.{key} = {alias}.id" for other, (alias, key) in zip(others, OTHERS)
            ]
            rest += ["where a.is_active"]
        case "mart":
            keys = ["region_code", "order_status", "bucket"]
            columns = [*keys, "date_trunc('month', created_at) as month", "count(*) as n_rows", *TOTALS]
            rest = [
                f"from {first}",
                f"group by {', '.join(keys)}, date_trunc('month', created_at)",
                "having count(*) > 1",
            ]
    return "\n".join([f"select\n    {_listed(columns, comma)}", *rest]) + "\n"


def write_oftra(models: list[Model], folder: Path) -> None:
    """The project for Oftra."""
    sources = [model.inputs[0] for model in models if model.layer == "staging"]
    columns = "".join(f"  {raw} {kind},\n" for raw, kind, _, _ in COLUMNS)
    listed = "".join(f"source {name}: raw_row from raw {{ path: '{name}.parquet' }}\n" for name in sources)
    toml = '[project]\nname = "layers"\nversion = "1.0.0"\nstore = "warehouse"\n'
    places = (
        "connection raw = files { root: 'data', format: parquet }\n"
        "connection warehouse = files { root: 'tables', format: parquet }\n"
    )
    _write(folder / "oftra.toml", toml)
    _write(folder / "sources.oftra", f"contract raw_row {{\n{columns}}}\n{places}{listed}")
    for model in models:
        _write(folder / f"{model.name}.oftra", oftra_model(model))


def write_dbt(models: list[Model], folder: Path) -> None:
    """The project for dbt."""
    sources = [model.inputs[0] for model in models if model.layer == "staging"]
    _write(
        folder / "dbt_project.yml",
        "name: layers\nversion: '1.0'\nconfig-version: 2\nprofile: layers\nmodel-paths: [models]\n",
    )
    _write(
        folder / "profiles.yml",
        "layers:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      path: layers.duckdb\n",
    )
    tables = "".join(f"      - name: {name}\n" for name in sources)
    _write(folder / "models" / "sources.yml", f"version: 2\nsources:\n  - name: raw\n    tables:\n{tables}")
    for model in models:
        _write(folder / "models" / model.layer / f"{model.name}.sql", dbt_model(model))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
