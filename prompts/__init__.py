"""Prompts and fallback texts as templates; no prompt text stands in Python.

A file ``NAME.jinja`` begins with a TOML front matter between lines of ``+++``: ``id``, ``version``,
``inputs``, ``output`` (what the answer is read as: ``text``, or the type that checks it) and, for prompts,
``examples`` (each with ``inputs`` and an ``answer``). Then follow jinja
blocks: ``system`` (constant: it sees no inputs) and ``body``. Examples are rendered through the same
``body`` as the real message, so that they cannot drift apart. What a person or an item says is only
ever a value, never a template.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import jinja2

_FENCE = "+++"


def one_line(text: object) -> str:
    """``text`` on one line: control characters and runs of white space become one space."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


@dataclass(frozen=True)
class PromptFile:
    """A parsed prompt. ``system`` and ``examples`` are constant, :meth:`render` gives the rest."""

    id: str
    version: int
    inputs: frozenset[str]
    output: str
    template: jinja2.Template
    system: str
    examples: tuple[tuple[str, str], ...]

    def render(self, block: str = "body", **inputs: object) -> str:
        """One block of the prompt; raises ValueError unless exactly the declared inputs are given."""
        if inputs.keys() != self.inputs:
            raise ValueError(f"Prompt {self.id} takes {sorted(self.inputs)}, not {sorted(inputs)}.")
        return _render(self.template, block, inputs)


@cache
def load(name: str) -> PromptFile:
    """The prompt ``name``; raises FileNotFoundError, or ValueError for a file without front matter."""
    text = (resources.files(__name__) / f"{name}.jinja").read_text("utf-8")
    head, front, source = text.split(_FENCE, 2) if text.count(_FENCE) >= 2 else (text, "", "")
    if head.strip() or not front:
        raise ValueError(f"Prompt {name} has no front matter.")
    about: dict[str, Any] = tomllib.loads(front)
    template = _environment().from_string(source)
    return PromptFile(
        id=about["id"],
        version=about["version"],
        inputs=frozenset(about["inputs"]),
        output=about["output"],
        template=template,
        system=_render(template, "system", {}) if "system" in template.blocks else "",
        examples=tuple(
            (_render(template, "body", example["inputs"]), example["answer"].strip())
            for example in about.get("examples", ())
        ),
    )


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  plain text for a model and a terminal, never HTML
    )
    made.filters["line"] = one_line
    return made


def _render(template: jinja2.Template, block: str, inputs: dict[str, Any]) -> str:
    context = template.new_context(dict(inputs))
    return "".join(template.blocks[block](context)).strip()
