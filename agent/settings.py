"""What a person may set, and where each value came from.

Later sources win: the defaults, ``config.toml`` in palate's home, ``PALATE_*`` in the environment, flags.
"""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, TomlConfigSettingsSource

from ..data.home import home
from .errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_settings import PydanticBaseSettingsSource

Origin = str
"""Where a value came from: ``default``, ``flag``, the name of the variable, or the path of the file."""


class Settings(BaseSettings):
    """The settings of one run."""

    model_config = SettingsConfigDict(env_prefix="PALATE_", extra="ignore", frozen=True)

    catalog: str = Field(default="films", min_length=1)
    """The catalogue that is opened."""
    model: str = Field(default="qwen2.5-coder-0.5b", min_length=1)
    """A local model's name, a GGUF file, an OpenAI-compatible base URL, or ``none``."""
    k: int = Field(default=5, ge=1, le=100)
    """How many picks an answer has."""
    fresh: float = Field(default=0.0, ge=-1, le=1)
    """From -1, what is widely known, over 0, as ranked, to 1, what few know; ``/fresh`` changes it."""
    diverse: float = Field(default=0.0, ge=0, le=1)
    """From 0, as ranked, to 1, as varied as can be; ``/diverse`` changes it."""
    explore: float = Field(default=0.0, ge=0, le=1)
    """From 0, as ranked, to 1, by one draw of what the person's taste may be; ``/explore`` changes it."""
    policy: str = ""
    """The file that holds the rules of the house; empty: none."""
    user: str = Field(default="default", min_length=1, max_length=200)
    """Whose conversations and profile are used."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - never read: a .env is not ours
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_file())


def config_file() -> Path:
    """The configuration file, which need not exist."""
    return home() / "config.toml"


def load_settings(**flags: Any) -> Settings:
    """The settings with ``flags`` on top (a flag that is None was not given); raises UserError."""
    return _load({name: value for name, value in flags.items() if value is not None})


def settings_origins(**flags: Any) -> dict[str, tuple[Any, Origin]]:
    """Every setting's value and where it came from; raises UserError."""
    settings = load_settings(**flags)
    in_file = _file_values()
    origins: dict[str, tuple[Any, Origin]] = {}
    for name in Settings.model_fields:
        variable = f"PALATE_{name.upper()}"
        if flags.get(name) is not None:
            origin = "flag"
        elif variable in os.environ or variable.lower() in os.environ:
            origin = variable
        else:
            origin = str(config_file()) if name in in_file else "default"
        origins[name] = (getattr(settings, name), origin)
    return origins


def _load(flags: dict[str, Any]) -> Settings:
    try:
        return Settings(**flags)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        mend = "palate config show --origin"
        raise UserError(f"The setting {name} is not usable: {first['msg']}.", mend) from None
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{config_file()} is not valid TOML: {error}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{config_file()} cannot be read: {error}.") from None


def _file_values() -> dict[str, Any]:
    path = config_file()
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
