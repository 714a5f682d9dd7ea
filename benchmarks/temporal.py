"""temporal: what people liked after one point in time. Writes results/temporal-CATALOG.json.

    nice python -m benchmarks.temporal [CATALOG] [--peers FOLDER]

The catalogue must be set up (``palate setup --catalog CATALOG``); movielens-100k unless another is named.
"""

from __future__ import annotations

from benchmarks.protocol import main

if __name__ == "__main__":
    main("temporal")
