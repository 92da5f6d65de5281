"""The project that `oftra init` makes."""

import json
from collections.abc import Mapping

MANIFEST = """\
[project]
name = {name}
version = "0.1.0"
store = "results"
"""

PROGRAM = """\
-- Sales of a coffee bar: what comes in, what is made of it, what goes out.

/// One sale, as the till wrote it down.
contract sale {
  version: 1.0,
  sale_id int           not null,
  sold_at timestamp     not null  event time,
  drink   string        not null,
  cups    int           not null  check (cups > 0),
  /// Of one cup.
  price   decimal(6, 2) not null  check (price >= 0),
  primary key (sale_id),
}

connection till    = files { root: 'data', format: csv }
connection results = files { root: 'out', format: parquet }

source sales: sale from till { path: 'sales.csv' }

/// Cups and takings of every drink, day by day.
table daily_takings =
  from sales
  |> aggregate sum(cups) as cups, sum(cups * price) as takings
     group by cast(sold_at as date) as day, drink
  |> order by day, drink

sink takings_report from daily_takings into results { path: 'daily_takings.csv', format: csv }

test 'takings add up by day and drink' {
  given sales
    | sale_id | sold_at                | drink      | cups | price |
    | 1       | '2026-03-01 08:59:00Z' | 'espresso' | 2    | 2.50  |
    | 2       | '2026-03-01 09:30:00Z' | 'espresso' | 1    | 2.50  |
    | 3       | '2026-03-01 23:59:59Z' | 'latte'    | 1    | 3.80  |
    | 4       | '2026-03-02 00:00:00Z' | 'latte'    | 1    | 3.80  |
  expect daily_takings
    | day          | drink      | cups | takings |
    | '2026-03-01' | 'espresso' | 3    | 7.50    |
    | '2026-03-01' | 'latte'    | 1    | 3.80    |
    | '2026-03-02' | 'latte'    | 1    | 3.80    |
}
"""

SALES = """\
sale_id,sold_at,drink,cups,price
1,2026-03-01 07:58:12Z,espresso,1,2.50
2,2026-03-01 08:03:40Z,latte,2,3.80
3,2026-03-01 08:15:05Z,espresso,2,2.50
4,2026-03-01 16:42:59Z,tea,1,2.90
5,2026-03-02 07:49:30Z,latte,1,3.80
6,2026-03-02 08:21:18Z,espresso,3,2.50
7,2026-03-02 12:05:44Z,tea,2,2.90
8,2026-03-02 15:37:01Z,latte,1,4.00
"""

README = """\
# {title}

A project of Oftra's: `sales.oftra` says what comes in, what is made of it and what goes out.

    oftra check                          # is it right?
    oftra test                           # does it do what its tests say?
    oftra run                            # build daily_takings, and write out/
    oftra query 'from sales |> limit 3'  # look at any relation
    oftra compile                        # write build/: the same program for each engine

`build/` is meant to be committed: a review then shows what a change does to the generated code.
"""

IGNORE = """\
/.oftra/
/out/
"""

WORKFLOW = """\
name: oftra

on:
  push:
    branches: [main]
  pull_request:

jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install 'oftra[duckdb]'
      - run: oftra check --format github
      - run: oftra fmt --check
      - run: oftra test
      - name: The generated files are those of the program
        run: oftra compile --check
"""

PRE_COMMIT = """\
repos:
  - repo: local
    hooks:
      - id: oftra-fmt
        name: oftra fmt
        entry: oftra fmt
        language: system
        files: \\.oftra$
      - id: oftra-compile
        name: oftra compile
        entry: oftra compile
        language: system
        files: (\\.oftra|oftra\\.toml)$
        pass_filenames: false
"""


def project_files(name: str, ci: bool) -> Mapping[str, str]:
    """The files of a new project called `name`, by path; with `ci` also what runs it in CI and before a commit."""
    files = {
        "oftra.toml": MANIFEST.format(name=json.dumps(name)),  # a string is written alike in JSON and TOML
        "sales.oftra": PROGRAM,
        "data/sales.csv": SALES,
        "README.md": README.format(title=name),
        ".gitignore": IGNORE,
    }
    if ci:
        files |= {".github/workflows/oftra.yml": WORKFLOW, ".pre-commit-config.yaml": PRE_COMMIT}
    return files
