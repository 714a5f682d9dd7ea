"""calibration: is a pick's confidence to be taken at its word? Writes results/calibration-CATALOG.json.

    nice python -m benchmarks.calibration [CATALOG] [--report FILE]

The catalogue must be set up and have ratings; movielens-100k unless another is named.
"""

from __future__ import annotations

from benchmarks.protocol import main

if __name__ == "__main__":
    main("calibration")
