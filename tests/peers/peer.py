"""One peer at work: the same calls twice, first as misses and then as hits, timed in this process.

    python peer.py NAME FOLDER CALLS

prints the seconds of both as JSON. Starting Python and importing the peer is not in them.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Callable

Sum = Callable[[int, int], int]


def sum(a: int, b: int) -> int:
    return a + b


def of_diskcache(folder: Path) -> Sum:
    import diskcache

    return diskcache.Cache(folder).memoize()(sum)


def of_joblib(folder: Path) -> Sum:
    import joblib

    return joblib.Memory(folder, verbose=0).cache(sum)


def of_flytekit(folder: Path) -> Sum:
    # Its local cache is in the home folder, wherever that is when it is imported.
    os.environ["HOME"] = str(folder)
    import flytekit

    task = flytekit.task(sum, cache=flytekit.Cache(version="1"))
    return lambda a, b: task(a=a, b=b)


PEERS = {"diskcache": of_diskcache, "joblib": of_joblib, "flytekit": of_flytekit}


def timed(call: Sum, calls: int) -> float:
    began = time.perf_counter()
    for number in range(calls):
        if call(number, 1) != number + 1:
            raise SystemExit(f"a wrong answer for {number}")
    return time.perf_counter() - began


def main() -> None:
    name, folder, calls = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    call = PEERS[name](folder)
    misses = timed(call, calls)
    print(json.dumps({"misses": misses, "hits": timed(call, calls)}))


if __name__ == "__main__":
    main()
