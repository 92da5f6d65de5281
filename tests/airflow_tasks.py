"""A program with tasks of all kinds, for a real Airflow."""

TASKS = """\
connection here = files { root: 'data', format: csv }
contract ride { id int not null, fare int not null }
source rides: ride from here { path: 'rides.csv' }
source others: ride from here { path: 'others.csv' }
param city string = 'Zürich'
param since timestamp = timestamp '2026-01-01 00:00:00Z'
param known boolean = true
param failed int = 0

/// Fails twice, then brings the rides.
task fetch {
  writes: [rides],
  env: {
    DAY: run.start, CITY: city, SINCE: since, KNOWN: known, FAILED: failed,
    HOSTILE: '{{ ds }} $x "é', API_KEY: secret('rides/key'),
  },
  counts: [requests, failed],
  retries: 2,
  retry_delay: interval 1 second,
} = shell $$
  echo x >> tries
  test $(wc -l < tries) -ge 3
  printf 'id,fare\\n1,%s\\n2,7\\n' 5 > data/rides.csv
  echo "key is $API_KEY"
  echo '{"requests": 3, "failed": '$FAILED'}' > "$COUNTS"
  printf '%s|' "$DAY" "$CITY" "$SINCE" "$KNOWN" "$HOSTILE" '{{ ds }}' > told
$$
table revenue { before: [tidy], after: [look] } = from rides |> aggregate sum(fare) as revenue
task score { reads: [revenue], env: { CITY: city } } = python { file: 'models/score.py', function: 'main' }
task look = python $$
  with open("looked", "a") as file:
      print("revenue is written", file=file)
$$
task tidy = sql duckdb $$ copy (select 1 as one) to 'tidied.csv' $$
task cheer = shell $$ echo cheer >> heard $$
task moan = shell $$ echo moan >> heard $$
pipeline rides_daily {
  build: [revenue, score], schedule: '0 6 * * *', on_success: [cheer], on_failure: [moan],
  require rows(rides) >= 2 and fetch.failed = 0 else stop,
}

table arrived = from others |> aggregate count(*) as rides
pipeline waits { build: [arrived], on_success: [cheer], on_failure: [moan], require rows(others) > 9 else skip }

task hangs { timeout: interval 2 seconds } = shell $$ sleep 600 & sleep 600 $$
table never { before: [hangs] } = from others |> select id
pipeline late { build: [never], on_success: [cheer], on_failure: [moan] }

source brought: ride from here { path: 'others.csv' }
task sync { writes: [brought], counts: [rows, bytes] } = airbyte {
  url: env('AIRBYTE'), connection: '03d6a5f3-8d4b-4a8e-9a5f-0c1d2e3f4a5b', poll: interval 10 milliseconds,
  client_id: 'me', client_secret: secret('airbyte/secret'),
}
table taken = from brought |> aggregate count(*) as rides
pipeline syncs { build: [taken], require sync.rows = 7 and sync.bytes > 1000 else stop }

param enough int = 2
source pieces: ride from here { path: 'pieces.csv' }
/// Brings one piece more than before, and begins anew where more are asked for.
task bring { writes: [pieces], counts: [tries], env: { ENOUGH: enough } } = shell $$
  echo x >> "brought $ENOUGH"
  echo id,fare > data/pieces.csv
  sed s/x/1,2/ < "brought $ENOUGH" >> data/pieces.csv
  echo '{"tries": '$(wc -l < "brought $ENOUGH")'}' > "$COUNTS"
$$
table whole = from pieces |> aggregate count(*) as n
pipeline complete {
  build: [whole], retries: 2, retry_delay: interval 1 second,
  require bring.tries < 9 else stop,
  require rows(pieces) >= enough and bring.tries = rows(pieces) else retry pieces,
}

task note { reads: [taken] } = notebook { file: 'models/note.ipynb', params: { city: city, day: run.start } }
task build { counts: [passed, failed] } = dbt { project: 'warehouse', select: city, vars: { day: run.start } }
pipeline notes { build: [note, build] }
"""
SCORE = """\
import os
from pathlib import Path


def main() -> None:
    revenue = Path("data/revenue.csv").read_text()
    Path("scored").write_text(f"{os.environ['CITY']} {revenue}")
"""
