"""Runs a module as `python -m` would, and leaves behind what it cost.

`python -m tests.benchmarks.measured OUT MODULE ARGUMENTS…`; with BENCHMARK_PROFILE a profile is written to that file.
Seconds of CPU are those of the whole process, start-up included; the peak of memory is the kernel's own VmHWM, which
unlike ru_maxrss knows nothing of the process that started us.
"""

from __future__ import annotations

import json
import os
import re
import resource
import runpy
import sys
import time
from pathlib import Path


def cost(started: float) -> dict[str, float]:
    """CPU seconds, wall seconds, and the peak of memory in MB."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    return {
        "cpu": used.ru_utime + used.ru_stime,
        "wall": time.monotonic() - started,
        "rss": int(peak.group(1)) / 1024 if peak else 0.0,
    }


def main() -> None:
    """Run it, and exit as it does."""
    out, module, *arguments = sys.argv[1:]
    started = time.monotonic()
    sys.argv = [module, *arguments]
    try:
        if profile := os.environ.get("BENCHMARK_PROFILE"):
            import cProfile

            profiler = cProfile.Profile()
            try:
                profiler.runcall(runpy.run_module, module, run_name="__main__", alter_sys=True)
            finally:
                profiler.dump_stats(profile)
        else:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        Path(out).write_text(json.dumps(cost(started)), "utf-8")


if __name__ == "__main__":
    main()
