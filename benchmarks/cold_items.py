"""cold-items: half of the rated items are treated as unrated. Writes results/cold-items-CATALOG.json.

    nice python -m benchmarks.cold_items [CATALOG]

The catalogue must be set up (``palate setup --catalog CATALOG``).
"""

from __future__ import annotations

from benchmarks.protocol import main

if __name__ == "__main__":
    main("cold-items", "films")
