"""The titles in a message: written out, in quotation marks, or standing where only a title can."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ..tools.everyday import EVERYDAY
from ..tools.mentions import Span
from ..tools.text import numbered, tokens
from .leftovers import is_content
from .message import either, is_comparative, key, read
from .quantities import YEAR
from .spans import At, Titled, apart, apart_from_each_other, same_range, within
from .title_places import (
    ANNOUNCED,
    ANSWERS,
    ARTICLES,
    ASKED,
    ASKED_NOT,
    BEFORE_TITLE,
    BEFORE_YEAR,
    BETWEEN,
    CLOSES,
    FAMOUS,
    LIKE,
    MAX_TITLE,
    OBSCURE,
    PARTLY,
    PRONOUNS,
    QUESTIONS,
    QUOTED,
    SURE_NAME,
    SURE_TITLE,
    VAGUE,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..data.catalog import Catalog
    from ..tools.lookup import TitleIndex
    from .facetwords import FacetWords
    from .lexicon import Lexicon, Sense, Term
    from .message import Message
    from .phrases import Found
    from .references import Reference
    from .roles import Cues
    from .spans import Person, Ranged
    from .state import State


class TitleFinder:
    """Finds the titles that messages name in one catalogue; ``nouns`` are what its items are called."""

    def __init__(
        self,
        catalog: Catalog,
        titles: TitleIndex,
        facets: FacetWords,
        lexicon: Lexicon,
        nouns: Sequence[str],
        cues: Cues,
    ) -> None:
        self._catalog = catalog
        self._titles = titles
        self._facets = facets
        self._lexicon = lexicon
        self._nouns = nouns
        self._cues = cues
        self._compares = False
        """Whether anything was shown that a comparative may compare with."""
        self._asks = re.compile(ASKED.pattern.replace("{labels}", either("  ".join(facets.labels) or "$^")))

    def find(
        self,
        message: Message,
        bounds: list[Found],
        terms: list[Term],
        people: list[Person],
        references: list[Reference],
        state: State,
    ) -> list[Titled]:
        """The titles of ``message`` that nothing else found in it explains better."""
        self._compares = bool(state.shown)
        quoted = self._quoted(message)
        made = self._by_maker(message, people)
        spoken = [*made, *apart(self._spoken(message, state), [*quoted, *made])]
        announced, titled = self._announced(message, people), self._titled(message)
        # "Iron Fleet II" is not the "Iron Fleet" spoken of before.
        spoken = [one for one in spoken if not any(_is_longer(other, one) for other in [*announced, *titled])]
        announced = [*spoken, *apart(announced, spoken)]
        named = [*quoted, *apart([*announced, *apart(titled, announced)], quoted)]
        sure = [*spoken, *apart([*self._cued(message), *self._questioned(message)], spoken)]
        titles = self._believed(message, named, announced, sure, apart(bounds, sure), terms)
        whole_names = [person for person in people if person.end - person.start > 1]
        titles = [
            title
            for title in titles
            if not any(name.meets(title) and not self._is_more(title, name) for name in whole_names)
        ]
        titles = [self._dated(message, self._as_written(message, title)) for title in titles]
        return [title for title in titles if not self._is_reference(message, title, references)]

    def _is_more(self, title: Titled, name: Person) -> bool:
        """Whether a title that holds a whole name is more than that: the name alone is no part of one."""
        alias = title.span.matches[0].alias if title.span.matches else ""
        return within(name, title) and not (
            same_range(name, title) and _bare(alias) != _bare(title.span.surface)
        )

    def _as_written(self, message: Message, title: Titled) -> Titled:
        """``title``, meaning the item whose title stands here to the letter ("Help!", no "The Help")."""
        text = message.text[title.span.start :]
        written = [m for m in title.span.matches if text.startswith(m.title) and len(m.title) > 3]
        if not written or written[0] is title.span.matches[0]:
            return title
        best = max(written, key=lambda match: len(match.title))
        rest = tuple(match for match in title.span.matches if match is not best)
        return replace(title, span=title.span._replace(matches=(best, *rest)))

    def _foreign(self, message: Message) -> list[Titled]:
        """Titles in Latin letters within a message in another script."""
        words = [at for at, token in enumerate(message.tokens) if token.is_word]
        latin = [at for at in words if message.lows[at].isascii()]
        found: list[Titled] = []
        for at in latin if 0 < 2 * len(latin) <= len(words) else ():
            for last in range(latin[-1] + 1, at, -1):
                inside = all(i in latin for i in range(at, last) if message.tokens[i].is_word)
                if inside and (title := self._exactly(message, at, last, alone=True)):
                    found += title
                    break
        return apart_from_each_other(found)

    def _titled(self, message: Message) -> list[Titled]:
        found = []
        for span in self._titles.mentions(message.text):
            first, last = message.tokens_between(span.start, span.end)
            if first < last and span.matches:
                found.append(Titled(first, last, span))
        return found

    def _dated(self, message: Message, title: Titled) -> Titled:
        """``title`` with the year behind or before it that says which of several is meant."""
        span = self._year_beside(message, title) if title.is_known else None
        if span is None:
            return title
        year, first, last = span
        surface = message.surface(title.start, title.end)
        matches = tuple(self._titles.find(surface, k=5, year=year))
        loose = last == title.end or message.lows[title.end] != "("
        if not matches or (loose and self._titles.year(matches[0].position) != year):
            return title
        start, end = message.tokens[first].start, message.tokens[last - 1].end
        return Titled(first, last, Span(start, end, title.span.surface, matches, matches[0].certainty))

    def _year_beside(self, message: Message, title: Titled) -> tuple[int, int, int] | None:
        """A year beside a title and the tokens of both: "Solaris (2002)", "the 2002 Solaris"; "Solaris from
        2002" only where several items have that title.
        """
        lows, end = message.lows, title.end
        behind = lows[end : end + 3]
        if len(behind) == 3 and behind[0] + behind[2] == "()" and YEAR.fullmatch(behind[1]):
            return int(behind[1]), title.start, end + 3
        if len({self._titles.year(match.position) for match in title.span.matches}) < 2:
            return None
        if len(behind) > 1 and behind[0] in {"from", "of"} and YEAR.fullmatch(behind[1]):
            return int(behind[1]), title.start, end + 2
        if title.start and YEAR.fullmatch(lows[title.start - 1]):
            return int(lows[title.start - 1]), title.start - 1, end
        return None

    def _quoted(self, message: Message) -> list[Titled]:
        """What stands in quotation marks: a title, or one that nobody knows."""
        found = []
        for match in QUOTED.finditer(message.text):
            inner = 1 if match[1] is not None else 2
            first, last = message.tokens_between(match.start(inner), match.end(inner))
            if first < last:
                matches = tuple(self._titles.find(match[inner], k=5))
                known = bool(matches) and matches[0].certainty >= SURE_TITLE
                certainty = matches[0].certainty if known else 0.0
                span = Span(match.start(inner), match.end(inner), match[inner], matches, certainty)
                found.append(Titled(first, last, span, is_known=known))
        return found

    def _spoken(self, message: Message, state: State) -> list[Titled]:
        """Titles of the items of the conversation, which need no other support."""
        found: list[Titled] = []
        for item_id in dict.fromkeys(filter(None, [*(s.id for s in state.seeds), state.focus, *state.shown])):
            if item_id not in self._catalog:
                continue
            title = self._catalog.titles[self._catalog.position(item_id)]
            words = read(title).lows
            words = words[1:] if len(words) > 1 and words[0] in ARTICLES else words
            for at in range(len(message.lows) - len(words) + 1):
                last = at + len(words)
                if message.lows[at:last] != words or not self._tells(message, at, last):
                    continue
                first = at - (
                    at > 0 and message.lows[at - 1] in ARTICLES and key(title).split()[0] in ARTICLES
                )
                text = message.surface(first, last)
                matches = [
                    m for m in self._titles.find(text, k=8) if self._catalog.ids[m.position] == item_id
                ]
                if matches:
                    start, end = message.tokens[first].start, message.tokens[last - 1].end
                    found.append(Titled(first, last, Span(start, end, text, tuple(matches), 1.0)))
        return apart_from_each_other(found)

    def _tells(self, message: Message, first: int, last: int) -> bool:
        """Whether the words can hardly mean anything but a title of the conversation."""
        if last - first > 1 or _is_written_large(message, first, last):
            return True
        low = message.lows[first]
        return low.isalpha() and low not in EVERYDAY and not self._lexicon.senses([low])

    def _announced(self, message: Message, people: list[Person]) -> list[Titled]:
        """Titles, word for word, where only a title can stand: alone, judged, or asked about."""
        found: list[Titled] = []
        for pattern in ANNOUNCED:
            match = pattern.search(message.plain)
            if match:
                first, last = message.tokens_of(match, "title")
                alone = match.group() == message.plain or match.group().startswith("than ")
                found += self._exactly(message, first, last, alone=alone)
        found = [
            *(found or self._questioned(message))[:1],
            *apart([*self._cued(message), *self._foreign(message)], found[:1]),
        ]
        return found or self._asked(message, people)

    def _questioned(self, message: Message) -> list[Titled]:
        """The title that a question is about."""
        for pattern in QUESTIONS:
            match = pattern.search(message.plain)
            if match:
                first, last = message.tokens_of(match, "title")
                if found := self._exactly(message, first, last, alone=False, asked=True):
                    return found
        return []

    def _cued(self, message: Message) -> list[Titled]:
        """Titles, word for word, behind words that say what is thought of them: "couldn't stand 2046"."""
        found: dict[int, Titled] = {}
        for at in self._cues.ends(message):
            while at < len(message.tokens) and (title := self._first_title(message, at)) is not None:
                found.setdefault(title.start, title)
                at = title.end
                while at < len(message.tokens) and message.lows[at] in BETWEEN:
                    at += 1
        return apart_from_each_other(found.values())

    def _first_title(self, message: Message, at: int) -> Titled | None:
        """The longest title that begins at token ``at`` or behind words like "both", and ends a phrase."""
        lows = message.lows
        while at < len(lows) and lows[at] in BEFORE_TITLE:
            at += 1
        for last in range(min(at + MAX_TITLE, len(lows)), at, -1):
            if last < len(lows) and lows[last] not in CLOSES:
                continue
            number = last == at + 1 and lows[at].isdigit()
            if number and at and lows[at - 1] in BEFORE_YEAR:
                continue
            if all(low in EVERYDAY for low in lows[at:last]) and not _is_written_large(message, at, last):
                continue
            if title := self._exactly(message, at, last, alone=False):
                return title[0]
        return None

    def _asked(self, message: Message, people: list[Person]) -> list[Titled]:
        """The title in a question that can only be about one: part of a famous one, or an unknown one."""
        match = self._asks.search(message.plain)
        if match is None:
            return []
        first, last = message.tokens_of(match, "title")
        while last > first and not message.tokens[last - 1].is_word:
            last -= 1
        lows = message.lows[first:last]
        if not lows or lows[0] in VAGUE or lows[0] in ASKED_NOT or set(lows) & set(self._nouns):
            return []
        explained: list[Ranged] = [*self._lexicon.find(message), *people]
        if any(first <= other.start < last for other in explained):
            return []
        text = message.surface(first, last)
        near = [m for m in self._titles.find(text, k=3) if self._titles.known[m.position] >= FAMOUS]
        known = bool(near) and near[0].certainty >= PARTLY
        if not known and match["own"] is None:
            return []
        start, end = message.tokens[first].start, message.tokens[last - 1].end
        matches = tuple(near if known else ())
        span = Span(start, end, text, matches, near[0].certainty if known else 0.0)
        return [Titled(first, last, span, is_known=known)]

    def _exactly(
        self, message: Message, first: int, last: int, *, alone: bool, asked: bool = False
    ) -> list[Titled]:
        while last > first and not message.tokens[last - 1].is_word:
            last -= 1
        text = message.surface(first, last)
        if first >= last or last - first > MAX_TITLE or key(text) in PRONOUNS | ANSWERS:
            return []
        if message.lows[first] in VAGUE and text[1:] == text[1:].lower():
            return []
        if alone and last == first + 1 and self._compares and is_comparative(text):
            return []  # "faster", said of what was shown
        # "A comedy" is not the film "The Comedy".
        article = message.lows[first] in ARTICLES and last - first > 1 and text == text.lower()
        senses = self._lexicon.senses(message.lows[first + article : last])
        if not asked and any(self._is_fact(sense) for sense in senses):
            return []
        exact = [match for match in self._titles.written(text, k=3) if _bare(match.alias) == _bare(text)]
        if not exact or (self._catalog.known[exact[0].position] < OBSCURE and not alone):
            return []
        if (
            not asked
            and text == text.lower()
            and any(sense.exact and sense.kind == "value" for sense in senses)
        ):
            # "vampires" means films with some; "aliens" may as well mean the one that everybody knows.
            exact = [match for match in exact if self._catalog.known[match.position] >= FAMOUS]
            if not exact:
                return []
        start, end = message.tokens[first].start, message.tokens[last - 1].end
        return [Titled(first, last, Span(start, end, text, tuple(exact), exact[0].certainty))]

    def _believed(
        self,
        message: Message,
        titles: list[Titled],
        announced: list[Titled],
        sure: list[Titled],
        bounds: list[Found],
        terms: list[Term],
    ) -> list[Titled]:
        """The titles that nothing else explains better, none overlapping."""
        kept: list[Titled] = []
        for title in titles:
            if any(title.meets(other) for other in kept) or self._is_person(message, title):
                continue
            if any(title.meets(bound) and not within(bound, title) for bound in bounds):
                continue
            text = message.surface(title.start, title.end)
            said = self._without_article(message, title)
            senses = [sense for term in terms if same_range(said, term) for sense in term.senses]
            facet_word = any(
                self._is_fact(sense) or (sense.kind == "value" and title not in announced) for sense in senses
            )
            if (
                title not in sure
                and not _quoted(message, title)
                and ((text == text.lower() and facet_word) or self._is_topic(message, title, terms))
            ):
                continue
            kept.append(title)
        return sorted(kept, key=lambda title: title.start)

    def _is_reference(self, message: Message, title: Titled, references: list[Reference]) -> bool:
        """Whether lower case words taken for a title refer to what was shown ("seen it", "the second")."""
        text = message.surface(title.start, title.end)
        if text != text.lower() or _quoted(message, title):
            return False
        return text in PRONOUNS or any(
            title.meets(ref) and (same_range(title, ref) or len(ref.places) > 1) for ref in references
        )

    def _without_article(self, message: Message, title: Titled) -> At:
        """The words of a title that is only a part of one ("the golden age") without their article."""
        exact = any(_bare(match.alias) == _bare(title.span.surface) for match in title.span.matches[:1])
        article = message.lows[title.start] in {"a", "an", "the"} and title.end - title.start > 1
        return At(title.start + 1, title.end) if article and not exact else title

    def _is_fact(self, sense: Sense) -> bool:
        """Whether a word is about a fact of items, rather than a quality or what notes say of them."""
        if sense.kind in {"quality", "unknown"}:
            return False
        return not sense.facet or not self._catalog.spec.facet(sense.facet).judged

    def _is_topic(self, message: Message, title: Titled, terms: list[Term]) -> bool:
        """Whether the words say what items are about or where they are set ("films set in New York")."""
        two = message.lows[max(0, title.start - 2) : title.start]
        if two in {
            ("set", "in"),
            ("place", "in"),
            ("based", "in"),
            ("something", "about"),
            ("anything", "about"),
        }:
            return True
        return two[1:] == ("about",) and any(term.end == title.start - 1 for term in terms)

    def _is_person(self, message: Message, title: Titled) -> bool:
        """Whether "by" or the like stands before a title that is also a name ("by Hitchcock")."""
        lows = message.lows
        asked = (
            bool(self._facets.by_verb(lows, title.start))
            or lows[max(0, title.start - 2) : title.start] == ("best", "of")
            or (title.start > 0 and lows[title.start - 1] in {"best", "early", "late", "classic", "other"})
            or (title.end < len(lows) and lows[title.end] in self._nouns)
        )
        return asked and any(
            name.certainty >= SURE_NAME
            for name in self._titles.names.find(message.surface(title.start, title.end), k=1)
        )

    def unknown(self, message: Message, taken: Iterable[Ranged], terms: list[Term]) -> list[Titled]:
        """What looks like a title and is in no entry, apart from ``taken``."""
        found: list[Titled] = []
        closed = [*taken, *self._quoted(message)]
        for span in self._titles.unknown(message.text):
            first, last = message.tokens_between(span.start, span.end)
            title = Titled(first, last, span, is_known=False)
            if first >= last or any(title.meets(other) for other in closed):
                continue
            if not any(is_content(low, self._facets.verbs) for low in message.lows[first:last]):
                continue
            if not _quoted(message, title) and any(title.meets(term) for term in terms):
                continue
            if self._is_description(message, title):
                continue
            found.append(title)
        return found

    def _is_description(self, message: Message, title: Titled) -> bool:
        """Whether titles, which describe here, have the words: of what brand, say, items are."""
        like = LIKE.search(" ".join(message.lows[: title.start])) is not None
        words = tokens(title.span.surface)
        return self._catalog.spec.title_describes and not like and bool(self._titles.table.with_words(words))

    def _by_maker(self, message: Message, people: list[Person]) -> list[Titled]:
        """ "The Road by Cormac McCarthy": a title before the name of who made the item."""
        found = []
        for person in people:
            end = person.start - 1
            if end < 1 or message.lows[end] not in {"by", ","}:
                continue
            names = {name.value for name in person.span.matches}
            for first in range(max(0, end - MAX_TITLE), end):
                text = message.surface(first, end)
                theirs = [m for m in self._titles.written(text, k=8) if names & self._makers(m.position)]
                if theirs and not any(
                    self._is_fact(s) for s in self._lexicon.senses(message.lows[first:end])
                ):
                    start, last = message.tokens[first].start, message.tokens[end - 1].end
                    found.append(Titled(first, end, Span(start, last, text, tuple(theirs), 1.0)))
                    break
        return found

    def _makers(self, position: int) -> set[str]:
        """The values of an item's name facets."""
        facets = self._catalog.item(position).facets
        names = [facet.name for facet in self._catalog.spec.facets if facet.kind == "name"]
        values = [facets.get(name) for name in names]
        return {
            v for value in values if value for v in (value if isinstance(value, tuple) else (str(value),))
        }


def _bare(text: str) -> str:
    """``text`` as titles are compared, without an article in front."""
    parts = tokens(text)
    return " ".join(numbered(parts[1:] if len(parts) > 1 and parts[0] in ARTICLES else parts)) or key(text)


def _is_longer(one: At, other: At) -> bool:
    """Whether ``one`` covers ``other`` and more."""
    return within(other, one) and not same_range(one, other)


def _is_written_large(message: Message, first: int, last: int) -> bool:
    """Whether capitals, which no sentence's beginning explains, mark the words as a name."""
    begins = first == 0 or message.lows[first - 1] in {".", "!", "?", ":"}
    return any(message.tokens[at].text[:1].isupper() for at in range(first + begins, last))


def _quoted(message: Message, title: At) -> bool:
    """Whether the title stands in quotation marks."""
    before = message.lows[title.start - 1] if title.start else ""
    after = message.lows[title.end] if title.end < len(message.lows) else ""
    return before in {'"', "'"} and after[:1] in {'"', "'"}
