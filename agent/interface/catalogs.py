"""The catalogues of this home, read without opening them."""

from __future__ import annotations

from pydantic import ValidationError

from ...data.home import catalogs_dir
from ...data.schema import CatalogSpec
from ..errors import DataError, NoData


def spec_of(name: str) -> CatalogSpec:
    """The spec of the catalogue ``name``; raises NoData where it is not set up, DataError where broken."""
    path = catalogs_dir() / name / "catalog.json"
    mend = f"palate setup --catalog {name}"
    try:
        return CatalogSpec.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise NoData(f"The catalogue {name} is not set up.", mend) from None
    except (OSError, ValidationError):
        raise DataError(f"The catalogue {name} is broken.", mend) from None


def installed() -> list[CatalogSpec]:
    """The specs of all catalogues that can be read, by name."""
    specs = []
    for folder in sorted(catalogs_dir().glob("*/catalog.json")):
        try:
            specs.append(spec_of(folder.parent.name))
        except (DataError, NoData):
            continue  # `palate doctor` reports it
    return specs
