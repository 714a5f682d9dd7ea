"""A client that keeps an account: what the requests of one turn cost."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..types import Spent
from .wrapped import Wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .base import LLM, Usage


class Metered(Wrapped):
    """``llm``, with the cost of each finished request appended to ``spent``."""

    def __init__(self, llm: LLM, spent: list[Usage]) -> None:
        super().__init__(llm)
        self.spent = spent

    @contextmanager
    def _request(self) -> Iterator[None]:
        yield
        if self.llm.usage is not None:
            self.spent.append(self.llm.usage)


def account(spent: Sequence[Usage]) -> Spent:
    """What requests cost together."""
    return Spent(
        requests=len(spent),
        cached_tokens=sum(usage.cached_tokens for usage in spent),
        prompt_tokens=sum(usage.prompt_tokens for usage in spent),
        written_tokens=sum(usage.written_tokens for usage in spent),
        first_token_seconds=spent[0].first_token_seconds if spent else 0.0,
        seconds=sum(usage.seconds for usage in spent),
    )
