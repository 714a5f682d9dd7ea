"""warm: people with long histories, RecBole's own random 8:1:1. Writes results/warm-CATALOG.json.

    nice python -m benchmarks.warm [CATALOG] [--peers FOLDER]

The catalogue must be set up; movielens-100k unless another is named. FOLDER holds other libraries' rankings
of the same split, which ``python -m benchmarks.peers.rank CATALOG`` makes.
"""

from __future__ import annotations

from benchmarks.protocol import main

if __name__ == "__main__":
    main("warm")
