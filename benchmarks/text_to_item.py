"""text-to-item: texts ask for their items. Writes results/text-to-item-CATALOG.json.

    nice python -m benchmarks.text_to_item [CATALOG]

The catalogue must have texts (``ml-latest-small`` has); it is enough that it was written: models are not
needed. The slice ``noted`` are the films that palate has a note on; ``/with-notes`` indexes facts and notes.
The vectors of questions and documents are kept beside it for the next run.
"""

from __future__ import annotations

from collections.abc import Mapping

from palate.data.documents import note
from palate.data.notes import Note, load_notes, note_facets, note_values, vocabulary
from palate.data.schema import CatalogSpec, Item

from benchmarks.protocol import main


def indexed(notes: Mapping[str, Note]) -> dict[str, str]:
    """``notes`` by the ids of their items, as they are indexed."""
    spec = CatalogSpec(name="notes", facets=note_facets(vocabulary()))
    return {
        item_id: note(spec, Item(id=item_id, title="", facets=note_values(each)))
        for item_id, each in notes.items()
    }


if __name__ == "__main__":
    main("text-to-item", "ml-latest-small", notes=indexed(load_notes()))
