"""The cost surface story: on unlike scales gradient descent diverges at a rate that much lower."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dlrecipe.data.examples import Split
from dlrecipe.data.normalization import fit_scaling
from dlrecipe.nn.layer_specs import DenseLayer
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import Architecture, Network
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ScaledInit
from dlrecipe.optim.specs import SgdSpec
from dlrecipe.training.hooks import Watch
from dlrecipe.training.loop import Plan, Trainer
from dlrecipe.training.specs import TrainingSpec

RNG = np.random.default_rng(1)
RAW = np.column_stack([RNG.uniform(1, 1000, 300), RNG.random(300)])  # the course's 1 … 1000 and 0 … 1
Y = (RAW @ [0.01, 3.0] + RNG.normal(size=300))[:, None]


def normalized() -> NDArray[np.float64]:
    out = np.empty(RAW.shape)
    fit_scaling(RAW, "standard").apply(RAW, out)
    return out


def edge(X: NDArray[np.float64]) -> float:
    """2 / λ_max of XᵀX / n, the bias a column of ones: beyond it every step overshoots by more."""
    ones = np.column_stack([X, np.ones(len(X))])
    return 2 / float(np.linalg.eigvalsh(ones.T @ ones / len(X))[-1])


def outcome(X: NDArray[np.float64], rate: float) -> str:
    """Train linear regression by gradient descent for 2,000 steps and say how it ended."""
    layer = DenseLayer(units=1, activation="identity")
    network = Network(Architecture((2,), (layer,)), np.dtype(np.float64))
    network.initialize(ScaledInit(type="xavier"), 0)
    split = Split(X, Y, np.arange(300))
    training = TrainingSpec(epochs=2000, batch_size="full", precision="float64")
    plan = Plan(training, SgdSpec(learning_rate=rate), None, None, 0)
    objective = Objective(network, LOSSES["mse"], Penalty(l2=0.0, l1=0.0))
    return Trainer(objective, split, split, plan).fit(Watch())


@pytest.mark.parametrize("scaled", [False, True], ids=["raw", "normalized"])
def test_training_diverges_just_beyond_two_over_the_largest_eigenvalue(scaled: bool):
    X = normalized() if scaled else RAW
    assert outcome(X, 0.98 * edge(X)) == "finished"
    assert outcome(X, 1.02 * edge(X)) == "diverged"


def test_raw_inputs_diverge_at_a_rate_five_powers_of_ten_lower():
    # λ_max is about the mean of x² = 1000²/3 raw, and 1 normalized.
    assert np.log10(edge(normalized()) / edge(RAW)) == pytest.approx(np.log10(1000**2 / 3), abs=0.2)
