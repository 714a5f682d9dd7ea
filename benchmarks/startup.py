"""Seconds to the help text, to an import, to one shot from the shell and to the prompt."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pexpect

from benchmarks.common import row, write_result

PALATE = str(Path(sys.executable).with_name("palate"))
RUNS = 7
ENVIRONMENT = {**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm-256color", "NO_COLOR": "1"}


def seconds(command: list[str]) -> float:
    """The median wall time of ``command`` over a few runs, after one to fill the file cache."""
    times = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def chat_seconds(request: str) -> tuple[float, float]:
    """Medians: to the prompt, and from Enter on a request typed at once to its first pick."""
    prompts, firsts = [], []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        child = pexpect.spawn(
            PALATE,
            ["chat", "--model", "none", "--user", "bench"],
            encoding="utf-8",
            timeout=30,
            env=ENVIRONMENT,
            dimensions=(50, 120),
        )
        child.expect(">[\x08 ]")  # the terminal draws the prompt with its own cursor moves
        prompts.append(time.perf_counter() - start)
        typed = time.perf_counter()
        child.send(request + "\r")
        child.expect(r"\n1[.]? ")
        firsts.append(time.perf_counter() - typed)
        child.expect(">[\x08 ]")
        child.sendcontrol("d")
        child.expect(pexpect.EOF)
    return statistics.median(prompts[1:]), statistics.median(firsts[1:])


def main() -> None:
    """Measure all and write the result."""
    prompt, first = chat_seconds("something like Alien, after 1985")
    one_shot = [PALATE, "recommend", "something like Alien, after 1985", "--no-llm"]
    rows = [
        row("palate", "help", RUNS, seconds=seconds([PALATE, "--help"])),
        row("palate", "import", RUNS, seconds=seconds([sys.executable, "-c", "import palate"])),
        row("palate", "prompt", RUNS, seconds=prompt),
        row("palate", "first-request", RUNS, seconds=first),
        row("palate", "recommend", RUNS, seconds=seconds(one_shot)),
    ]
    write_result("startup", "films", rows)


if __name__ == "__main__":
    main()
