"""Text on its way to a terminal: made harmless, and made to fit the stream. Imports nothing heavy."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # operating system commands: titles, links, the clipboard
    r"|\x1b[PX^_].*?(?:\x1b\\|$)"  # device control and other strings
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # colours, cursor movements
    r"|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)
_INVISIBLE = frozenset("\u200b\u200e\u200f\u061c\u2060\ufeff\u00ad") | {
    chr(code)
    for first, last in ((0x202A, 0x202E), (0x2066, 0x206F), (0xFFF9, 0xFFFB), (0xE0000, 0xE007F))
    for code in range(first, last + 1)
}


def sanitise(text: str, *, lines: bool = False) -> str:
    """``text`` without anything that moves a cursor, colours, hides or reorders characters.

    White space becomes single spaces (line breaks stay where ``lines`` is true), broken surrogates become
    the replacement character; joiners that scripts and emoji need stay.
    """
    text = _ESCAPES.sub("", text)
    kept = []
    for char in text:
        if char == "\n" and lines:
            kept.append(char)
        elif char.isspace():
            kept.append(" ")
        elif char not in _INVISIBLE:
            category = unicodedata.category(char)
            if category != "Cc":
                kept.append("\ufffd" if category == "Cs" else char)
    return re.sub(r" {2,}", " ", "".join(kept)).strip(" ")


def use_colour(out: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether ``out`` is a terminal that wants more than plain text (``NO_COLOR`` only drops colours)."""
    return out.isatty() and environment.get("TERM", "") not in ("dumb", "unknown", "")


def forgiving(stream: TextIO) -> TextIO:
    """The stream, made to replace what its encoding cannot write or read instead of failing."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
    return stream


def complain(text: str) -> None:
    """One line to standard error."""
    for number, line in enumerate(text.splitlines() or [""]):
        if number == 0 or line.strip():
            sys.stderr.write(f"{sanitise(line)}\n")
    sys.stderr.flush()
