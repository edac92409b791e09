"""Larder beside its peers: the same calls of a task with nothing to do, first as misses and then as hits.

    python3 tests/peers/compare.py [--calls 10000] [--rounds 3]

installs the peers, pinned in requirements.txt, from PyPI into a virtual environment under target/, builds larder in
release mode, and prints one table. Each makes its calls in one process; what it takes to start that is left out. Larder's
answers are on disk before they are told, and none of the peers waits for that. Beside these stands `larder batch` as a
whole process, from its start to its end, with its inputs read and every answer printed. Each figure is the median of the
rounds, in which all take turns.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = ROOT / "target"
PEERS = ("diskcache", "joblib", "flytekit")
LARDER, BATCH = "Larder", "larder batch"

# How many times as long as Larder each peer must take at least: for misses, and for hits.
LEAST = {"diskcache": (1, 10), "joblib": (1, 50), "flytekit": (1, 50)}


def python_with_peers() -> Path:
    """The interpreter of an environment that has the peers, and nothing else."""
    folder = TARGET / "peers"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--requirement", HERE / "requirements.txt"], check=True)
    return python


def larder_built() -> None:
    what = ["--bin", "larder", "--example", "ten_thousand"]
    subprocess.run(["cargo", "build", "--quiet", "--release", "--package", "larder", *what], check=True, cwd=ROOT)


def batch(cache: Path, inputs: Path, calls: int, status: str) -> float:
    """The seconds of one `larder batch`, all of whose calls must have this status."""
    larder = TARGET / "release" / "larder"
    command = [larder, "--quiet", "batch", "--cache-version", "1", "--cache-dir", cache, HERE / "sum.wat", "sum", inputs]
    output = cache.parent / "output.ndjson"
    began = time.perf_counter()
    with output.open("wb") as lines:
        subprocess.run(command, check=True, stdout=lines)
    seconds = time.perf_counter() - began
    rows = [json.loads(line) for line in output.read_bytes().splitlines()]
    good = [row["status"] == status and row["result"] == number + 1 for number, row in enumerate(rows)]
    if len(good) != calls or not all(good):
        raise SystemExit(f"not all of the {calls} calls were right, and of the status `{status}`")
    return seconds


def of_batch(folder: Path, calls: int) -> dict[str, float]:
    inputs = folder / "inputs.ndjson"
    inputs.write_text("".join(f'{{"a":{number},"b":1}}\n' for number in range(calls)))
    misses = batch(folder / "cache", inputs, calls, "miss")
    return {"misses": misses, "hits": batch(folder / "cache", inputs, calls, "hit")}


def of_larder(folder: Path, calls: int) -> dict[str, float]:
    command = [TARGET / "release" / "examples" / "ten_thousand", HERE / "sum.wat", folder / "cache", str(calls)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def of_peer(python: Path, name: str, folder: Path, calls: int) -> dict[str, float]:
    command = [python, HERE / "peer.py", name, folder, str(calls)]
    environment = {**os.environ, "HOME": str(folder)}
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=folder, env=environment).stdout
    return json.loads(output.splitlines()[-1])


def table(times: dict[str, dict[str, float]], calls: int) -> tuple[str, bool]:
    """The table, and whether Larder is as much faster as it has to be."""
    head = f"{calls:,} calls | misses | of Larder's | at least | hits | of Larder's | at least"
    lines = [f"| {head} |", "|---|---|---|---|---|---|---|"]
    all_good = True
    for name, taken in times.items():
        cells = [f"`{name}`" if name == BATCH else name]
        for what, least in zip(("misses", "hits"), LEAST.get(name, ("", ""))):
            ratio = taken[what] / times[LARDER][what]
            all_good &= not least or ratio >= least
            cells += [told(taken[what]), "" if name == LARDER else f"{ratio:.1f}×", least and f"{least}×"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines), all_good


def told(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{seconds * 1e3:.1f} ms"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--calls", type=int, default=10_000)
    arguments.add_argument("--rounds", type=int, default=3)
    asked = arguments.parse_args()
    python = python_with_peers()
    larder_built()
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in (LARDER, BATCH, *PEERS)}
    for _ in range(asked.rounds):
        for name, taken in rounds.items():
            # In the target folder: a temporary file system in memory would make commits free.
            with tempfile.TemporaryDirectory(dir=TARGET) as folder:
                if name == LARDER:
                    taken.append(of_larder(Path(folder), asked.calls))
                elif name == BATCH:
                    taken.append(of_batch(Path(folder), asked.calls))
                else:
                    taken.append(of_peer(python, name, Path(folder), asked.calls))
            print(f"{name}: {told(taken[-1]['misses'])}, {told(taken[-1]['hits'])}", file=sys.stderr)
    times = {
        name: {what: statistics.median(one[what] for one in taken) for what in ("misses", "hits")}
        for name, taken in rounds.items()
    }
    text, all_good = table(times, asked.calls)
    print(text)
    return 0 if all_good else 1


if __name__ == "__main__":
    sys.exit(main())
