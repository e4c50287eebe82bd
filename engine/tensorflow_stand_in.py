"""Answers Rasa's imports of TensorFlow (and what else it names and we do not use) with empty stand-ins.

Rasa imports TensorFlow wherever it names one of its neural components, and our pipeline uses none of them.
Leaving it out takes starting from 16-20 s to 4-6 s and memory from 560 MB to 215 MB. Install the finder
before anything of Rasa is imported; a test holds that `config.yml` names no component that needs the real.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Iterator, Optional, Sequence

LEFT_OUT = frozenset(
    {
        # Installed, but only for neural components, plots and chat channels that we do not use: importing
        # them takes a third of the start.
        "aiogram",
        "fbmessenger",
        "matplotlib",
        "skops",
        "slack_sdk",
        "twilio",
        # Not installed (engine/pyproject.toml).
        "tensorflow",
        "tensorflow_addons",
        "tensorflow_hub",
        "tensorflow_text",
        "keras",
        "jax",
        "sklearn_crfsuite",
        "confluent_kafka",
        "huggingface_hub",
        "mattermostwrapper",
        "rocketchat_API",
    }
)


class _StandInType(type):
    """Gives every stand-in class any attribute that is asked for, as another stand-in."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _stand_in(name)
        setattr(cls, name, value)
        return value

    def __getitem__(cls, _key: Any) -> Any:
        return cls

    def __iter__(cls) -> Iterator[Any]:
        return iter(())


class StandIn(metaclass=_StandInType):
    """Can be a base class, an annotation, a decorator with or without arguments, or be called."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs and callable(args[0]) and not isinstance(args[0], _StandInType):
            return args[0]  # used as a bare decorator
        return super().__new__(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return args[0] if args else self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(name)()


def _stand_in(name: str) -> type:
    # A new class each time: a class may have two stand-ins among its bases.
    return _StandInType(name, (StandIn,), {})


class _StandInModule(ModuleType):
    __version__ = "2.12.0"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _stand_in(name)
        setattr(self, name, value)
        return value


class StandInFinder(MetaPathFinder, Loader):
    """Finds every module of the packages in `LEFT_OUT`, and nothing else."""

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]] = None, target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        if fullname.partition(".")[0] in LEFT_OUT:
            return ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__path__ = []


def install() -> None:
    """Puts the finder first, once."""
    if not any(isinstance(finder, StandInFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, StandInFinder())
