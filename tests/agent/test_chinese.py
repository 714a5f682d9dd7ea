"""Chinese messages in English, and what is understood of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from palate.agent.chinese import HAN, to_english
from palate.agent.understand import Understander
from palate.data.importers.films import read_table
from palate.tools.lookup import TitleIndex

if TYPE_CHECKING:
    from palate.data.catalog import Catalog

WORDS = read_table("films_chinese.toml")


@pytest.mark.parametrize(
    ("said", "english"),
    [
        (
            "推荐几部像《Alien》那样的电影，但不要太血腥",
            'recommend some something like "Alien" films, but not too gory',
        ),
        ("要1985年之后的", "after 1985"),
        ("九十年代的喜剧片，不超过90分钟", "from the 90s comedies, at most 90 minutes"),
        ("为什么推荐第一部？", "why the first one?"),
        ("不对，我说的是1958年的那部", "no, I meant the 1958 one"),
        ("《Aliens》我已经看过了", 'I have seen "Aliens"'),
        ("要比《Forget Paris》新的", 'newer than "Forget Paris"'),
        ("再短一点", "shorter"),
        ("没那么吓人", "less scary"),
        ("语言无所谓", "any language is fine"),
        ("推薦三部犯罪片", "recommend 3 films crime films"),
        ("两小时以内的", "under 2 hours"),
        ("《Fargo》是谁导演的？", 'who directed "Fargo"?'),
        ("谢谢！", "thanks!"),
    ],
)
def test_what_is_said_in_english(said: str, english: str) -> None:
    assert to_english(said, WORDS) == english


@given(st.text(max_size=200))
def test_other_languages_stay_as_they_are(text: str) -> None:
    if not HAN.search(text):
        assert to_english(text, WORDS) == text


@given(st.text(alphabet="推荐像《》的电影不要太血腥一二三十百年代ABC 12,，？⟦⟧0", max_size=60))
def test_nothing_makes_it_fail(text: str) -> None:
    english = to_english(text, WORDS)
    assert english == (english.strip(" ,") if HAN.search(text) else text)


@given(st.text(alphabet="abcXYZ 12'-!", min_size=1, max_size=30).filter(lambda title: title.strip() != ""))
def test_a_title_stays_literal(title: str) -> None:
    assert " ".join(title.split()) in " ".join(to_english(f"推荐像《{title}》那样的", WORDS).split())


def test_no_field_is_spoken_of_but_the_catalogues() -> None:
    assert to_english("推荐三部", {}) == "recommend 3 things"
    assert to_english("推荐三部", {"件": "books"}) == "recommend 3 books"


@pytest.fixture(scope="module")
def reader(films: Catalog) -> Understander:
    return Understander(films, TitleIndex.open(films))


@pytest.mark.films
def test_a_request_with_its_limits(reader: Understander) -> None:
    intent = reader.understand("像《Heat》那样的，1980年之后的，不要恐怖片，不超过两小时")
    assert [seed.title for seed in intent.seeds] == ["Heat (1995)"]
    where = {facet: bound for constraint in intent.constraints for facet, bound in constraint.where.items()}
    assert where["year"].gt == 1980
    assert where["genre"].none_of == ("Horror",)
    assert where["runtime"].lte == 120


@pytest.mark.films
def test_a_title_that_only_chinese_has_is_asked_for(reader: Understander) -> None:
    intent = reader.understand("推荐几部像《异形》那样的电影")
    assert not intent.seeds
    assert [title.surface for title in intent.unknown_titles] == ["异形"]


@pytest.mark.films
@pytest.mark.parametrize(
    ("said", "act"),
    [("你好", "smalltalk"), ("还有别的吗？", "more"), ("重新开始", "reset"), ("谢谢", "smalltalk")],
)
def test_talk(reader: Understander, said: str, act: str) -> None:
    assert reader.understand(said).act == act
