"""PyTorch: eager, with fused Adam, or with the whole step compiled. The third argument says which."""

import sys
from collections.abc import Callable

import torch
from torch import nn

from benchmarks.engines.workloads import LEARNING_RATE, Workload, make_data, run

KIND = sys.argv[3] if len(sys.argv) > 3 else "eager"


def build(workload: Workload) -> Callable[[], int]:
    """Return a function that trains for one epoch."""
    inputs, labels = make_data(workload)
    X, y = torch.from_numpy(inputs), torch.from_numpy(labels)
    if workload.lenet:
        X = X.reshape(-1, 1, 28, 28)
    model = lenet() if workload.lenet else dense_stack(workload)
    weights = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    biases = [parameter for parameter in model.parameters() if parameter.ndim == 1]
    groups = [{"params": weights, "weight_decay": workload.l2 / len(X)}, {"params": biases}]
    optimizer = torch.optim.Adam(groups, lr=LEARNING_RATE, fused=KIND != "eager")
    loss_of = nn.CrossEntropyLoss()

    def gradient(batch: torch.Tensor, targets: torch.Tensor) -> None:
        loss_of(model(batch), targets).backward()

    if KIND == "compiled":
        gradient = torch.compile(gradient)

    def limit_norms() -> None:
        with torch.no_grad():
            for weight in weights:  # (fan_out, fan_in): a unit's weights are a row
                weight.copy_(torch.renorm(weight, 2, 0, workload.max_norm))

    def epoch() -> int:
        order = torch.randperm(len(X))
        steps = 0
        for start in range(0, len(X), workload.batch):
            rows = order[start : start + workload.batch]
            optimizer.zero_grad(set_to_none=True)
            gradient(X[rows], y[rows])
            optimizer.step()
            if workload.max_norm is not None:
                limit_norms()
            steps += 1
        return steps

    return epoch


def dense_stack(workload: Workload) -> nn.Module:
    """Return the plain stack of a workload."""
    layers: list[nn.Module] = []
    for fan_in, fan_out in zip(workload.widths[:-2], workload.widths[1:-1], strict=True):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
        if workload.keep_prob < 1:
            layers.append(nn.Dropout(1 - workload.keep_prob))
    return nn.Sequential(*layers, nn.Linear(workload.widths[-2], workload.widths[-1]))


def lenet() -> nn.Module:
    """Return LeNet-5."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )


if __name__ == "__main__":
    run(f"PyTorch {KIND}", build)
