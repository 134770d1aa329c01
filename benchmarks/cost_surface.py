"""At which learning rate training diverges on inputs of scales 1,000 and 1, as they are and normalized.

    python -m benchmarks.cost_surface

For a linear model J is a quadratic, and gradient descent diverges exactly from 2 / λ_max, λ_max the largest
eigenvalue of its Hessian XᵀX / n (the bias is a column of ones). The rate at which dlrecipe's training does
diverge is found by bisection and held against it. For the networks of configs/scales and configs/scales_raw,
where no such formula exists, it is the rate from which J is higher after the steps than before.
"""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.common import ROOT
from dlrecipe.config.loading import load_config, load_config_text
from dlrecipe.config.schema import Config
from dlrecipe.data.preparation import Prepared
from dlrecipe.experiment.assembly import build_trainer, prepare_data
from dlrecipe.optim.specs import SgdSpec
from dlrecipe.training.hooks import Watch
from dlrecipe.training.measurement import measure

LINEAR = """\
data:
  train: {{type: npz, path: {path}}}
  dev: {{type: npz, path: {path}}}
task: regression
normalization: {normalization}
network: {{hidden: []}}
training: {{epochs: 1, batch_size: full, precision: float64}}
early_stopping: null
"""
STEPS, HALVINGS = 500, 30


@dataclass(frozen=True)
class Edge:
    """The learning rate from which J rises, measured, and 2 / λ_max where there is such a formula."""

    name: str
    measured: float
    bound: float | None


def rises(config: Config, prepared: Prepared, rate: float) -> bool:
    """Whether J is higher after some steps of gradient descent at this rate than before them."""
    config = replace(config, optimizer=SgdSpec(learning_rate=rate))
    trainer = build_trainer(config, prepared, prepared.splits["train"].X.dtype, lambda spec: {})
    watch = Watch()
    before = measure(trainer.objective, trainer.train).cost
    with np.errstate(all="ignore"):
        while trainer.state.step < STEPS:  # the whole batch: a step an epoch
            trainer.train_epoch(watch)
        after = measure(trainer.objective, trainer.train).cost
    return not after <= before


def edge(config: Config, prepared: Prepared) -> float:
    """Return the rate from which J rises, by bisection of its logarithm."""
    low, high = 1e-12, 1e6
    for _ in range(HALVINGS):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if rises(config, prepared, middle) else (middle, high)
    return high


def bound(prepared: Prepared) -> float:
    """Return 2 / λ_max of XᵀX / n, X with a column of ones."""
    X = prepared.splits["train"].X
    ones = np.column_stack([X, np.ones(len(X))])
    return 2 / float(np.linalg.eigvalsh(ones.T @ ones / len(X))[-1])


def linear_edges() -> list[Edge]:
    """Return the edges of a linear model on one input from 1 to 1,000 and one from 0 to 1."""
    rng = np.random.default_rng(1)
    X = np.column_stack([rng.uniform(1, 1000, 300), rng.random(300)])
    y = X @ [0.01, 3.0] + rng.normal(size=300)
    edges = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npz"
        np.savez(path, x=X, y=y)
        for normalization in ("standard", "none"):
            text = LINEAR.format(path=path, normalization=normalization)
            config = load_config_text(text, name="linear.yaml").config
            prepared = prepare_data(config, np.dtype(np.float64))
            name = f"linear model, normalization {normalization}"
            edges.append(Edge(name, edge(config, prepared), bound(prepared)))
    return edges


def main() -> None:
    edges = linear_edges()
    for name in ("scales", "scales_raw"):
        config = load_config(ROOT / "configs" / f"{name}.yaml", []).config
        prepared = prepare_data(config, np.dtype(np.float32))
        edges.append(Edge(f"configs/{name}.yaml", edge(config, prepared), None))
    print("| | J rises from learning rate | 2 / λ_max |")
    print("|---|---|---|")
    for each in edges:
        print(f"| {each.name} | {each.measured:.4g} | {'' if each.bound is None else f'{each.bound:.4g}'} |")


if __name__ == "__main__":
    main()
