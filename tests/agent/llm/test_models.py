from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from palate.agent.errors import ModelUnavailable
from palate.agent.llm.guard import Guard
from palate.agent.llm.hosted import HostedLLM
from palate.agent.llm.local import LocalLLM
from palate.agent.llm.models import DEFAULT, list_models, resolve

if TYPE_CHECKING:
    from pathlib import Path


def test_none_is_no_model(tmp_path: Path) -> None:
    assert resolve("none", tmp_path) is None


def test_a_known_name_is_a_local_model_whether_it_is_here_or_not(tmp_path: Path) -> None:
    for known in list_models(tmp_path):
        llm = resolve(known.name, tmp_path)
        assert isinstance(llm, LocalLLM)
        assert llm.name == known.name
        assert not known.here


def test_the_default_comes_first_with_its_size(tmp_path: Path) -> None:
    first = list_models(tmp_path)[0]
    assert (first.name, first.megabytes) == (DEFAULT, 491)


def test_a_path_is_a_local_model(tmp_path: Path) -> None:
    llm = resolve(str(tmp_path / "mine.gguf"), tmp_path)
    assert isinstance(llm, LocalLLM)
    assert llm.name == "mine"


def test_an_address_is_a_hosted_model_with_or_without_a_name(tmp_path: Path) -> None:
    for address in ("http://127.0.0.1:1/v1", "http://127.0.0.1:1/v1#small"):
        llm = resolve(address, tmp_path)
        assert isinstance(llm, Guard)
        assert isinstance(llm.llm, HostedLLM)
        assert llm.name == address


def test_any_other_name_says_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=DEFAULT):
        resolve("gpt-infinity", tmp_path)


async def test_a_model_that_is_not_fetched_says_how_to_get_it(tmp_path: Path) -> None:
    llm = resolve(DEFAULT, tmp_path)
    assert llm is not None
    from palate.agent.llm.base import Prefix

    with pytest.raises(ModelUnavailable, match=f"palate setup --model {DEFAULT}"):
        await llm.warm(Prefix("Hello."))
