"""Seconds of a whole set-up after installation, what is fetched excluded: join, index, embed, train, rank.

Made in a fresh home that borrows the fetched files of the usual one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from palate.data.home import models_dir, sources_dir

from benchmarks.common import row, write_result


def main() -> None:
    """Set ``films`` up from nothing but its sources and write the result."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        (fresh / "sources").symlink_to(sources_dir())
        (fresh / "models").symlink_to(models_dir())
        palate = str(Path(sys.executable).with_name("palate"))
        start = time.perf_counter()
        env = {**os.environ, "PALATE_HOME": folder}
        subprocess.run([palate, "setup", "--model", "none"], check=True, env=env, stdin=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        start = time.perf_counter()
        subprocess.run([palate, "setup", "--model", "none"], check=True, env=env, stdin=subprocess.DEVNULL)
        again = time.perf_counter() - start
    rows = [row("palate", "setup", 1, seconds=seconds), row("palate", "setup-again", 1, seconds=again)]
    write_result("setup", "films", rows)


if __name__ == "__main__":
    main()
