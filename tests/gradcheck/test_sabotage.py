"""Every planted mistake fails the check and is placed; an intact engine raises no alarm.

The long form, with more random networks, is benchmarks/sabotage.py.
"""

import pytest

from benchmarks.gradcheck_mutants import MUTANTS, Mutant, planted
from benchmarks.gradcheck_networks import check_random, check_setting
from dlrecipe.nn.activations import ACTIVATIONS
from dlrecipe.nn.losses import LOSSES, SMOOTHED


def test_there_are_mutants_of_every_kernel():
    # Read off the registries' modules: a kernel that takes part in a gradient has a mutant of its own.
    mutated = {mutant.function.__name__ for mutant in MUTANTS}
    assert len(MUTANTS) >= 100
    assert {"dense_forward", "dense_backward", "dense", "dropout", "dropout_forward"} <= mutated
    assert {f"{name}_backward" for name in ACTIVATIONS if name != "identity"} <= mutated
    assert {f"{name}_gradient" for name in LOSSES} | {"huber"} <= mutated
    assert {smoothed.__name__ for smoothed in SMOOTHED.values()} <= mutated
    assert {"normalize_backward", "weights_backward", "image_backward", "scatter", "look_up"} <= mutated
    assert {f"{kind}_backward{apart}" for kind in ("max", "mean") for apart in ("", "_apart")} <= mutated
    assert {"_product_kernels", "_sums", "_penalties", "backpropagate", "add_product"} <= mutated
    assert {"add_gradient", "value", "penalty_value", "backward", "mean_loss"} <= mutated


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_mistake_fails_in_just_the_tensors_it_spoils(mutant: Mutant):
    with planted(mutant):
        result = check_setting(mutant.setting)
    failed = {tensor.name: tensor for tensor in result.tensors if tensor.verdict == "fail"}
    assert set(failed) == mutant.tensors
    assert {tensor.term for tensor in failed.values()} == {mutant.term}
    assert all(tensor.hint for tensor in failed.values())


def test_what_goes_wrong_only_where_a_batch_is_cut_is_told_as_such():
    def notes(function_name: str) -> list[str]:
        mutant = next(mutant for mutant in MUTANTS if mutant.function.__name__ == function_name)
        with planted(mutant):
            return [note for note in check_setting(mutant.setting).notes if "cut into two parts" in note]

    (note,) = notes("_product_kernels")
    assert note.startswith("W1, W2, W3: ")
    assert notes("dense_forward") == []


@pytest.mark.parametrize("setting", sorted({mutant.setting for mutant in MUTANTS}, key=repr), ids=repr)
def test_the_same_networks_pass_once_the_mistake_is_gone(setting):
    assert check_setting(setting).verdict == "pass"


def test_random_networks_of_the_intact_engine_raise_no_alarm():
    results = [check_random(seed) for seed in range(100)]
    assert [result.name for result in results if result.verdict == "fail"] == []
    # What is not compared is a whole tensor that sits on kinks, a rare thing.
    assert sum(result.verdict == "look" for result in results) <= 3
    assert sum(result.n_kinks for result in results) > 0
