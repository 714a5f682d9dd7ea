"""Rows of a table, whatever the file: CSV, TSV, JSON lines, Parquet, or lines of "person item item …".

What can be mended is mended and noted (a byte-order mark, another delimiter, another encoding); a row that
cannot be used is rejected with its line and the reason; a file that cannot be a table is refused.
"""

from __future__ import annotations

import codecs
import csv
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Row = tuple[int, dict[str, Any]]
"""Line number (of the file, from 1) and the row's cells by column."""

DELIMITERS = (",", "\t", ";", "|")
LONGEST_CELL = 16 << 20
"""Characters of a cell; the library's own limit refuses long texts."""
SNIFFED = 25
"""Lines by which the delimiter is judged."""


@dataclass
class Findings:
    """What was mended and what was rejected while files were read."""

    notes: list[str] = field(default_factory=list)
    rejected: list[tuple[str, int, str, str]] = field(default_factory=list)
    """File name, line, reason, the row as it stood."""

    def note(self, text: str) -> None:
        """Add a line for the person, once."""
        if text not in self.notes:
            self.notes.append(text)

    def reject(self, path: Path, line: int, reason: str, row: object) -> None:
        """Put a row aside."""
        self.rejected.append((path.name, line, reason, str(row)[:200]))


def read_rows(path: Path, findings: Findings, *, delimiter: str | None = None) -> Iterator[Row]:
    """The rows of ``path``, by its ending; raises DataError for what cannot be read as a table."""
    if not path.is_file():
        raise DataError(f"There is no file {path}.")
    if path.stat().st_size == 0:
        raise DataError(f"{path.name} is empty.")
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".pq"):
        return _parquet(path)
    if suffix in (".jsonl", ".ndjson", ".json"):
        return _json_lines(path, findings)
    return _delimited(path, findings, delimiter)


def read_pairs(path: Path, findings: Findings) -> Iterator[tuple[int, str, str]]:
    """Line, person and item of each pair in lines of "person item item …"; raises DataError."""
    for line, text in enumerate(_lines(path, findings), 1):
        person, *items = text.split() or [""]
        if person and not items:
            findings.reject(path, line, "no item", text)
        for item in items:
            yield line, person, item


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
        line = 0
        for batch in file.iter_batches(batch_size=16_384):
            for row in batch.to_pylist():
                line += 1
                yield line, row
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{path.name} is no readable Parquet file ({_first_line(error)}).") from error


def _json_lines(path: Path, findings: Findings) -> Iterator[Row]:
    for line, text in enumerate(_lines(path, findings), 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except json.JSONDecodeError:
            findings.reject(path, line, "no JSON", text.strip())
            continue
        if isinstance(row, dict):
            yield line, row
        else:
            findings.reject(path, line, "no JSON object", text.strip())


def _delimited(path: Path, findings: Findings, delimiter: str | None) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    chosen = delimiter or _delimiter(path, findings)
    reader = csv.reader(_lines(path, findings), delimiter=chosen)
    try:
        header = [column.strip() for column in next(reader, [])]
        if len(set(header)) != len(header) or not all(header):
            raise DataError(f"{path.name}: the first line must name every column, each once.")
        for cells in reader:
            if len(cells) == len(header):
                yield reader.line_num, dict(zip(header, cells, strict=True))
            elif any(cell.strip() for cell in cells):
                reason = f"{len(cells)} fields instead of {len(header)}"
                findings.reject(path, reader.line_num, reason, chosen.join(cells))
    except csv.Error as error:
        raise DataError(f"{path.name}, line {reader.line_num}: {error}.") from error


def _delimiter(path: Path, findings: Findings) -> str:
    """The delimiter under which the first lines have the most columns, the same number in each."""
    head = [line for line, _ in zip(_lines(path, findings), range(SNIFFED), strict=False)]
    expected = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
    best, best_width = expected, 1
    for candidate in (expected, *DELIMITERS):
        widths = [len(cells) for cells in csv.reader(head, delimiter=candidate) if cells]
        # A broken line or two must not change the verdict.
        alike = sum(width == widths[0] for width in widths)
        if widths[0] > best_width and alike >= 0.8 * len(widths):
            best, best_width = candidate, widths[0]
    if best != expected:
        findings.note(f"{path.name} is separated by {best!r}: read so.")
    return best


def _lines(path: Path, findings: Findings) -> Iterator[str]:
    encoding = _encoding(path, findings)
    # "replace": five bytes have no meaning in Windows-1252.
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        yield from file


def _encoding(path: Path, findings: Findings) -> str:
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            findings.note(f"{path.name} is UTF-16: read so.")
            return "utf-16"
        if start.startswith(codecs.BOM_UTF8):
            findings.note(f"{path.name} begins with a byte-order mark: left out.")
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        utf8 = True
        while chunk := file.read(1 << 20):
            if b"\0" in chunk:
                raise DataError(f"{path.name} is no text file.")
            try:
                decoder.decode(chunk if utf8 else b"")
            except UnicodeDecodeError:
                utf8 = False
    if utf8:
        return "utf-8-sig"
    findings.note(f"{path.name} is not UTF-8: read as Windows-1252.")
    return "cp1252"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
