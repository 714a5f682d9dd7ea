"""House rules: what whoever runs palate allows, as a file, checked in code on every answer.

A rule is never left to a language model and never given up for a request: what it hides is not ranked. A
policy is TOML (or a :class:`Policy`)::

    at_most = 3
    [available]
    language = { in = ["German"] }
    [confirm]
    certificate = { in = ["R", "NC-17"] }

``docs/policies.md`` has every rule with an example.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
from pydantic import ConfigDict, Field, ValidationError

from ..data.documents import values_of
from ..data.schema import Frozen
from ..tools.filters import allow_list, describe, facet_of, satisfied
from ..tools.registry import House
from ..tools.types import Where
from .errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..data.catalog import Catalog
    from ..tools.types import BoolArray
    from .plan import Plan

MOST = 100
Count = Annotated[int, Field(ge=1, le=MOST)]


class Policy(Frozen):
    """The rules of a house; the empty one allows everything that the person does not know yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_most: Count | None = None
    """Picks in one answer, whatever is asked; 1 shows one at a time."""
    per_value: dict[str, Count] = Field(default_factory=dict)
    """Facet → how many picks of one list may share a value of it."""
    available: Where = Field(default_factory=dict)
    """Bounds that every pick satisfies, for everybody."""
    people: dict[str, Where] = Field(default_factory=dict)
    """User → further bounds for this person ("their services")."""
    allow: tuple[str, ...] | None = None
    """Ids; only these are recommended."""
    deny: tuple[str, ...] = ()
    """Ids that are never recommended."""
    deny_where: tuple[Where, ...] = ()
    """What satisfies one of these is never recommended."""
    sponsored: tuple[str, ...] = ()
    """Ids that are disclosed as sponsored wherever they are shown."""
    confirm: Where = Field(default_factory=dict)
    """What satisfies these bounds is hidden until the person has said that they are ``confirm_as``."""
    confirm_as: str = Field(default="18 or older", min_length=1, max_length=60)
    show_seen: bool = False
    """Whether what a person has seen or likes may be recommended again."""

    @property
    def least_age(self) -> int:
        """The age that ``confirm_as`` names; 18 where it names none."""
        number = re.search(r"\d+", self.confirm_as)
        return int(number[0]) if number else 18

    def affirmed(self, text: str) -> bool:
        """Whether a message says no more than that the person is what has to be confirmed."""
        said = re.escape(self.confirm_as.casefold().removeprefix("an ").removeprefix("a "))
        own = rf"(?:(?:yes|yep|yeah|sure|ok)[ ,.!]*)?(?:i am|i'm|we are|we're) (?:an? )?{said}[ .!]*"
        return bool(self.confirm) and re.fullmatch(own, text.casefold().replace("’", "'").strip()) is not None

    @classmethod
    def read(cls, path: Path) -> Self:
        """The policy in a TOML file; raises UserError, in one line, for anything that is no rule."""
        try:
            return cls.of(tomllib.loads(path.expanduser().read_text(encoding="utf-8")), str(path))
        except tomllib.TOMLDecodeError as error:
            raise UserError(f"{path} is not valid TOML: {error}.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"The policy {path} cannot be read ({error}).") from None

    @classmethod
    def of(cls, rules: object, where: str = "The policy") -> Self:
        """The policy of plain values; raises UserError, in one line."""
        try:
            return cls.model_validate(rules)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            if first["type"] == "extra_forbidden":
                known = ", ".join(cls.model_fields)
                raise UserError(f"{where}: there is no rule {name!r}; there are: {known}.") from None
            raise UserError(f"{where}: {name}: {first['msg']}.") from None

    def checked(self, catalog: Catalog) -> Self:
        """This policy; raises UserError for an id, facet or value that ``catalog`` does not have."""
        for where in (self.available, self.confirm, *self.people.values(), *self.deny_where):
            allow_list(catalog, where)
        known = set(catalog.ids)
        for item_id in (*(self.allow or ()), *self.deny, *self.sponsored):
            if item_id not in known:
                raise UserError(f"The policy names {item_id!r}, which is no {catalog.spec.noun} here.")
        for name in self.per_value:
            if facet_of(catalog.spec, name).kind not in ("category", "name"):
                raise UserError(f"The policy caps {name}, which has no values that items share.")
        return self


OPEN = Policy()
"""The policy of a house without rules."""


def permitted(policy: Policy, catalog: Catalog, user: str, *, confirmed: bool) -> BoolArray:
    """Which items the rules let this person see, (n,)."""
    allowed = np.ones(catalog.n, bool)
    for rule in rules_of(policy, user, confirmed=confirmed):
        allowed &= _mask(policy, catalog, user, rule)
    return allowed


def house_of(
    policy: Policy, catalog: Catalog, user: str = "", *, confirmed: bool = False, known: Sequence[str] = ()
) -> House:
    """The rules as the tools keep them, for this person; ``known`` are ids that they know or dislike."""
    allowed = permitted(policy, catalog, user, confirmed=confirmed)
    allowed &= ~np.isin(catalog.ids, known)
    return House(
        allowed=allowed,
        most=policy.at_most or MOST,
        choose=lambda order, k: capped(policy, catalog, order, k),
        sponsored=frozenset(catalog.position(item_id) for item_id in policy.sponsored),
    )


def rules_of(policy: Policy, user: str, *, confirmed: bool) -> tuple[str, ...]:
    """The rules that hide something from this person, by name."""
    rules = {
        "available": bool(policy.available),
        "people": user in policy.people,
        "allow": policy.allow is not None,
        "deny": bool(policy.deny),
        "deny_where": bool(policy.deny_where),
        "confirm": bool(policy.confirm) and not confirmed,
    }
    return tuple(name for name, holds in rules.items() if holds)


def unmet(plan: Plan, catalog: Catalog) -> str:
    """The rule that by itself hides most of what was asked for, in words; empty where none does."""
    policy, user, wanted = plan.policy, plan.user, allow_list(catalog, plan.where)
    hidden = {
        rule: int(np.count_nonzero(wanted & ~_mask(policy, catalog, user, rule)))
        for rule in rules_of(policy, user, confirmed=plan.confirmed)
    }
    rule = max(hidden, key=lambda name: hidden[name], default="")
    return _said(policy, catalog, user, rule) if rule and hidden[rule] else ""


def rules_in_words(policy: Policy, catalog: Catalog, user: str, *, confirmed: bool) -> list[str]:
    """The rules that hold for this person, a sentence each, for a model that plans."""
    said = [_said(policy, catalog, user, rule) for rule in rules_of(policy, user, confirmed=confirmed)]
    if policy.at_most:
        said.append(f"at most {policy.at_most} in one answer")
    return said


def withheld(plan: Plan, catalog: Catalog) -> bool:
    """Whether something that was asked for waits for the person to say that they may see it."""
    if not plan.policy.confirm or plan.confirmed:
        return False
    open_ = permitted(plan.policy, catalog, plan.user, confirmed=True)
    return bool(np.any(allow_list(catalog, plan.where) & open_ & _any_of(catalog, plan.policy.confirm)))


def capped(policy: Policy, catalog: Catalog, order: Sequence[int], k: int) -> list[int]:
    """The first ``k`` places of ``order`` (positions, best first) of which no value is shared too often."""
    taken: dict[tuple[str, str], int] = {}
    kept: list[int] = []
    facets = [catalog.spec.facet(name) for name in policy.per_value]
    for place, position in enumerate(order):
        item = catalog.item(position)
        shares = [(facet.name, value) for facet in facets for value in values_of(item, facet)]
        if all(taken.get(share, 0) < policy.per_value[share[0]] for share in shares):
            kept.append(place)
            for share in shares:
                taken[share] = taken.get(share, 0) + 1
        if len(kept) == k:
            break
    return kept


def _mask(policy: Policy, catalog: Catalog, user: str, rule: str) -> BoolArray:
    match rule:
        case "available":
            return allow_list(catalog, policy.available)
        case "people":
            return allow_list(catalog, policy.people[user])
        case "allow":
            return np.asarray(np.isin(catalog.ids, policy.allow or ()), bool)
        case "deny":
            return ~np.isin(catalog.ids, policy.deny)
        case "deny_where":
            denied = [allow_list(catalog, where) for where in policy.deny_where]
            return np.asarray(~np.any(denied, axis=0), bool)
        case _:
            return ~_any_of(catalog, policy.confirm)


def _any_of(catalog: Catalog, where: Where) -> BoolArray:
    return np.asarray(np.any([satisfied(catalog, name, bound) for name, bound in where.items()], axis=0))


def _said(policy: Policy, catalog: Catalog, user: str, rule: str) -> str:
    spec = catalog.spec
    match rule:
        case "available":
            return f"only {spec.plural} that are {describe(spec, policy.available)} are available"
        case "people":
            return f"only {spec.plural} that are {describe(spec, policy.people[user])} are available to you"
        case "allow":
            return f"only a chosen list of {spec.plural} is recommended"
        case "deny":
            return f"some {spec.plural} are never recommended"
        case "deny_where":
            denied = " or ".join(describe(spec, where) for where in policy.deny_where)
            return f"no {spec.plural} that are {denied} are recommended"
        case _:
            what = " or ".join(describe(spec, {name: bound}) for name, bound in policy.confirm.items())
            return f"{spec.plural} that are {what} are for people who are {policy.confirm_as}"
