"""The checker on statements whose truth is known: true ones pass, planted errors do not."""

from __future__ import annotations

import pytest
from invented import FILMS, OTHER_SEED, SEED, SPEC, Film, facts, pick
from palate.agent.check import Checker
from palate.agent.types import Pick, Reason
from palate.agent.write import WriteFacts
from palate.data.schema import CatalogSpec, Facet

TRUE_FORMS = (
    "{title} is directed by {director}.",
    "{director} directed {title}.",
    "I'd start with {title}: it is starring {star}.",
    "Since you liked {seed}, I'd start with {title}: it is directed by {director} too.",
    "Since you liked {seed}, try {title}: {both} of the {likers} people who rated {seed} 4 or more"
    " also gave it 4 or more.",
    "{both} of the {likers} people who rated {seed} 4 or more also gave {title} 4 or more.",
    "{title} is directed by {director}, like {seed}.",
    "You may also enjoy {title}, which is {genre} and drama, like {other}.",
    "{title} shares {genre} with {other}, and it is directed by {director}.",
    "{title} ({year}) has a length of {length} min.",
    "{title} has a critics' score of {score}.",
    "{title} should suit you as well: it is from {year}, and {star} is in the cast.",
    "You asked for films after 1970, so {title} from {year} is a good fit.",
    "For {genre} with {star}, {title} is a good choice.",
    "The director of {title} is {director}.",
)


def said(form: str, film: Film, **changes: object) -> str:
    values = {**film._asdict(), "genre": film.genre.lower(), "seed": SEED, "other": OTHER_SEED, **changes}
    return form.format(**values)


def passes(sentence: str, *before: str) -> bool:
    checker = Checker(facts())
    for earlier in before:
        checker.check(earlier)
    return checker.check(sentence).passes


TRUE = [said(form, film) for form in TRUE_FORMS for film in FILMS]


def planted() -> list[str]:
    """Each true statement with one person, number or title exchanged, or turned round."""
    wrong = []
    for form in TRUE_FORMS:
        for at, film in enumerate(FILMS):
            other = FILMS[(at + 1) % len(FILMS)]
            for name in ("director", "star", "year", "length", "score", "both", "likers", "genre"):
                if f"{{{name}}}" in form:
                    value = getattr(other, name)
                    wrong.append(said(form, film, **{name: value.lower() if name == "genre" else value}))
            for name in ("year", "length", "score", "both", "likers"):
                if f"{{{name}}}" in form:
                    wrong.append(said(form, film, **{name: getattr(film, name) + 1}))
            wrong.append(said(form, film, title=other.title))
            wrong.append(said(form, film, title="Paper Moons"))
            for plain, turned in (
                (" is ", " is not "),
                (" directed ", " never directed "),
                (" has ", " has no "),
            ):
                if plain in said(form, film):
                    wrong.append(said(form, film).replace(plain, turned, 1))
                    break
    return wrong


def test_at_most_one_in_twenty_true_statements_is_dropped() -> None:
    dropped = [sentence for sentence in TRUE if not passes(sentence)]
    assert len(dropped) <= 0.05 * len(TRUE), dropped


def test_at_least_19_of_20_planted_errors_are_caught() -> None:
    wrong = planted()
    slipped = [sentence for sentence in wrong if passes(sentence)]
    assert len(wrong) > 250
    assert len(slipped) <= 0.05 * len(wrong), slipped


@pytest.mark.parametrize(
    "sentence",
    [
        "Iron Harvest is the best film here.",
        "Iron Harvest is a masterpiece.",
        "Iron Harvest is longer than The Glass Coast.",
        "Iron Harvest is scarier than Salt Road.",
        "Many people love Iron Harvest.",
        "Iron Harvest won an award.",
        "Iron Harvest is about a murderer in Lisbon.",
    ],
)
def test_claims_outside_the_evidence_fail(sentence: str) -> None:
    assert not passes(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Iron Harvest is directed by Tove Lind.",  # in the cast
        "Iron Harvest is starring Mara Quist.",  # the director
        "Iron Harvest is directed by Mara Lind.",  # two people mixed
        "Salt Road is directed by Ruben O'Hara.",  # nothing is known of it
        "Both Iron Harvest and The Glass Coast are directed by Mara Quist.",
        "The Glass Coast is directed by Mara Quist and Iron Harvest is directed by Leo Marsh.",
        "61 of the 38 people who rated Salt Road 4 or more also gave Iron Harvest 4 or more.",
        "61 people who rated Salt Road 4 or more also gave Iron Harvest 4 or more.",
        "38 of the 61 people who rated Night Bus 4 or more also gave Iron Harvest 4 or more.",
        "Iron Harvest is directed by Mara Quist, like Night Bus.",
        "Iron Harvest is horror, like Salt Road.",
        "Iron Harvest, like The Glass Coast, is horror.",
        "Iron Harvest shares horror with The Glass Coast.",
        "Since you liked The Glass Coast, try Iron Harvest.",
        "Iron Harvest has a length of 84 min.",  # its score
        "Iron Harvest is from 1970.",  # the bound that was asked for
    ],
)
def test_facts_of_another_item_role_or_comparison_fail(sentence: str) -> None:
    assert not passes(sentence)


def test_both_are_supported_when_each_is() -> None:
    assert passes("Both Iron Harvest and The Glass Coast are drama.")
    assert passes("Iron Harvest is directed by Mara Quist, and The Glass Coast is directed by Leo Marsh.")


def test_titles_that_were_not_picked_fail_even_of_everyday_words() -> None:
    for title in ("Paper Moons", "It", "Her", "After Hours", "Iron Harvest 2", "Glass"):
        assert not passes(f"You may also enjoy {title}.")
    assert not passes("Her is a good choice.")


def test_a_pick_with_an_everyday_title_can_be_spoken_of() -> None:
    assert passes("You may also enjoy Up, which is directed by J. B. Stone.")


def test_a_part_of_its_own_title_is_no_statement_about_an_item() -> None:
    named = pick(FILMS[0]._replace(title="Iron Harvest 2: Homecoming Day"), 0)
    checker = Checker(WriteFacts(spec=SPEC, picks=(named,), likes=(SEED,), wishes=()))
    assert checker.check(f"Iron Harvest 2: Homecoming Day is directed by {FILMS[0].director}.").passes
    assert not checker.check("Iron Harvest 2: Homecoming Day should suit you: it is Homecoming Day.").passes


def test_it_is_what_was_spoken_of_before() -> None:
    assert passes("It is directed by Mara Quist.", "I'd start with Iron Harvest.")
    assert not passes("It is directed by Mara Quist.", "I'd start with The Glass Coast.")
    assert not passes("It is directed by Mara Quist.")


def test_it_means_nothing_after_a_dropped_sentence() -> None:
    assert not passes("It is directed by Mara Quist.", "I'd start with Iron Harvest, a masterpiece.")


def test_wishes_may_be_told_as_wishes() -> None:
    assert passes("You asked for films after 1970, and not a musical.")
    assert not passes("Iron Harvest is a musical.")
    assert not passes("Iron Harvest is not a western.")
    assert not passes("You liked Salt Road, but I asked for films after 1970.")


def test_a_quality_asked_for_is_no_fact_of_a_pick() -> None:
    checker = Checker(facts(wishes=("feel-good",)))
    assert checker.check("You asked for feel-good, so try Iron Harvest.").passes
    assert not checker.check("Iron Harvest is feel-good, as you asked.").passes


def test_everyday_words_for_a_value_count_as_the_value() -> None:
    assert passes("Dr. Pomegranate is science fiction, like Night Bus.")
    assert not passes("Iron Harvest is science fiction.")


def test_warm_words_pass_and_are_not_repeated() -> None:
    assert passes("I hope you enjoy these!")
    assert not passes("I hope you enjoy these!", "I hope you enjoy these!")


def test_two_items_of_one_title_are_told_apart_by_year_only() -> None:
    both = facts()
    twin = both.picks[1].model_copy(update={"id": "9", "title": "Iron Harvest"})
    checker = Checker(type(both)(spec=both.spec, picks=(both.picks[0], twin), likes=both.likes))
    assert not checker.check("Iron Harvest is directed by Mara Quist.").passes
    assert checker.check("Iron Harvest (1986) is directed by Mara Quist.").passes
    assert not checker.check("Iron Harvest (1994) is directed by Mara Quist.").passes


@pytest.mark.parametrize(
    "sentence",
    [
        "Iron Harvest is directed by Mara Quist, as you asked.",
        "Iron Harvest is a good fit: it is 38 of the 61 people who rated Salt Road 4 or more.",
        "I'd try Iron Harvest next: it is Iron Harvest.",
        "Iron Harvest is worth a look too: it is worth a look too.",
        "Try Iron Harvest: it comes with Salt Road 4 or more.",
    ],
)
def test_what_was_not_asked_for_and_what_makes_no_sense_fails(sentence: str) -> None:
    assert not passes(sentence)


def test_control_characters_and_endless_sentences_fail() -> None:
    assert not passes("I hope you enjoy \x1b[31mthese!")
    assert not passes("I hope you enjoy these" + ", these" * 100 + ".")


@pytest.mark.parametrize(
    "sentence",
    [
        "Like Salt Road, Iron Harvest is directed by Mara Quist.",
        "Iron Harvest came out in 1986.",
        "Iron Harvest is from the 1980s.",
        "The critics' score of Iron Harvest is 84 of 100.",
        "Iron Harvest has a critics' score of 84.",
    ],
)
def test_other_ways_to_say_what_is_true_pass(sentence: str) -> None:
    assert passes(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Like Salt Road, The Glass Coast is directed by Mara Quist.",
        "Like Night Bus, Iron Harvest is directed by Mara Quist.",
        "Iron Harvest came out in 1980.",  # its decade, told as its year
        "Iron Harvest is from the 1970s.",
        "The critics' score of Iron Harvest is 84 of 137.",
        "The critics' score of Iron Harvest is 137.",  # its length
        "The length of Iron Harvest is 84.",
    ],
)
def test_other_ways_to_say_what_is_false_fail(sentence: str) -> None:
    assert not passes(sentence)


def test_a_value_that_is_called_like_a_title_is_said_of_the_item() -> None:
    kinds = Facet(name="kind", label="kind", kind="category")
    spec = CatalogSpec(name="shop", noun="product", plural="products", facets=(kinds,))
    lemon, plum = (Pick(id=name, title=name, score=1.0, facets={"kind": name}) for name in ("Lemon", "Plum"))
    given = WriteFacts(spec=spec, picks=(lemon, plum))
    for true in ("Lemon is Lemon.", "The kind of Plum is Plum.", "Lemon is a product with the kind Lemon."):
        assert Checker(given).check(true).passes, true
    for false in ("Lemon is Plum.", "The kind of Lemon is Plum.", "Lemon is a product with the kind Plum."):
        assert not Checker(given).check(false).passes, false


def test_a_long_title_may_come_twice_and_a_title_of_everyday_words_may_begin() -> None:
    long = FILMS[0]._replace(title="What I Wish You Had")
    seed = "All the Roads of Summer"
    reason = Reason(
        kind="co_liking", text=f"38 of the 61 people who rated {seed} 4 or more also rated it 4 or more"
    )
    named = pick(long, 0).model_copy(update={"reasons": (reason,)})
    checker = Checker(WriteFacts(spec=SPEC, picks=(named,), likes=(seed,)))
    assert checker.check("What I Wish You Had is directed by Mara Quist.").passes
    said = (
        f"Since you liked {seed}, try What I Wish You Had: 38 of the 61 people who rated {seed}"
        " 4 or more also rated it 4 or more."
    )
    assert checker.check(said).passes


def test_from_a_year_that_was_asked_for_is_the_year_only_of_what_is_from_it() -> None:
    checker = Checker(facts(wishes=("from 1980",)))
    assert not checker.check("I'd start with Iron Harvest, a film from 1980.").passes
    assert checker.check("You asked for films from 1980, so Iron Harvest is a good fit.").passes


def test_a_contrast_is_a_comparison_with_evidence() -> None:
    reason = Reason(kind="contrast", text=f"Shorter than {SEED} (137 min against 150 min)")
    named = pick(FILMS[0], 0)
    checker = Checker(
        WriteFacts(
            spec=SPEC,
            picks=(named.model_copy(update={"reasons": (reason,)}), pick(FILMS[1], 1)),
            likes=(SEED, OTHER_SEED),
        )
    )
    assert checker.check(f"Iron Harvest is shorter than {SEED}.").passes
    assert not checker.check(f"Iron Harvest is shorter than {OTHER_SEED}.").passes
    assert not checker.check(f"The Glass Coast is shorter than {SEED}.").passes
    assert not checker.check(f"Iron Harvest is longer than {SEED}.").passes
