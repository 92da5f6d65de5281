"""A program with tasks of several kinds, for jobs of Databricks, and the files that they run."""

WORKED = """
connection lake = files { root: 'data', format: json }
contract one { n int not null }
source got: one from lake { path: 'got.jsonl' }
param bad int = 0
/// Brings the numbers.
task fetch {
  writes: [got],
  counts: [asked, failed],
  env: { BAD: bad, DAY: run.start, KEY: secret('scope/key'), TEXT: '{{ x }} ${y}' },
} = shell $$
  echo '{"n": 1}' > data/got.jsonl
  printf '%s|' "$BAD" "$DAY" "$KEY" "$TEXT" > told
  echo "{\\"failed\\": $BAD}" > "$COUNTS"
$$
task score { reads: [taken], env: { BAD: bad } } = python { file: 'score.py', function: 'main' }
task note { reads: [taken], counts: [notes] } = notebook { file: 'note.ipynb', params: { bad: bad, day: run.start } }
task look = python $$
  from pathlib import Path
  Path("looked").write_text("yes")
$$
task cheer = shell $$ echo cheer >> heard $$
task moan = shell $$ echo moan >> heard $$
table taken in lake { after: [look] } = from got
pipeline worked {
  build: [taken, score, note],
  on_success: [cheer],
  on_failure: [moan],
  require fetch.failed = 0 and fetch.asked is null else stop, require note.notes = 7 else stop,
}
"""
NOTE = """{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
  {"cell_type": "markdown", "metadata": {}, "source": "# A note"},
  {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": ["bad, day = 4, ''"], "outputs": []},
  {"cell_type": "code", "source": ["open('noted', 'w').write(f'{bad + 1} {day} {spark.range(3).count()}')\\n",
    "open(os.environ['COUNTS'], 'w').write('{\\"notes\\": 7}')"
  ]}
]}"""
SCORE = """
def main():
    import os

    with open("scored", "w") as file:
        file.write(f"{__name__} {os.environ['BAD']}")


if __name__ == "__main__":
    raise SystemExit(1)
"""
