"""Runs declarative pipelines by `spark-pipelines`, against one Spark: `run_pipelines.py SCHEMAS COMMAND=SPEC ...`.

Beside a specification stands what was said, in a file `.log`, and in one `.code` how each command ended. The command
`bring` copies what is in a folder to `data` beside it, so that what runs behind it finds more.
"""

import os
import shutil
import socket
import subprocess
import sys
import uuid
from pathlib import Path

from pyspark.sql import SparkSession

COMMAND = Path(sys.executable).parent / "spark-pipelines"


def main(schemas: str, *calls: str) -> None:
    """Start a Spark that speaks Connect, and bring it the pipelines."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    token = str(uuid.uuid4())
    settings = {
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.port": str(port),
        "spark.connect.authenticate.token": token,
        "spark.sql.pipelines.execution.maxFlowRetryAttempts": "0",
    }
    spark = SparkSession.builder.config(map=settings).getOrCreate()
    for schema in schemas.split(","):
        spark.sql(f"create schema {schema}")
    inner = {name: value for name, value in os.environ.items() if name != "PYSPARK_SUBMIT_ARGS"}
    # By any other name than `localhost` a token would be sent through TLS alone, which the server has not.
    inner |= {"SPARK_CONNECT_AUTHENTICATE_TOKEN": token, "PYSPARK_PYTHON": sys.executable}
    for command, _, given in [call.partition("=") for call in calls]:
        path = Path(given)
        if command == "bring":
            # As they are written now: what was there before is older.
            shutil.copytree(path, path.parent / "data", copy_function=shutil.copyfile, dirs_exist_ok=True)
            continue
        call = [str(COMMAND), "--remote", f"sc://localhost:{port}", command, "--spec", str(path)]
        done = subprocess.run(call, env=inner, cwd=path.parent, capture_output=True, text=True, timeout=600)
        with open(path.with_suffix(".log"), "a") as log:
            log.write(done.stdout + done.stderr)
        with open(path.with_suffix(".code"), "a") as code:
            code.write(f"{command} {done.returncode}\n")
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
