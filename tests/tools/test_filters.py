from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from palate.data.errors import UserError
from palate.tools.filters import allow_list, describe, excluded_by, relaxations
from palate.tools.types import Bound, Where

if TYPE_CHECKING:
    from palate.data.catalog import Catalog
    from palate.data.schema import Item

THEMES = ("Economic", "Farming", "War", "Horror")
SAME_TOY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

edge = st.none() | st.integers(0, 2030).map(float)
numbers = st.builds(Bound, gte=edge, lte=edge, gt=edge, lt=edge)
themes = st.lists(st.sampled_from(THEMES), max_size=2).map(tuple)
valued = st.builds(
    lambda one, every, none, whole: Bound(any_of=one, all_of=every, none_of=none, not_all=whole),
    themes,
    themes,
    themes,
    st.sampled_from([(), (("War", "Horror"),), (("Economic", "Farming"), ("Farming", "War"))]),
)
wheres = st.fixed_dictionaries({}, optional={"year": numbers, "minutes": numbers, "theme": valued})


def satisfies(item: Item, where: Where) -> bool:
    """The meaning of a bound, one item at a time."""
    for name, bound in where.items():
        value = item.facets.get(name)
        has = set(value) if isinstance(value, tuple) else set()
        number = float(value) if isinstance(value, int | float) else None
        if name == "theme":
            if bound.any_of and not has & set(bound.any_of):
                return False
            if not set(bound.all_of) <= has or has & set(bound.none_of):
                return False
            if any(set(group) <= has for group in bound.not_all):
                return False
            continue
        checks: tuple[tuple[float | None, Callable[[float, float], bool]], ...] = (
            (bound.gte, lambda n, edge: n >= edge),
            (bound.lte, lambda n, edge: n <= edge),
            (bound.gt, lambda n, edge: n > edge),
            (bound.lt, lambda n, edge: n < edge),
        )
        for limit, holds in checks:
            if limit is not None and (number is None or not holds(number, limit)):
                return False
    return True


@SAME_TOY
@given(where=wheres)
def test_the_allow_list_is_what_each_item_by_itself_satisfies(toy: Catalog, where: Where) -> None:
    one_by_one = [satisfies(toy.item(position), where) for position in range(toy.n)]
    assert allow_list(toy, where).tolist() == one_by_one


@SAME_TOY
@given(where=wheres, seed=st.integers(0, 2**16))
def test_relaxations_are_what_dropping_a_bound_opens(toy: Catalog, where: Where, seed: int) -> None:
    base = np.random.default_rng(seed).random(toy.n) < 0.7
    now = allow_list(toy, where) & base
    for facet, opens in relaxations(toy, where, base):
        rest = {name: bound for name, bound in where.items() if name != facet}
        assert opens == int((allow_list(toy, rest) & base).sum() - now.sum())


def test_relaxations_name_the_costliest_bound_first(toy: Catalog) -> None:
    where = {"year": Bound(gt=3000), "theme": Bound(any_of=("War",))}
    opened = relaxations(toy, where)
    assert opened[0].facet == "year"
    assert opened[0].opens == int(allow_list(toy, {"theme": Bound(any_of=("War",))}).sum())
    assert opened[1].opens == 0


def test_excluded_by_counts_each_bound_alone(toy: Catalog) -> None:
    where = {"theme": Bound(none_of=("Horror",)), "minutes": Bound(lte=60)}
    counts = excluded_by(toy, where)
    assert counts == {name: int((~allow_list(toy, {name: bound})).sum()) for name, bound in where.items()}
    assert counts["theme"] > 0


@pytest.mark.parametrize("value", ["Horror", "horror", "HORROR", "scary", "Creepy"])
def test_values_are_found_in_any_case_and_by_synonym(toy: Catalog, value: str) -> None:
    themes: list[Any] = [toy.item(position).facets["theme"] for position in range(toy.n)]
    expected = ["Horror" in theme for theme in themes]
    assert allow_list(toy, {"theme": Bound(any_of=(value,))}).tolist() == expected


def test_an_item_without_the_facet_fails_every_part_but_not(toy: Catalog) -> None:
    yearless = 33
    assert not allow_list(toy, {"year": Bound(gte=0)})[yearless]
    assert not allow_list(toy, {"year": Bound(any_of=("1985",))})[yearless]
    assert allow_list(toy, {"year": Bound(none_of=("1985",))})[yearless]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"theem": Bound(gte=1)}, "theme"),
        ({"theme": Bound(any_of=("Horor",))}, "Horror"),
        ({"designer": Bound(any_of=("Ada Quil",))}, "Ada Quill"),
        ({"theme": Bound(gte=3)}, "names, not sizes"),
        ({"year": Bound(any_of=("old",))}, "number"),
    ],
)
def test_what_cannot_be_filtered_is_a_user_error_with_a_hint(toy: Catalog, where: Where, said: str) -> None:
    with pytest.raises(UserError, match=said):
        allow_list(toy, where)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"year": Bound(gt=1985), "theme": Bound(none_of=("Horror",)), "minutes": Bound(lt=120)},
         "after 1985, not Horror, under 120 min"),
        ({"year": Bound(gte=1980, lte=1989)}, "1980–1989"),
        ({"year": Bound(lt=1990)}, "before 1990"),
        ({"theme": Bound(any_of=("War", "Horror"))}, "War or Horror"),
        ({"theme": Bound(all_of=("War", "Horror"))}, "War and Horror"),
        ({"designer": Bound(any_of=("Ada Quill",))}, "designed by Ada Quill"),
        ({"minutes": Bound(gte=30, lte=60)}, "at least 30 min, at most 60 min"),
        ({}, ""),
    ],
)  # fmt: skip
def test_bounds_in_words(toy: Catalog, where: Where, words: str) -> None:
    assert describe(toy.spec, where) == words
