"""A catalogue that grows: exact where that is cheap, close where it is learned, and never half done."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from contracts.recommender import interactions_of, likes
from palate.agent import update as growing
from palate.agent.errors import DataError, NoData, UserError
from palate.agent.update import RETRAIN_AT, ledger_of, update, update_from_files
from palate.data.catalog import Catalog
from palate.data.growth import Additions, write_grown
from palate.data.importers.additions import read_additions
from palate.data.importers.tabular import import_files
from palate.tools.content import ContentIndex
from palate.tools.train import fit, load_models, train
from small import RandomEncoder, SmallToolbox, app_of, items_of, set_up

if TYPE_CHECKING:
    from pathlib import Path

    from palate.data.interactions import Interactions

N_OLD, N_NEW, PEOPLE = 20, 24, 60


def taste(people: range, items: range, n_people: int, n_items: int) -> Interactions:
    """Even people like even items, odd people odd ones; each rates two in three of them."""
    rows = [(p, i, 5.0 if p % 2 == i % 2 else 1.0) for p in people for i in items if (p * 7 + i * 3) % 3]
    return interactions_of(rows, n_people, n_items)


def silent(_label: str, _done: int, _total: int) -> None:
    """Report nothing."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PALATE_HOME", str(tmp_path))
    return tmp_path / "catalogs"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue of twenty items, set up once."""
    path = tmp_path_factory.mktemp("made") / "small"
    set_up(path, items_of(N_OLD), taste(range(PEOPLE), range(N_OLD), PEOPLE, N_OLD))
    return path


@pytest.fixture
def small(home: Path, made: Path) -> Path:
    """A copy of it in a home of its own."""
    shutil.copytree(made, home / "small")
    return home / "small"


def additions() -> Additions:
    """Four new items, one changed one, five new people, and all people's ratings of the new items."""
    changed = items_of(1, 3)[0].model_copy(update={"title": "Renamed"})
    rows = taste(range(PEOPLE + 5), range(N_OLD, N_NEW), PEOPLE + 5, N_NEW)
    return Additions(items=(changed, *items_of(N_NEW - N_OLD, N_OLD)), interactions=rows)


def test_what_has_a_closed_form_is_as_after_a_retraining(small: Path) -> None:
    encoder = RandomEncoder()
    report = update("small", additions(), silent, encoder=encoder)
    grown = Catalog.open(small)
    assert (report.new_items, grown.n) == (4, N_NEW)
    assert grown.interactions.n_people == PEOPLE + 5
    assert grown.titles[3] == "Renamed"
    assert encoder.embedded == 5
    found = load_models(grown)
    for name in ("user-knn", "item-knn", "ease", "popularity"):
        fresh = fit(grown, name, None)
        for given in (likes(0), likes(1, 3), likes(21)):
            np.testing.assert_array_equal(found[name].score(*given), fresh.score(*given))


def test_new_items_take_their_place_in_what_was_learned(small: Path) -> None:
    update("small", additions(), silent, encoder=RandomEncoder())
    with app_of(SmallToolbox(Catalog.open(small))) as app:
        box = app.box
        graph = box.models["gnn"].score(*likes(0, 2, 4))
        assert np.isfinite(graph).all()
        assert graph[[20, 22]].min() > graph[[21, 23]].max()
        reply = app.recommend(likes=["i0", "i2"], k=11)
        assert {"i20", "i22"} <= {pick.id for pick in reply.items}
        new_liked = app.recommend(likes=["i21"], k=8)
        assert sum(int(pick.id[1:]) % 2 for pick in new_liked.items) >= 6


def test_the_index_of_meanings_is_extended_and_finds_new_and_changed_items(small: Path) -> None:
    update("small", additions(), silent, encoder=RandomEncoder())
    catalog = Catalog.open(small)
    index = ContentIndex.open(catalog, RandomEncoder.revision, RandomEncoder.dim)
    try:
        index.warm(wait=True)
        expected = RandomEncoder().embed_documents(catalog.documents())
        np.testing.assert_allclose(index.vectors, expected, atol=1e-6)
        for at in (3, 23):
            assert at in index.search(expected[at], 3).items
    finally:
        index.close()


def test_the_ledger_says_when_a_retraining_pays(small: Path) -> None:
    assert not ledger_of(Catalog.open(small)).is_due
    before = len(Catalog.open(small).interactions)
    one = interactions_of([(PEOPLE, 0, 5.0)], PEOPLE + 1, N_OLD)
    report = update("small", Additions(interactions=one), silent, encoder=RandomEncoder())
    assert report.ledger.added_interactions == 1
    assert not report.ledger.is_due
    report = update("small", additions(), silent, encoder=RandomEncoder())
    assert report.ledger.trained_interactions == before
    assert report.ledger.share >= RETRAIN_AT
    assert report.ledger.is_due
    assert ledger_of(Catalog.open(small)) == report.ledger


def test_what_is_added_is_the_last_word(small: Path) -> None:
    old = Catalog.open(small).interactions
    person, item = int(old.people[0]), int(old.items[0])
    again = interactions_of([(person, item, 3.0)], PEOPLE, N_OLD)
    update("small", Additions(interactions=again), silent, encoder=RandomEncoder())
    new = Catalog.open(small).interactions
    assert len(new) == len(old)
    assert new.ratings[(new.people == person) & (new.items == item)].tolist() == [3.0]


def test_whoever_has_the_catalogue_open_goes_on(small: Path) -> None:
    with app_of(SmallToolbox(Catalog.open(small))) as app:
        before = app.recommend(likes=["i0"], k=5)
        update("small", additions(), silent, encoder=RandomEncoder())
        assert [p.id for p in app.recommend(likes=["i0"], k=5).items] == [p.id for p in before.items]


def test_an_update_that_fails_leaves_everything_as_it_was(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.stat().st_mtime_ns for path in small.rglob("*") if path.is_file()}

    def fails(*_: object) -> None:
        raise DataError("no")

    monkeypatch.setattr(growing, "update_models", fails)
    with pytest.raises(DataError, match="no"):
        update("small", additions(), silent, encoder=RandomEncoder())
    assert {path: path.stat().st_mtime_ns for path in small.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in small.parent.iterdir() if path.is_dir()) == ["small"]


@pytest.mark.parametrize(
    "bad",
    [
        Additions(items=(items_of(1)[0].model_copy(update={"facets": {"colour": "red"}}),)),
        Additions(interactions=interactions_of([(0, 40, 5.0)], 1, 41)),
    ],
    ids=["unknown facet", "no such item"],
)
def test_what_does_not_fit_is_refused(small: Path, bad: Additions) -> None:
    with pytest.raises(DataError):
        update("small", bad, silent, encoder=RandomEncoder())


def test_an_item_added_twice_counts_once(small: Path) -> None:
    assert (
        update(
            "small", Additions(items=(*items_of(1, 30), *items_of(1, 30))), silent, encoder=RandomEncoder()
        ).new_items
        == 1
    )


def test_a_catalogue_that_is_not_there_is_said(home: Path) -> None:
    with pytest.raises(NoData, match="nothing"):
        update("nothing", Additions(), silent)


def test_files_add_to_what_was_imported(home: Path, tmp_path: Path) -> None:
    items, plays = tmp_path / "items.csv", tmp_path / "plays.csv"
    items.write_text("sku,name,kind\na,Apple,fruit\nb,Bread,baked\nc,Cheese,dairy\nd,Date,fruit\n")
    plays.write_text("who,sku,stars\n" + "".join(f"u{n},{'abcd'[n % 4]},{1 + n % 5}\n" for n in range(20)))
    mapping = tmp_path / "map.toml"
    mapping.write_text('[interactions]\nperson = "who"\nrating = "stars"\n')
    import_files("pantry", items, plays, mapping)
    more, again = tmp_path / "more.csv", tmp_path / "again.csv"
    more.write_text("sku,name,kind\ne,Endive,green\na,Apple pie,baked\n")
    again.write_text("who,sku,stars\nu0,e,5\nu0,a,2\nnew,e,4\nnew,zzz,4\n")
    old = Catalog.open("pantry")
    found, findings = read_additions(old, more, again)
    write_grown(old, found, home / "grown")
    grown = Catalog.open(home / "grown")
    assert grown.titles == ["Apple pie", "Bread", "Cheese", "Date", "Endive"]
    assert [row[2] for row in findings.rejected] == ["unknown item 'zzz'"]
    assert grown.interactions.n_people == 21
    whole_items, whole_plays = tmp_path / "whole.csv", tmp_path / "whole_plays.csv"
    whole_items.write_text(
        "sku,name,kind\na,Apple pie,baked\nb,Bread,baked\nc,Cheese,dairy\nd,Date,fruit\ne,Endive,green\n"
    )
    kept = [line for line in plays.read_text().splitlines() if line != "u0,a,1"]
    whole_plays.write_text("\n".join([*kept, "u0,e,5", "u0,a,2", "new,e,4"]) + "\n")
    import_files("whole", whole_items, whole_plays, mapping)
    whole = Catalog.open("whole")
    np.testing.assert_allclose(grown.known, whole.known)
    mine, theirs = grown.interactions.matrix().toarray(), whole.interactions.matrix().toarray()
    assert sorted(map(tuple, mine.tolist())) == sorted(map(tuple, theirs.tolist()))
    # The grown catalogue remembers as well: the new person is known, and so are the new item's keys.
    third, _ = read_additions(grown, None, again)
    assert third.interactions is not None
    assert third.interactions.n_people == 21


def test_a_catalogue_of_other_origin_needs_a_mapping(small: Path, tmp_path: Path) -> None:
    plays = tmp_path / "plays.csv"
    plays.write_text("user,item,rating\nx,i0,5\ny,i1,4\n")
    with pytest.raises(UserError, match="--map"):
        update_from_files("small", None, plays, None, silent)
    mapping = tmp_path / "map.toml"
    mapping.write_text("")
    found, findings = read_additions(Catalog.open(small), None, plays, mapping)
    assert found.interactions is not None
    assert found.interactions.people.tolist() == [PEOPLE, PEOPLE + 1]
    assert "all that are added are new" in findings.notes[0]


def test_training_again_is_not_needed_after_an_update(small: Path) -> None:
    update("small", additions(), silent, encoder=RandomEncoder())
    grown = Catalog.open(small)
    before = {p: p.stat().st_mtime_ns for p in (small / "artifacts").rglob("arrays.safetensors")}
    train(grown)
    assert {p: p.stat().st_mtime_ns for p in (small / "artifacts").rglob("arrays.safetensors")} == before
