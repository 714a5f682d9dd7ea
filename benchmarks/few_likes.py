"""few-likes: people that no model saw name one to ten likes. Writes results/few-likes-CATALOG.json.

    nice python -m benchmarks.few_likes [CATALOG] [--peers FOLDER]

The catalogue must be set up (``palate setup --catalog CATALOG``); movielens-100k unless another is named.
FOLDER holds other libraries' rankings of the same split (benchmarks/peers).
"""

from __future__ import annotations

from benchmarks.protocol import main

if __name__ == "__main__":
    main("few-likes")
