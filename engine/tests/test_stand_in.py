"""TensorFlow is not there, Rasa can be imported all the same, and nothing of the pipeline needs it."""

from __future__ import annotations

import ctypes
import importlib
from pathlib import Path

import pytest
import yaml

from engine.components.encoder import encoder
from engine.tensorflow_stand_in import LEFT_OUT, StandIn

ROOT = Path(__file__).resolve().parents[2]
# Components of Rasa that work without what was left out.
ALLOWED_OF_RASA = {"RulePolicy", "MemoizationPolicy"}


@pytest.mark.parametrize("package", sorted(LEFT_OUT))
def test_left_out_packages_are_stand_ins(package: str) -> None:
    module = importlib.import_module(package)
    assert issubclass(module.anything, StandIn)


def test_stand_in_is_base_class_decorator_and_call() -> None:
    import tensorflow as tf

    class Layer(tf.keras.layers.Layer, tf.Module):
        pass

    @tf.function
    def plain() -> int:
        return 1

    @tf.function(experimental_relax_shapes=True)
    def with_arguments() -> int:
        return 2

    assert Layer() is not None
    assert (plain(), with_arguments()) == (1, 2)
    assert tf.config.list_physical_devices("GPU") is not None


def test_other_missing_packages_stay_missing() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("no_such_package_at_all")


def test_the_pipeline_uses_allowed_components_only() -> None:
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    names = [entry["name"] for entry in config["pipeline"] + config["policies"]]
    assert [name for name in names if not name.startswith("engine.") and name not in ALLOWED_OF_RASA] == []


def test_every_component_of_ours_can_be_found() -> None:
    from rasa.shared.utils.common import class_from_module_path

    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    for entry in config["pipeline"]:
        assert class_from_module_path(entry["name"])


def test_one_thread_encodes_whoever_loaded_openmp_first() -> None:
    """Two would wait for each other, spinning: half a second of CPU a message on a busy machine."""
    if encoder() is None:
        pytest.skip("the encoder is not installed here")
    import sklearn.utils  # noqa: F401  (it loads the same library)

    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    loaded = {line.split()[-1] for line in maps if "libgomp" in line}
    assert {ctypes.CDLL(library).omp_get_max_threads() for library in loaded} == {1}
