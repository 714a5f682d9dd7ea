"""The LLM of an application: chosen by name or given, loaded in the background, changed on request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .errors import ModelUnavailable
from .llm.models import resolve
from .write import write_prefix

if TYPE_CHECKING:
    from concurrent.futures import Future

    from .bridge import Bridge
    from .llm.base import LLM

PATIENCE = 20.0
"""Seconds that the prose (never the picks) waits for a model that is loading."""


class Model:
    """One LLM shared by all conversations; all its work runs in the bridge's loop."""

    def __init__(self, model: str | LLM, bridge: Bridge) -> None:
        self._bridge = bridge
        self._loading: Future[None] | None = None
        self._name = model if isinstance(model, str) else model.name
        self._llm: LLM | None = None if isinstance(model, str) else model
        self._resolved = not isinstance(model, str)
        self.plans = True
        """Whether it may be asked to plan; not any more once it was too slow."""

    @property
    def name(self) -> str:
        """The model's name as it was asked for."""
        return self._name

    def warm(self) -> None:
        """Start loading in the background; safe to repeat, and tries again after a failure."""
        llm = self._find()
        failed = self._loading is not None and self._loading.done() and self._loading.exception() is not None
        if llm is not None and (self._loading is None or failed):
            self._loading = self._bridge.submit(llm.warm(write_prefix()))

    async def ready(self) -> LLM | None:
        """The LLM once it is loaded; None where there is none. Raises ModelUnavailable."""
        llm = self._find(raising=True)
        if llm is None:
            return None
        self.warm()
        if self._loading is not None:
            waiting = asyncio.shield(asyncio.wrap_future(self._loading))
            try:
                await asyncio.wait_for(waiting, PATIENCE)
            except TimeoutError:
                raise ModelUnavailable(
                    f"{self._name} is still loading; the next answer may have it."
                ) from None
        return llm

    async def planner(self, *, wait: bool = False) -> LLM | None:
        """The LLM where it may be able to plan with tools and is loaded, or is once it was waited for.

        Never raises: why a model cannot be had is said where prose is wanted of it.
        """
        try:
            llm = await self.ready() if wait else self._find()
        except ModelUnavailable:
            return None
        if llm is None or not self.plans or not llm.ready() or llm.capabilities.tools is False:
            return None
        return llm

    @property
    def status(self) -> str:
        """One line on where the model stands."""
        if self._name == "none":
            return "No model: answers come without prose."
        try:
            llm = self._find(raising=True)
        except ModelUnavailable as error:
            return str(error)
        if llm is not None and llm.ready():
            return f"{self._name} is ready."
        failure = self._loading.exception() if self._loading is not None and self._loading.done() else None
        return str(failure) if failure is not None else f"{self._name} is loading."

    def change(self, name: str) -> None:
        """Take another model; the old one is let go. Raises ModelUnavailable and then keeps the old one."""
        fresh = resolve(name)
        self.close()
        self._name, self._llm, self._resolved = name, fresh, True
        self.plans = True
        self.warm()

    def close(self) -> None:
        """End the model's process; it starts anew when used again."""
        llm, self._loading = self._llm, None
        if llm is not None:
            self._bridge.run(llm.close())

    def _find(self, *, raising: bool = False) -> LLM | None:
        """The client, made at first use: a file or module may appear while the conversation runs."""
        if not self._resolved:
            try:
                self._llm = resolve(self._name)
                self._resolved = True
            except ModelUnavailable:
                if raising:
                    raise
        return self._llm
