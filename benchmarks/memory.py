"""Peak memory of a chat with the default model: the chat's process and the model's, added up."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from palate import Palate
from palate.agent.store import MemoryStore

from benchmarks.common import row, write_result

REQUESTS = (
    "something like Inception",
    "recommend me something like Alien, after 1985",
    "a feel-good film for the whole family from the nineties",
    "the best of Kurosawa",
    "a heist with a twist",
    "more",
)


def resident() -> int:
    """Bytes resident in this process and its children now (shared pages counted in each)."""
    me = str(Path("/proc/self").resolve().name)
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if status.parent.name == me or fields.get("PPid", "").strip() == me:
            total += 1024 * int(fields.get("VmRSS", "0 kB").split()[0])
    return total


def main() -> None:
    """Hold a conversation while a thread samples memory ten times a second."""
    peak, ended = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.is_set():
            peak = max(peak, resident())
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with Palate.open("films", store=MemoryStore()) as app:
        app.warm(wait=True)
        chat = app.chat("memory")
        models = {chat.ask(text).model for text in REQUESTS}
    ended.set()
    watcher.join()
    if models == {"none"}:
        raise SystemExit("The model did not answer, so nothing was measured.")
    write_result("memory", "films", [row("palate", "chat", len(REQUESTS), peak_mib=peak / 2**20)])


if __name__ == "__main__":
    main()
