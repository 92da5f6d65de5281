"""A workspace of Databricks, as small as its Jobs API may be: `databricks_workspace.py FOLDER PLACE`.

Submitted notebooks are run for real, one after another in one Spark: what lies below `/Workspace/Shared` there lies
below FOLDER here. A notebook called `hangs` runs until it is cancelled. The port is written to `PLACE/port`, each body
that is submitted to `PLACE/ID.json`.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pyspark.sql import SparkSession
from run_notebooks import run

SHARED = "/Workspace/Shared/"
TOKEN = "Bearer a-token"
OF_TASK = 1000
"""By how much the number of a task's run is larger than that of the run that it belongs to."""


class Workspace:
    """The runs so far, by number: what was submitted, its state, and what it has given."""

    def __init__(self, folder: Path, place: Path) -> None:
        self.folder, self.place = folder, place
        self.runs: dict[int, dict[str, Any]] = {}
        self.waiting: Queue[int] = Queue()

    def submit(self, body: dict[str, Any]) -> dict[str, Any]:
        number = len(self.runs) + 1
        (self.place / f"{number}.json").write_text(json.dumps(body))
        state = {"life_cycle_state": "PENDING"}
        self.runs[number] = {"body": body, "state": state, "output": {}, "cancelled": threading.Event()}
        self.waiting.put(number)
        return {"run_id": number}

    def get(self, number: int) -> dict[str, Any]:
        found = self.runs[number]
        (task,) = found["body"]["tasks"]
        of_task = {"run_id": number + OF_TASK, "task_key": task["task_key"], "state": found["state"]}
        told = {"run_id": number, "job_id": number, "run_page_url": f"http://127.0.0.1/{number}"}
        return {**told, "state": dict(found["state"]), "tasks": [of_task]}

    def output(self, number: int) -> dict[str, Any]:
        return {"metadata": {"run_id": number}, **self.runs[number - OF_TASK]["output"]}

    def cancel(self, body: dict[str, Any]) -> dict[str, Any]:
        self.runs[body["run_id"]]["cancelled"].set()
        return {}

    def work(self, spark: SparkSession) -> None:
        """Run what is submitted."""
        while True:
            found = self.runs[self.waiting.get()]
            found["state"] = {"life_cycle_state": "RUNNING"}
            (task,) = found["body"]["tasks"]
            asked = task["notebook_task"]
            path = self.folder / f"{asked['notebook_path'].removeprefix(SHARED)}.py"
            if path.stem == "hangs":
                found["cancelled"].wait(300)
                found["state"] = {"life_cycle_state": "TERMINATED", "result_state": "CANCELED"}
                continue
            result = self.ran(spark, path, asked["base_parameters"], found["output"])
            found["state"] = {"life_cycle_state": "TERMINATED", "result_state": result, "state_message": ""}

    def ran(self, spark: SparkSession, path: Path, given: dict[str, str], output: dict[str, Any]) -> str:
        """Run a notebook, which finds what lies beside it and nothing of those before."""
        sys.path.insert(0, str(path.parent))
        try:
            text = json.dumps(run(spark, path, given)["said"])
            output["notebook_output"] = {"result": text, "truncated": False}
            return "SUCCESS"
        except Exception as error:
            output["error"] = f"{type(error).__name__}: {error}"
            return "FAILED"
        finally:
            sys.path.remove(str(path.parent))
            for name in [name for name in sys.modules if name.endswith("_support")]:
                del sys.modules[name]


class Api(BaseHTTPRequestHandler):
    """The calls of the API that are known."""

    workspace: Workspace

    def do_GET(self) -> None:
        call = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        asked = json.loads(self.rfile.read(length)) if length else {}
        number = int(asked.get("run_id") or parse_qs(call.query)["run_id"][0])
        calls = {"/api/2.2/jobs/runs/get": self.workspace.get, "/api/2.2/jobs/runs/get-output": self.workspace.output}
        self.answer(calls[call.path](number))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = {"submit": self.workspace.submit, "cancel": self.workspace.cancel}
        self.answer(known[self.path.removeprefix("/api/2.2/jobs/runs/")](body))

    def answer(self, found: dict[str, Any]) -> None:
        self.send_response(200 if self.headers["Authorization"] == TOKEN else 403)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(found).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


def main(folder: str, place: str) -> None:
    Api.workspace = Workspace(Path(folder), Path(place))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (Path(place) / "port").write_text(str(server.server_address[1]))
    spark = SparkSession.builder.getOrCreate()
    spark.sql("create database if not exists sales")
    Api.workspace.work(spark)


if __name__ == "__main__":
    main(*sys.argv[1:])
