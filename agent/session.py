"""What one conversation holds between turns, and how it is kept."""

from __future__ import annotations

import logging
import zlib
from typing import TYPE_CHECKING

from pydantic import ValidationError

from ..tools.registry import Housed
from . import asking
from .diversity import AS_RANKED, Dial
from .llm.metered import Metered
from .plan import Plan, make_plan
from .policy import OPEN, Policy, house_of
from .profile import Kind, Profile
from .rank import rank
from .state import State, advance, opened
from .tool_plan import Filled, fill, leaves_open
from .types import Intent, Spent, Trace

if TYPE_CHECKING:
    from ..tools.toolbox import Toolbox
    from .llm.base import Usage
    from .model import Model
    from .store import Store
    from .types import Question, Relaxation, Reply
    from .understand import Understander

log = logging.getLogger(__name__)

UNDO_DEPTH = 20
SURE = 0.85
"""A title read with less certainty tells nothing of the person."""
SURPRISING = 0.7
"""How much somebody who asks to be surprised gets explored."""


class Session:
    """One person's conversation about one catalogue: its state, their profile, and the way back."""

    def __init__(
        self,
        box: Toolbox,
        understander: Understander,
        store: Store,
        user: str,
        *,
        model: Model,
        k: int,
        dial: Dial = AS_RANKED,
        policy: Policy = OPEN,
    ) -> None:
        self.box = box
        self.policy = policy
        self.understander = understander
        self.store = store
        self.user = user
        self.k = k
        self._dial = dial
        self.model = model
        self._past: list[tuple[State, Profile]] = []
        self.trace = Trace()
        self.usage = Spent()
        """What the model cost since this session was opened."""
        self.state = self._stored_state()
        self.profile = Profile.of(store.feedback(user, self.catalog))

    @property
    def catalog(self) -> str:
        """The catalogue's name."""
        return self.box.catalog.spec.name

    @property
    def dial(self) -> Dial:
        """How familiar and how varied lists are: as this conversation says, else as it is set."""
        said = {name: getattr(self.state, name) for name in ("fresh", "diverse", "explore")}
        return self._dial._replace(**{name: value for name, value in said.items() if value is not None})

    def turn_dial(self, **changes: float) -> None:
        """Keep another ``fresh``, ``diverse`` or ``explore`` for this conversation; raises UserError."""
        dial = Dial.checked(**(self.dial._asdict() | changes))
        self._past = [*self._past[-UNDO_DEPTH + 1 :], (self.state, self.profile)]
        self.state = self.state.model_copy(update={name: getattr(dial, name) for name in changes})
        self.store.save_conversation(self.user, self.catalog, self.state.model_dump_json(by_alias=True))

    def understand(self, text: str) -> Intent:
        """What a message asks for, or that it says what a rule of the house waits for."""
        if self.policy.affirmed(text):
            return Intent(act="recommend", age=self.policy.least_age)
        return self.understander.understand(text, self.state)

    async def fill(self, text: str, intent: Intent, spent: list[Usage], *, wait: bool = False) -> Filled:
        """``intent`` with what a capable model reads of what the rules left open, if there is such a model.

        What its requests cost is added to ``spent``; ``wait`` waits for one that is loading.
        """
        llm = await self.model.planner(wait=wait) if leaves_open(intent) else None
        if llm is None:
            return Filled(intent)
        house = house_of(
            self.policy,
            self.box.catalog,
            self.user,
            confirmed=self.state.confirmed,
            known=[*self.profile.hidden(again=self.policy.show_seen), *self.state.rejected],
        )
        box = Housed(self.box, house)
        filled = await fill(Metered(llm, spent), box, self.policy, text, intent, self.state, user=self.user)
        self.model.plans = not filled.too_slow
        return filled

    def plan(self, *, more: bool = False, surprise: bool = False, wait: bool = False) -> Plan:
        """What the tools are asked for as things stand; ``surprise`` explores. Raises UserError."""
        dial = self.dial._replace(draw=zlib.crc32(f"{self.user} {self.state.turn}".encode()))
        if surprise:
            dial = dial._replace(explore=max(dial.explore, SURPRISING))
        return make_plan(
            self.box,
            self.state,
            self.profile,
            more=more,
            dial=dial,
            policy=self.policy,
            user=self.user,
            wait=wait,
        )

    def ask(self, intent: Intent, plan: Plan, shown: int) -> Question | None:
        """The question to end the turn with, None for none; it is then open."""
        if (title := self.ask_title(intent)) is not None:
            return title
        known = bool(self.profile.ids("like"))
        asks = intent.act in {"recommend", "feedback"} and not intent.surprise
        if not asks or not asking.is_vague(self.state, known=known):
            return None
        best = rank(self.box, plan.taste, plan.allow, asking.CANDIDATES).items
        question = (
            asking.question(self.box.catalog, self.state, best, known=known) if len(best) > shown else None
        )
        if question is not None:
            self.state = opened(self.state, question)
        return question

    def ask_title(self, intent: Intent) -> Question | None:
        """The question for the original of a title in another script; None where there is none."""
        question = asking.original_title(intent)
        if question is not None:
            self.state = opened(self.state, question)
        return question

    def offer(self, ways: tuple[Relaxation, ...]) -> None:
        """Remember which limits were offered to be given up."""
        opening = tuple(way.facet for way in ways if way.opens)
        self.state = self.state.model_copy(update={"ways": opening})

    def begin(self, intent: Intent) -> None:
        """Take in what a message says, before it is answered; "undo that" is done in its answer."""
        if intent.act == "undo":
            return
        self._past = [*self._past[-UNDO_DEPTH + 1 :], (self.state, self.profile)]
        before, self.state = self.state, advance(self.state, intent)
        for mention in intent.forgets:
            self.forget_item(mention.id)
        if intent.age is not None:
            self.state = self.state.model_copy(update={"confirmed": intent.age >= self.policy.least_age})
        self._keep(self._inferring(self.profile.apply(intent), before, intent))

    def _inferring(self, profile: Profile, before: State, intent: Intent) -> Profile:
        """``profile`` with what a request tells without saying so: whoever wants the like of it likes it.

        A title that was corrected ("no, I meant the 1958 one") was never meant.
        """
        words = {seed.surface.casefold() for seed in intent.seeds}
        meant = {seed.id for seed in intent.seeds}
        wrong = [s.id for s in before.seeds if s.surface.casefold() in words and s.id not in meant]
        for item_id in set(wrong) & set(profile.inferred):
            self.store.remove_feedback(self.user, self.catalog, item_id, "like")
        sure = [seed.id for seed in intent.seeds if seed.certainty >= SURE]
        return profile.not_inferring(wrong).inferring(sure if intent.act == "recommend" else ())

    def has_wish(self, intent: Intent) -> bool:
        """Whether anything is there to recommend by, once a message named only what is unknown."""
        lost = (intent.unknown_titles or intent.cannot_tell) and intent.k is None
        return not lost or self.state.has_request or bool(self.profile.ids("like"))

    def command(self, item_id: str, kind: Kind) -> None:
        """Note feedback given by a command; the state forgets a disliked seed with it."""
        self._past = [*self._past[-UNDO_DEPTH + 1 :], (self.state, self.profile)]
        self._keep(self.profile.adding([item_id], kind, "command"))

    def _keep(self, profile: Profile) -> None:
        """Make ``profile`` the person's, and store what is new in it."""
        for entry in profile.new_since(self.profile):
            self.store.record(self.user, self.catalog, entry.item_id, entry.kind, entry.source)
        self.profile = profile

    def remember(self, text: str, reply: Reply) -> None:
        """Keep a finished turn."""
        if reply.items and reply.intent.act != "why":
            self.state = self.state.showing([pick.id for pick in reply.items])
        self.store.save_conversation(self.user, self.catalog, self.state.model_dump_json(by_alias=True))
        self.store.add_turn(self.user, self.catalog, text, reply.model_dump_json(by_alias=True))

    def undo(self) -> bool:
        """Go back to before the last message; False when there is nothing to go back to."""
        if not self._past:
            return False
        before, profile = self._past.pop()
        for entry in self.profile.new_since(profile):
            self.store.remove_feedback(self.user, self.catalog, entry.item_id, entry.kind)
        self.state, self.profile = before, profile
        self.store.save_conversation(self.user, self.catalog, before.model_dump_json(by_alias=True))
        return True

    def forget_item(self, item_id: str) -> bool:
        """Take an item out of the profile; False where it was not in it."""
        if all(entry.item_id != item_id for entry in self.profile.entries):
            return False
        while self.store.remove_feedback(self.user, self.catalog, item_id):
            pass  # what a later verdict had taken the place of goes too
        self.profile = self.profile.without(item_id)
        self.state = self.state.without(item_id)
        # Nor does "undo" bring it back.
        self._past = [(state.without(item_id), profile.without(item_id)) for state, profile in self._past]
        self.store.save_conversation(self.user, self.catalog, self.state.model_dump_json(by_alias=True))
        return True

    def forget(self) -> None:
        """Erase everything about this person."""
        self.store.forget(self.user)
        self.state, self.profile, self.trace, self._past = State(), Profile(), Trace(), []

    def _stored_state(self) -> State:
        stored = self.store.load_conversation(self.user, self.catalog)
        if stored is None:
            return State()
        try:
            return State.model_validate_json(stored)
        except ValidationError:
            # Written by another version: the profile is kept in rows of its own, only the thread is lost.
            log.warning("the conversation of %s could not be read and begins anew", self.user)
            return State()
