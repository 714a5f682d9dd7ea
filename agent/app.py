"""The public face: :class:`Palate`, one opened catalogue with its tools and model, and :class:`Chat`."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ..tools.registry import TOOLS, Housed, Tool, definition, resolve_item
from ..tools.toolbox import Toolbox
from ..tools.types import Bound
from . import say
from .bridge import Bridge
from .clock import Clock
from .diversity import Dial
from .errors import ModelUnavailable, UserError
from .events import Done, Event
from .model import Model
from .picks import recommend
from .plan import make_plan
from .policy import OPEN, Policy, house_of
from .profile import Kind, Profile
from .session import Session
from .settings import load_settings
from .state import State, advance
from .turn import house_notices, nothing_fits, turn
from .types import Constraint, Intent, Mention, Pick, Reply, Spent, Trace
from .understand import Understander

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Mapping, Sequence

    from .llm.base import LLM
    from .store import Store

MAX_K = 100


class Palate:
    """A recommendation agent over one catalogue. Cheap to open: each part is loaded when first used.

    Thread-safe; any number of conversations share one catalogue and one model. Close it, or use it as a
    context manager, to end the model's process.
    """

    def __init__(
        self,
        catalog: str,
        *,
        model: str | LLM | None,
        store: Store | None,
        box: Toolbox | None = None,
        policy: Policy | Path | str | None = None,
    ) -> None:
        settings = load_settings(catalog=catalog)
        self.name = settings.catalog
        self.k = settings.k
        self.dial = Dial(settings.fresh, settings.diverse, settings.explore)
        self._bridge = Bridge()
        self._store = store
        self._lock = threading.RLock()
        self._box = box
        self._policy = settings.policy if policy is None else policy
        self.model = Model(settings.model if model is None else model, self._bridge)

    @classmethod
    def open(
        cls,
        catalog: str = "films",
        *,
        model: str | LLM | None = None,
        store: Store | None = None,
        policy: Policy | Path | str | None = None,
    ) -> Self:
        """The agent for ``catalog``.

        ``model`` is a name, a GGUF file, a base URL, ``"none"`` or an object that meets the LLM protocol;
        None takes the configured one. ``store`` keeps people's data; None takes the SQLite file in palate's
        home. ``policy`` are the rules of the house or the file that holds them; None takes the configured
        file. Nothing is read yet: a missing catalogue raises NoData at the first use.
        """
        return cls(catalog, model=model, store=store, policy=policy)

    @classmethod
    def over(
        cls,
        box: Toolbox,
        *,
        model: str | LLM | None = "none",
        store: Store | None = None,
        policy: Policy | Path | str | None = None,
    ) -> Self:
        """The agent over an opened toolbox, wherever its catalogue lies; see :meth:`open`."""
        return cls(box.catalog.spec.name, model=model, store=store, box=box, policy=policy)

    @property
    def box(self) -> Toolbox:
        """The opened catalogue and its tools; raises NoData or DataError."""
        with self._lock:
            if self._box is None:
                self._box = Toolbox.open(self.name)
            return self._box

    @cached_property
    def policy(self) -> Policy:
        """The rules of the house; raises UserError for rules that cannot be, or not of this catalogue."""
        given = self._policy
        if not isinstance(given, Policy):
            given = Policy.read(Path(given)) if given else OPEN
        return given.checked(self.box.catalog)

    @property
    def store(self) -> Store:
        """The memory of people; raises DataError."""
        with self._lock:
            if self._store is None:
                # SQLAlchemy takes a third of a second to import: not before it is needed.
                from .store_sqlite import SqliteStore

                self._store = SqliteStore.open()
            return self._store

    @cached_property
    def understander(self) -> Understander:
        """The reader of messages."""
        return Understander(self.box.catalog, self.box.titles)

    def chat(self, user: str = "default") -> Chat:
        """The conversation of ``user``, where it was left."""
        return Chat(self, user)

    def recommend(
        self,
        text: str = "",
        *,
        likes: Sequence[str] = (),
        dislikes: Sequence[str] = (),
        where: Mapping[str, Mapping[str, Any] | Bound] | None = None,
        k: int = 10,
        fresh: float = 0.0,
        diverse: float = 0.0,
        user: str = "",
    ) -> Reply:
        """The best ``k`` items for someone known by a text, titles they like or dislike, and constraints.

        No LLM, no conversation, nothing remembered. ``likes`` and ``dislikes`` are ids or titles
        ("Alien (1979)"); ``where`` is facet → bound, as ``{"year": {"gte": 1985}}``. ``fresh`` runs from -1,
        what is widely known, to 1, what few know, ``diverse`` from 0 to 1, as varied as the good candidates
        are; at 0 both leave the list as it is ranked. ``user`` is whose rules of the house hold. Raises
        UserError for a title, facet or value that is not in the catalogue, and for a number out of range.
        """
        if not 1 <= k <= MAX_K:
            raise UserError(f"k is {k}; it may be 1 to {MAX_K}.")
        dial = Dial.checked(fresh, diverse)
        clock = Clock()
        intent = self._intent(text, likes, dislikes, where or {})
        clock.lap("understand")
        profile = Profile().apply(intent)
        state = advance(State(), intent)
        plan = make_plan(
            self.box, state, profile, close=0.0, dial=dial, policy=self.policy, user=user, wait=True
        )
        clock.lap("retrieve")
        picks = recommend(self.box, plan, intent.k or k, clock)
        if not picks:
            return nothing_fits(self.box, plan, text, intent, clock.timings())
        lead = say.lead(self.box.catalog, plan.basis, len(picks))
        said = [say.plain(self.box.catalog, lead, picks), *house_notices(self.box, plan, picks)]
        return Reply(query=text, intent=intent, items=picks, text="\n".join(said), timings_ms=clock.timings())

    def tools(self, user: str = "", *, confirmed: bool = False) -> list[Tool]:
        """The retrieval tools for any agent framework: JSON schemas and bound callables.

        They keep to the rules of the house, those for ``user`` among them, and leave out what ``user`` knows
        or dislikes as things stand now; ``confirmed`` says that they are what the policy asks them to be.
        """
        profile = Profile.of(self.store.feedback(user, self.name)) if user else Profile()
        house = house_of(
            self.policy,
            self.box.catalog,
            user,
            confirmed=confirmed,
            known=profile.hidden(again=self.policy.show_seen),
        )
        return [definition(tool, Housed(self.box, house)) for tool in TOOLS]

    def warm(self, *, wait: bool = False) -> None:
        """Load in the background what the first request needs; ``wait`` until it is loaded."""
        _ = self.understander
        self.box.warm(wait=wait)
        self.model.warm()

    def close(self) -> None:
        """End the model's process and let go of the files; safe to repeat."""
        self.model.close()
        self._bridge.close()
        with self._lock:
            if self._store is not None:
                self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _intent(
        self,
        text: str,
        likes: Sequence[str],
        dislikes: Sequence[str],
        where: Mapping[str, Mapping[str, Any] | Bound],
    ) -> Intent:
        """What ``text`` says together with what is given beside it."""
        said = self.understander.understand(text) if text else Intent()
        given = tuple(
            Constraint(surface=facet, where={facet: Bound.model_validate(bound)})
            for facet, bound in where.items()
        )
        return said.model_copy(
            update={
                "act": "recommend",
                "likes": (*said.likes, *map(self._resolve, likes)),
                "dislikes": (*said.dislikes, *map(self._resolve, dislikes)),
                "constraints": (*said.constraints, *given),
            }
        )

    def _resolve(self, title: str) -> Mention:
        """The item of an id or title; raises UserError with the nearest titles."""
        catalog = self.box.catalog
        position = resolve_item(self.box, title)
        return Mention(id=catalog.ids[position], title=catalog.label(position), surface=title)


class Chat:
    """One person's conversation. Its methods may be called from any thread, one turn at a time."""

    def __init__(self, app: Palate, user: str) -> None:
        self.app = app
        self.user = user

    @cached_property
    def session(self) -> Session:
        """State and profile, read from the store at first use."""
        app = self.app
        return Session(
            app.box,
            app.understander,
            app.store,
            self.user,
            model=app.model,
            k=app.k,
            dial=app.dial,
            policy=app.policy,
        )

    def ask(self, text: str, *, k: int | None = None) -> Reply:
        """The reply to ``text``; raises UserError."""
        with closing(self.stream(text, k=k, wait=True)) as events:
            return _reply(list(events))

    async def aask(self, text: str, *, k: int | None = None) -> Reply:
        """:meth:`ask` for asyncio."""
        return _reply([event async for event in self.astream(text, k=k, wait=True)])

    def stream(self, text: str, *, k: int | None = None, wait: bool = False) -> Generator[Event, None, None]:
        """The events of one turn as they happen; closing the iterator stops the answer.

        ``wait``: whether to wait for the encoder and the model where they are still loading.
        """
        return self.app._bridge.iterate(turn(self.session, text, k, wait=wait))

    def astream(self, text: str, *, k: int | None = None, wait: bool = False) -> AsyncGenerator[Event, None]:
        """:meth:`stream` for asyncio."""
        return self.app._bridge.aiterate(turn(self.session, text, k, wait=wait))

    def like(self, title: str) -> str:
        """Note a like; one line on what was noted. Raises UserError for an unknown title."""
        return self._note(title, "like")

    def dislike(self, title: str) -> str:
        """Note a dislike."""
        return self._note(title, "dislike")

    def seen(self, title: str) -> str:
        """Note that an item is known already: it is not recommended again."""
        return self._note(title, "seen")

    def profile(self) -> Profile:
        """What is remembered of this person."""
        return self.session.profile

    def known(self) -> list[str]:
        """What is remembered of this person, a line each: what, how and when it was learnt."""
        return say.remembered(self.app.box.catalog, self.session.profile, self.session.state)

    def in_force(self) -> str:
        """What is asked for at the moment, in one line."""
        return say.in_force(self.app.box.catalog, self.session.plan().basis)

    def trace(self) -> Trace:
        """How the last answer came about."""
        return self.session.trace

    def usage(self) -> tuple[Spent, Spent]:
        """What the language model cost: in the last answer with picks, and since this chat was opened."""
        return self.session.trace.spent, self.session.usage

    def export(self) -> dict[str, Any]:
        """All that is kept of this person for this catalogue, as plain values for JSON."""
        app, session = self.app, self.session
        turns = app.store.turns(self.user, session.catalog, limit=1_000_000)
        return {
            "user": self.user,
            "catalog": session.catalog,
            "profile": session.profile.model_dump(mode="json")["entries"],
            "state": session.state.model_dump(mode="json", by_alias=True),
            "turns": [{"at": t.at, "text": t.text, "reply": json.loads(t.reply_json)} for t in turns],
        }

    def forget(self, title: str = "") -> str:
        """Erase everything about this person from the store, or with ``title`` that item from the profile.

        One line on what happened; raises UserError for an unknown title.
        """
        if not title:
            self.session.forget()
            return "Everything that was remembered of you is erased."
        mention = self.app._resolve(title)
        known = self.session.forget_item(mention.id)
        return f"Forgotten: {mention.title}." if known else f"Nothing was remembered of {mention.title}."

    @property
    def dial(self) -> Dial:
        """How familiar and how varied this conversation's lists are."""
        return self.session.dial

    def fresh(self, value: float) -> str:
        """Ask for the familiar (down to -1) or the fresh (up to 1); one line on it. Raises UserError."""
        self.session.turn_dial(fresh=value)
        return say.dialled(self.dial)

    def diverse(self, value: float) -> str:
        """Ask for a more varied list (0 to 1); one line on it. Raises UserError."""
        self.session.turn_dial(diverse=value)
        return say.dialled(self.dial)

    def explore(self, value: float) -> str:
        """Ask for what a wider taste might bring (0 to 1); one line on it. Raises UserError."""
        self.session.turn_dial(explore=value)
        return say.dialled(self.dial)

    def undo(self) -> str:
        """Go back to before the last message or command; one line on what happened."""
        return "Undone." if self.session.undo() else "There is nothing to undo."

    def why(self, number: int) -> Pick:
        """The pick ``number`` (from 1) of the last list, with all its reasons; raises UserError."""
        reply = self.ask(f"why {number}")
        if not reply.items:
            raise UserError(reply.text)
        return reply.items[0]

    def transcript(self) -> str:
        """The conversation so far as Markdown."""
        lines = [f"# {self.user} and palate, {self.app.name}"]
        for stored in self.app.store.turns(self.user, self.session.catalog, limit=1000):
            reply = Reply.model_validate_json(stored.reply_json)
            lines += ["", f"> {stored.text}", "", *say.listed(reply)]
        return "\n".join(lines) + "\n"

    def save(self, path: Path) -> None:
        """Write the conversation so far to ``path`` as Markdown; raises UserError."""
        try:
            path.expanduser().write_text(self.transcript(), encoding="utf-8")
        except OSError as error:
            raise UserError(f"{path} cannot be written ({error.strerror}).") from None

    def set_model(self, name: str) -> str:
        """Change the LLM; one line on where it stands. Raises ModelUnavailable for one that cannot be."""
        self.app.model.change(name)
        return self.app.model.status

    @property
    def model_status(self) -> str:
        """One line on the LLM."""
        return self.app.model.status

    def _note(self, title: str, kind: Kind) -> str:
        shown = self.session.state.shown
        if title.strip().isdigit() and 1 <= int(title) <= len(shown):
            title = shown[int(title) - 1]
        mention = self.app._resolve(title.strip())
        self.session.command(mention.id, kind)
        catalog = self.app.box.catalog
        label = catalog.label(catalog.position(mention.id))
        return {"like": f"Noted: you like {label}.", "dislike": f"Noted: you do not like {label}."}.get(
            kind, f"Noted: you know {label}."
        )


def _reply(events: list[Event]) -> Reply:
    done = events[-1]
    if not isinstance(done, Done):  # a turn ends with Done or with an exception
        raise ModelUnavailable("The answer was cut off.")
    return done.reply
