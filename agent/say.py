"""The agent's own sentences: leads, notices, answers. Facts come from the catalogue, never from a model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from textwrap import shorten

from ..data.catalog import Catalog
from ..data.documents import graded, note_source
from ..data.schema import CatalogSpec, Facet, FacetValue, Quality
from ..tools.filters import describe
from ..tools.types import Where
from .chinese import HAN
from .diversity import Dial
from .explain import Basis
from .leanings import leanings
from .profile import Kind, Profile
from .state import State
from .types import Intent, Mention, Pick, Relaxation, Reply, Spent, Trace

TOOLS = {
    "user-knn": "what people of your taste like",
    "item-knn": "what is liked by the same people",
    "ease": "what is liked by the same people, each cause counted once",
    "ials": "the hidden factors of taste",
    "autoencoder": "a network trained on people of a few likes",
    "gnn": "the graph of people, items and tags",
    "content": "what the descriptions say",
    "names": "shared names",
    "categories": "shared categories",
    "years": "the same years",
    "popularity": "how many like it",
    "known": "how well known it is",
    "words": "the meaning of your words",
    "lexical": "the words themselves",
    "lean": "the qualities you asked for",
    "best": "how highly it is rated",
    "fresh": "the dial between familiar and fresh",
    "explore": "a draw of what else you may like",
    "esteem": "how good it is held to be",
}
"""What each tool of the ranking goes by, in the words of a person who asks why."""
LEARNT = {
    "said": "you said so",
    "command": "you noted it",
    "inferred": "inferred, as you asked for something like it",
}
"""How something about a person was learnt, in words."""
QUOTED = 100
"""Characters of somebody's own words that are said back."""
TASTES = 5
"""Items of each kind that a summary of somebody's tastes names."""
SURE = 0.85
"""A title resolved with less certainty than this is said back to the person."""


def joined(words: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"; empty for no words."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def lead(catalog: Catalog, basis: Basis, shown: int, *, more: bool = False) -> str:
    """The line above the picks: what they answer to, in the person's terms."""
    spec = catalog.spec
    what = spec.noun if shown == 1 else spec.plural
    head = f"{'More' if more else 'The best'} {what}" if more or basis.best else what[:1].upper() + what[1:]
    parts = []
    if basis.seeds:
        parts.append(f"like {joined([catalog.label(seed) for seed in basis.seeds])}")
    if basis.words:
        parts.append(f"for “{shorten(basis.words, QUOTED, placeholder=' …')}”")
    if basis.names:
        parts.append(f"with {joined([value for _, value in basis.names])}")
    if not parts and basis.likes:
        parts.append("for what you asked about before" if basis.inferred else "for what you have liked")
    limits = describe(spec, basis.where)
    if not parts:
        return f"{head} ({limits}):" if limits else f"{head} that many people know and like:"
    return f"{head} {', '.join([*parts, limits] if limits else parts)}:"


def dialled(dial: Dial) -> str:
    """How familiar and how varied lists are, in one line."""
    said = f"Familiar to fresh: {dial.fresh:g} (of -1 to 1). Variety: {dial.diverse:g} (of 0 to 1)."
    return f"{said} Exploration: {dial.explore:g} (of 0 to 1)." if dial.explore else said


def notices(spec: CatalogSpec, intent: Intent) -> list[str]:
    """What the person should know about how they were understood, one line each."""
    lines = [unknown_title(title.surface, title.nearest) for title in intent.unknown_titles]
    unsure = [m for m in (*intent.seeds, *intent.likes, *intent.dislikes, *intent.seen) if m.certainty < SURE]
    lines += [f"I took “{mention.surface}” for {mention.title}." for mention in unsure]
    lines += [
        f"I read “{word}” as {read}."
        for word, quality in intent.qualities
        if (read := _reading(spec, quality))
    ]
    if intent.cannot_tell:
        words = joined([f"“{word}”" for word in intent.cannot_tell], "or")
        lines.append(f"Nothing I know of these {spec.plural} says what is {words}, so I did not use it.")
    return lines


def unknown_title(surface: str, nearest: Sequence[str]) -> str:
    """The line for a title that is in no catalogue entry."""
    if HAN.search(surface) or not nearest:
        return f"I do not know “{surface}”."
    return f"I do not know “{surface}”. The nearest titles I have: {joined(list(nearest[:3]), 'or')}."


def _reading(spec: CatalogSpec, quality: Quality) -> str:
    """How a quality was read, by notes where they know it; empty where that is what was said anyway."""
    judged = [name for name in (*quality.prefer, *quality.avoid) if spec.facet(name).judged]
    wanted, avoided = (
        [
            value
            for name, values in of.items()
            if not judged or name in judged
            for value in _meant(spec.facet(name), values)
        ]
        for of in (quality.prefer, quality.avoid)
    )
    if judged and len(wanted) < 2 and not avoided:
        return ""
    if wanted and avoided and not judged:
        return f"{joined(wanted, 'or')} rather than {joined(avoided, 'or')}"
    return joined(wanted, "or") or f"not {joined(avoided, 'or')}"


def _meant(facet: Facet, values: Sequence[str]) -> list[str]:
    """The values of a quality in words, grades as one phrase ("pace slow or measured")."""
    if not facet.grades:
        return list(values)
    return [f"{facet.label} {joined([graded(facet, float(value)) for value in values], 'or')}"]


def sponsored(titles: Sequence[str]) -> str:
    """The line that discloses what is paid for."""
    return f"Sponsored: {joined(titles)}."


def withheld(spec: CatalogSpec, confirm_as: str) -> str:
    """The line on what waits for the person to say that they may see it."""
    return f"Some {spec.plural} are only for people who are {confirm_as}; say so if you are."


def nothing_fits(spec: CatalogSpec, where: Where, relaxations: Sequence[Relaxation], rule: str = "") -> str:
    """The honest answer when no item satisfies every constraint, with the nearest ways out.

    ``rule`` is the rule of the house that hides what there is, in words.
    """
    head = (
        f"No {spec.noun} here is {describe(spec, where)}." if where else f"No {spec.noun} is left to suggest."
    )
    if rule:
        head = f"No {spec.noun} that I may show is {describe(spec, where)}." if where else head
        head = f"{head} A rule of the house: {rule}."
    opening = [relaxation for relaxation in relaxations if relaxation.opens]
    if not opening:
        return head
    most = opening[0]
    ways = joined([f"{r.constraint} ({count(spec, r.opens)})" for r in opening[:3]], "or")
    return f"{head} What excludes most is: {most.constraint}. It would open by giving up {ways}."


def count(spec: CatalogSpec, n: int) -> str:
    """ "1 film", "203 films"."""
    return f"{n:,} {spec.noun if n == 1 else spec.plural}"


def noted(likes: Sequence[Mention], dislikes: Sequence[Mention], seen: Sequence[Mention]) -> str:
    """What was noted of a person's tastes, in one sentence; empty for nothing."""
    parts = []
    for verb, mentions in (("like", likes), ("do not like", dislikes), ("know", seen)):
        if mentions:
            parts.append(f"you {verb} {joined([m.title for m in mentions])}")
    return f"Noted: {joined(parts)}." if parts else ""


def fact(catalog: Catalog, position: int, facet_name: str) -> str:
    """The answer to a question about one facet of one item, or about all of them when none is named."""
    label, item = catalog.label(position), catalog.item(position)
    if not facet_name:
        return about(catalog, position)
    facet = catalog.spec.facet(facet_name)
    value = item.facets.get(facet_name)
    if value is None or value == ():
        return f"I have no {facet.label} for {label}."
    if facet.kind == "text":
        return f"{label}: {value} ({note_source(item)})" if facet.judged else f"{label}: {value}"
    source = f" ({note_source(item)})" if facet.judged else ""
    return f"{label}: {facet.label} {_words(facet, value)}{source}."


def _words(facet: Facet, value: FacetValue) -> str:
    """A facet's value as it is said; of a grade, what it means."""
    if isinstance(value, tuple):
        return joined(list(value))
    if facet.grades and isinstance(value, int | float) and 0 <= value < len(facet.grades):
        return facet.grades[int(value)].replace(":", ",", 1)
    return _number(value, facet.unit)


def _number(value: str | float | bool, unit: str) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{text} {unit}".strip() if unit not in {"%"} else f"{text}{unit}"


def about(catalog: Catalog, position: int) -> str:
    """What the catalogue knows of one item, in one line."""
    item, parts = catalog.item(position), []
    note = next(
        (f.name for f in catalog.spec.facets if f.judged and f.kind == "text" and f.name in item.facets), ""
    )
    for facet in catalog.spec.facets:
        value = item.facets.get(facet.name)
        if value is None or value == () or facet.kind == "year" or facet.judged:
            continue
        words = joined(list(value[:4])) if isinstance(value, tuple) else _number(value, facet.unit)
        parts.append(f"{facet.verb or facet.label} {words}")
    if not parts and not note:
        return f"I only know its title: {item.title}."
    facts = f"{catalog.label(position)}: {'; '.join(parts)}." if parts else f"{catalog.label(position)}."
    return f"{facts} {item.facets[note]} ({note_source(item)})" if note else facts


def counted(spec: CatalogSpec, where: Where, n: int) -> str:
    """The answer to "how many … do you have?"."""
    return f"{count(spec, n)}{f' ({describe(spec, where)})' if where else ' in all'}."


def among(catalog: Catalog, fitting: Sequence[int], where: Where) -> str:
    """The answer to "which of these are …?"; ``fitting`` are those of the shown items that are so."""
    said = describe(catalog.spec, where)
    labels = joined([catalog.label(position) for position in fitting])
    return f"Of these, {labels} ({said})." if fitting else f"None of these, as far as I know ({said})."


def in_force(catalog: Catalog, basis: Basis) -> str:
    """What the conversation holds at the moment."""
    parts = []
    if basis.seeds:
        parts.append(f"something like {joined([catalog.label(p) for p in basis.seeds])}")
    if basis.where:
        parts.append(describe(catalog.spec, basis.where))
    if basis.qualities:
        parts.append(joined([word for word, _ in basis.qualities]))
    if basis.words:
        parts.append(f"“{basis.words}”")
    return (
        f"At the moment you ask for: {'; '.join(parts)}." if parts else "Nothing is asked for at the moment."
    )


def tastes(catalog: Catalog, profile: Profile) -> list[str]:
    """What is remembered of a person's tastes, a sentence a kind, the latest first."""
    lines = []
    kinds: tuple[tuple[Kind, str], ...] = (("like", "like"), ("dislike", "do not like"), ("seen", "know"))
    for kind, verb in kinds:
        known = [item_id for item_id in reversed(profile.ids(kind)) if item_id in catalog]
        labels = [catalog.label(catalog.position(item_id)) for item_id in known[:TASTES]]
        if labels:
            more = f" and {len(known) - TASTES} more" if len(known) > TASTES else ""
            lines.append(f"You {verb} {', '.join(labels) if more else joined(labels)}{more}.")
    if found := [_value(catalog.spec.facet(of.facet), of.value) for of in leanings(catalog, profile)]:
        lines.append(f"You seem to like {joined(found)}.")
    return lines


def _value(facet: Facet, value: str) -> str:
    """A facet's value as what somebody likes: "Comedy", "what is directed by Joel Coen"."""
    return f"what is {facet.verb} {value}" if facet.verb else value


def remembered(catalog: Catalog, profile: Profile, state: State) -> list[str]:
    """What is remembered of a person, a line each, the latest first, with how and when it was learnt."""
    said = {"like": "You like", "dislike": "You do not like", "seen": "You know"}
    lines = []
    for entry in reversed(profile.entries):
        if entry.item_id in catalog:
            verb = "You seem to like" if entry.source == "inferred" else said[entry.kind]
            when = f", {time.strftime('%d %b %Y', time.localtime(entry.at))}" if entry.at else ""
            label = catalog.label(catalog.position(entry.item_id))
            lines.append(f"{verb} {label} ({LEARNT[entry.source]}{when}).")
    lines += [
        f"You seem to like {_value(catalog.spec.facet(of.facet), of.value)}"
        f" (inferred from {of.liked} of your {of.likes} likes)."
        for of in leanings(catalog, profile)
    ]
    lasting = [constraint.surface for constraint in state.constraints if constraint.lasting]
    return [*lines, *([f"Always: {joined(lasting)} (you said so)."] if lasting else [])]


def traced(trace: Trace) -> list[tuple[str, str]]:
    """A trace as pairs for a screen: what was done, and with what and to what effect."""
    rows = []
    for step in trace.steps:
        told = ", ".join(f"{name} {value}" for name, value in step.arguments.items())
        left = "" if step.found is None else f"{step.found:,} left"
        rows.append((step.does, "; ".join(part for part in (told, left) if part)))
    spent = [f"{name} {value:g} ms" for name, value in trace.timings_ms.model_dump().items() if value]
    return [*rows, *([("time", ", ".join(spent))] if spent else [])]


def cost(spent: Spent) -> str:
    """What a language model cost, in one line."""
    if not spent.requests:
        return "no request to a model"
    read = f"{spent.prompt_tokens:,} tokens read ({spent.cached_tokens:,} more from its memory)"
    times = f"{spent.seconds:.1f} s, the first token after {spent.first_token_seconds:.2f} s"
    requests = "1 request" if spent.requests == 1 else f"{spent.requests} requests"
    return f"{requests}, {read}, {spent.written_tokens:,} written, {times}"


def why(pick: Pick) -> list[str]:
    """All the reasons of a pick with their numbers, one sentence each, and what carried it."""
    lines = [f"{reason.text.rstrip('.')}{_numbers(reason.evidence)}." for reason in pick.reasons]
    carriers = [f"{TOOLS[tool]} ({share:.0%})" for tool, share in pick.carried.items() if tool in TOOLS]
    lines += [f"What brought it up: {joined(carriers)}."] if carriers else []
    return lines if pick.confidence is None else [*lines, likely(pick.confidence)]


def likely(confidence: float) -> str:
    """How likely a person is to like a pick, and how one knows."""
    return (
        f"How sure I am that you will like it: {confidence:.0%}. Of what ranked like this for people"
        " I had not learned from, about as much was liked by those who rated it."
    )


def _numbers(evidence: dict[str, object]) -> str:
    """The numbers behind a reason that its sentence does not show."""
    if "item_likers" in evidence and "people" in evidence:
        return f" (of all {evidence['people']} people {evidence['item_likers']} did)"
    return ""


def smalltalk(spec: CatalogSpec, topic: str) -> str:
    """A friendly line that leads back to what the agent can do."""
    example = f"name a {spec.noun} you like, or say what you are in the mood for"
    match topic:
        case "greeting":
            return f"Hello! To get going, {example}."
        case "thanks":
            return "You are welcome. “more” shows the next ones, “why 2” explains one."
        case "bye":
            return "Goodbye. I will remember what you told me; /forget makes me forget it."
        case "help" | "capabilities":
            return (
                f"I recommend {spec.plural} from a catalogue of {count(spec, spec.n_items)},"
                f" with a checked reason for each. You can {example},"
                " set limits (“under two hours”, “not horror”), ask “why 2”, say “more”,"
                " or tell me what you liked, disliked or know already."
            )
        case _:
            return f"I can only help with {spec.plural}. You can {example}."


def unclear(spec: CatalogSpec) -> str:
    """The answer when nothing was found in a message."""
    return f"I did not find a title, a name or a wish in that. You could {_example(spec)}."


def _example(spec: CatalogSpec) -> str:
    return (
        f"name a {spec.noun} you like (“something like …”), or say what it should be (“short”, “not too old”)"
    )


def wishes(catalog: Catalog, basis: Basis) -> tuple[str, ...]:
    """What was asked beside the seeds, in words, for the LLM and its checker."""
    said = [describe(catalog.spec, {facet: bound}) for facet, bound in basis.where.items()]
    return (*said, *(word for word, _ in basis.qualities), *(value for _, value in basis.names))


def plain(catalog: Catalog, lead: str, picks: Sequence[Pick]) -> str:
    """The answer without a model: the lead, and each pick with its strongest reason."""
    lines = [
        f"{n}. {catalog.label(catalog.position(p.id))}: {p.reasons[0].text}." for n, p in enumerate(picks, 1)
    ]
    return "\n".join([lead, *lines])


def listed(reply: Reply) -> list[str]:
    """A reply as lines of Markdown, for a saved conversation."""
    lines = []
    for number, pick in enumerate(reply.items, 1):
        lines.append(f"{number}. **{pick.title}**" + (f" — {pick.reasons[0].text}." if pick.reasons else ""))
    return [*lines, *(["", reply.text] if reply.text and (reply.model != "none" or not lines) else [])]
