"""Make the eight tables at a scale: `python make_data.py 0.1` writes about 30 MB of parquet files to data/.

The generator is the package tpchgen-cli: `pip install 'oftra[tpch]'`.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from shutil import which

HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(description="Make TPC-H's eight tables as parquet files.")
    parser.add_argument("scale", nargs="?", type=float, default=0.1, help="1 is about 300 MB (default: 0.1)")
    parser.add_argument("--out", type=Path, default=HERE / "data", help="the folder to write to (default: data)")
    given = parser.parse_args()
    generator = which("tpchgen-cli", path=str(Path(sys.executable).parent)) or which("tpchgen-cli")
    if generator is None:
        print("tpchgen-cli is not installed: pip install 'oftra[tpch]'", file=sys.stderr)
        return 1
    command = [generator, "parquet", "-s", str(given.scale), f"--output-dir={given.out}", "--quiet"]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
