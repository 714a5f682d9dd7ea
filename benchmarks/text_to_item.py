"""text-to-item: texts ask for their items. Writes results/text-to-item-CATALOG.json.

    nice python -m benchmarks.text_to_item [CATALOG]

The catalogue must have texts (``ml-latest-small`` has); it is enough that it was written: models are not
needed. The vectors of questions and documents are kept beside it for the next run.
"""

from __future__ import annotations

from benchmarks.protocol import main

if __name__ == "__main__":
    main("text-to-item", "ml-latest-small")
