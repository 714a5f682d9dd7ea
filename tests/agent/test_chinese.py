"""Chinese messages in English, and what is understood of them."""

from __future__ import annotations

import time
import tomllib
from collections import Counter
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from palate import agent
from palate.agent.chinese import HAN, to_english
from palate.agent.chinese_numbers import number
from palate.agent.chinese_words import KINDS
from palate.agent.state import State
from palate.agent.understand import Understander
from palate.data.importers.films import read_table
from palate.tools.lookup import TitleIndex

if TYPE_CHECKING:
    from palate.agent.types import Intent
    from palate.data.catalog import Catalog

WORDS: dict[str, str] = read_table("films_chinese.toml")
SAID = (
    "像类似跟和与比不要别太没那么更再一点些我喜欢讨厌看过了的电影片恐怖血腥第二部九十"
    "年代分钟以内《》「」“”异形Alien 12,，。？、"
)
GOLDEN = {
    # likeness and comparison
    "推荐几部像《Alien》那样的电影，但不要太血腥": 'recommend films like "Alien", but not too gory',
    "跟《Heat》差不多的犯罪片": 'crime like "Heat"',
    "《Alien》那样的太空恐怖片": 'outer space horror like "Alien"',
    "要比《Forget Paris》新的": 'newer than "Forget Paris"',
    "再短一点": "shorter",
    "没那么吓人": "less scary",
    "更温馨的": "more heartwarming",
    # negation
    "70年代的，不要恐怖片和歌舞片": "1970s, not horror or musicals",
    "不太血腥的恐怖片": "horror, not too gory",
    "没有暴力的动作片": "action, without violent",
    "除了恐怖片都行": "except horror",
    "也不要美国的": "also not American",
    # numbers
    "九十年代的喜剧片，不超过90分钟": "1990s comedies, at most 90 minutes",
    "要1985年之后的": "after 1985",
    "一个半小时以内": "at most 90 minutes",
    "1990年到1999年的日本电影": "between 1990 and 1999 Japanese films",
    "评分至少7分": "rated at least 7",
    "给我三部喜剧": "show me 3 films comedies",
    "再来五部": "5 more",
    # people
    "诺兰导演的科幻片": "sci-fi directed by Christopher Nolan",
    "Al Pacino和Robert De Niro一起演的电影": "films with Al Pacino and Robert De Niro",
    "不要Grace Kelly演的": "not with Grace Kelly",
    # verdicts, questions, talk
    "第二部我看过了": "I have seen the second one",
    "《Titanic》太无聊了": 'I do not like "Titanic"',
    "我没看过《Toy Story》": 'I have not seen "Toy Story"',
    "《Fargo》是谁导演的？": 'who directed "Fargo"?',
    "它有多长？": "how long is it?",
    "为什么推荐第一部？": "why the first one?",
    "你们有多少部西部片？": "how many westerns?",
    "不对，我说的是1958年的那部": "no, I meant the 1958 one",
    "《The Fly》，1958年版": '"The Fly (1958)"',
    "什么年代都行": "any year is fine",
    "都可以": "anything is fine",
    "换一批": "others",
    "还有别的科幻片吗": "other sci-fi?",
    "谢谢！": "thanks!",
    # what one clause says by another
    "第一部不错，有没有类似的": "I like the first one, show me something like it",
    "我看过《Seven》了，非常棒": 'I have seen "Seven", I like "Seven"',
    "不是这部，是1982年的那部": "no, I meant the 1982 one",
    "推荐法国片不要喜剧": "recommend French films, not comedies",
    # words of two meanings
    "不是美国拍的战争片": "war, not American",
    "有点长": "too long",
    "《Casablanca》太经典了": 'I like "Casablanca"',
    "这些都太血腥了": "too gory",
    "王家卫导演，梁朝伟主演": "directed by Wong Kar-wai, with Tony Leung",
    "这个导演的其他作品": "by this director films",
    "恐怖片除外": "except horror",
    "取消时长限制": "any length is fine",
    "它评分高不高": "how good is it",
    # other scripts and languages
    "推薦幾部１９９０年代的犯罪片，不要美國的": "recommend 1990s crime, not American",
    "得过奥斯卡奖的剧情片，just two please": "oscar-winning dramas, just two please",
    # names that nobody knows
    "我喜欢异形": 'I like "异形"',
    "霸王别姬": '"霸王别姬"',
    "像《千与千寻》那样的日本动画片": 'Japanese animation like "千与千寻"',
}
UNDERSTOOD: dict[str, dict[str, Any]] = {
    "像《Heat》那样的犯罪片，1980年之后的": {"seeds": ["Heat (1995)"], "genre": ("any_of", ("Crime",))},
    "不要恐怖片，不超过两小时": {"genre": ("none_of", ("Horror",)), "runtime": ("lte", 120)},
    "Hitchcock导演的电影，五十年代的": {"director": ("any_of", ("Alfred Hitchcock",)), "year": ("lte", 1959)},
    "1960年之前的韩国片": {"country": ("any_of", ("South Korea",)), "year": ("lt", 1960)},
    "法语的剧情片": {"language": ("any_of", ("French",)), "genre": ("any_of", ("Drama",))},
    "香港的动作片": {"country": ("any_of", ("Hong Kong",)), "genre": ("any_of", ("Action",))},
    "没有暴力的动作片": {"genre": ("any_of", ("Action",)), "violence": ("lt", 2)},
    "《Aliens》我已经看过了": {"act": "feedback", "seen": ["Aliens (1986)"]},
    "《Titanic》太无聊了": {"act": "feedback", "dislikes": ["Titanic (1997)"]},
    "第一部我不喜欢": {"act": "feedback", "dislikes": ["Alien (1979)"]},
    "推荐几部像《异形》那样的电影": {"act": "recommend", "seeds": [], "unknown": ["异形"]},
    "《Heat》有多长？": {"act": "ask", "ask_facet": "runtime"},
    "有多少部日本动画片？": {"act": "ask", "question": "count"},
    "还有吗": {"act": "more"},
    "重新开始": {"act": "reset"},
    "你好": {"act": "smalltalk"},
    "给我三部喜剧": {"k": 3, "genre": ("any_of", ("Comedy",))},
}


@pytest.mark.parametrize(("said", "english"), GOLDEN.items())
def test_what_is_said_in_english(said: str, english: str) -> None:
    assert to_english(said, WORDS) == english


@pytest.mark.parametrize(
    ("said", "value"), {"五": 5, "十五": 15, "一百二十": 120, "一九五八": 1958, "9": 9}.items()
)
def test_numbers_in_characters(said: str, value: float) -> None:
    assert number(said) == value


@given(st.text(max_size=200))
def test_other_languages_stay_as_they_are(text: str) -> None:
    if not HAN.search(text):
        assert to_english(text, WORDS) == text


@given(st.one_of(st.text(max_size=300), st.text(alphabet=SAID, max_size=60)))
def test_any_text_is_rewritten(text: str) -> None:
    assert isinstance(to_english(text, WORDS), str)
    assert isinstance(to_english(text, {}), str)


@given(
    st.text(min_size=1, max_size=40).filter(
        lambda title: not set(title) & set('《》"') and title.isprintable()
    )
)
def test_a_title_stays_literal(title: str) -> None:
    if not any("\ue000" <= char <= "\uf8ff" for char in title) and "  " not in title:
        assert f'"{title}"' in to_english(f"推荐像《{title}》那样的", WORDS)


def test_no_field_is_spoken_of_but_the_catalogues() -> None:
    assert to_english("推荐三部", {}) == "show me 3 things"
    assert to_english("推荐三部", {"件": "books"}) == "show me 3 books"


def test_every_phrase_has_one_meaning() -> None:
    text = resources.files(agent).joinpath("chinese.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    said = Counter(phrase for section in KINDS for phrases in table[section].values() for phrase in phrases)
    assert [phrase for phrase, times in said.items() if times > 1] == []


@pytest.mark.parametrize("repeated", ["像", "和", "一", "不是", "高不高", "我喜欢x", "的"])
def test_the_longest_message_is_read_at_once(repeated: str) -> None:
    begun = time.perf_counter()
    to_english(f"电影{repeated * 2000}", WORDS)
    assert time.perf_counter() - begun < 0.5


def test_traditional_characters_are_simplified() -> None:
    assert to_english("有沒有類似的電影", WORDS) == to_english("有没有类似的电影", WORDS)


@pytest.fixture(scope="module")
def reader(films: Catalog) -> Understander:
    return Understander(films, TitleIndex.open(films))


@pytest.mark.films
@pytest.mark.parametrize(("said", "wanted"), UNDERSTOOD.items())
def test_what_is_understood(said: str, wanted: dict[str, Any], reader: Understander) -> None:
    intent: Intent = reader.understand(said, State().showing(["tt0078748", "tt0090605", "tt0113277"]))
    where = {facet: bound for constraint in intent.constraints for facet, bound in constraint.where.items()}
    for key, value in wanted.items():
        if key in {"seeds", "seen", "dislikes"}:
            assert [mention.title for mention in getattr(intent, key)] == value
        elif key == "unknown":
            assert [title.surface for title in intent.unknown_titles] == value
        elif isinstance(value, tuple):
            assert getattr(where[key], value[0]) == value[1]
        else:
            assert getattr(intent, key) == value
