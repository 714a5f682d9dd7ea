"""What every benchmark shares: the shape of a result, the machine's name, percentiles."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"


def machine() -> str:
    """Processor, cores and memory, in one line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line
        ]
        model = names[0] if names else model
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {gib:.0f} GiB"


def commit() -> str:
    """The checkout's commit; "unknown" outside a checkout."""
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"


def write_result(
    benchmark: str,
    catalog: str,
    rows: list[dict[str, Any]],
    *,
    split_sha256: str = "",
    name: str | None = None,
) -> Path:
    """Write one result file in the contract's shape and print its rows; returns its path."""
    result = {
        "benchmark": benchmark,
        "catalog": catalog,
        "command": " ".join(["python", *[str(arg).replace(f"{ROOT}/", "") for arg in sys.argv]]),
        "commit": commit(),
        "machine": machine(),
        "split_sha256": split_sha256,
        "rows": rows,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name or f'{benchmark}-{catalog}'}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    for row in rows:
        print(json.dumps(row))
    return path


def row(method: str, where: str, n: int, **metrics: float) -> dict[str, Any]:
    """One row of a result; metrics rounded to what the clock and the sample support."""
    return {"method": method, "slice": where, "n": n, "metrics": {k: round(v, 4) for k, v in metrics.items()}}


def percentiles(milliseconds: list[float]) -> dict[str, float]:
    """p50, p95 and p99 of a list of times."""
    p50, p95, p99 = np.percentile(milliseconds, [50, 95, 99])
    return {"p50_ms": float(p50), "p95_ms": float(p95), "p99_ms": float(p99)}
