"""MNIST and Fashion-MNIST as scikit-learn's MLPClassifier trains by default, against published accuracies.

The same: Adam at 1e-3, batches of 200, L2, Glorot's uniform weights, inputs standardised. Not the same:
biases start at 0 (there they are drawn), and the epochs are a fixed number (there training ends when the loss
has not fallen by 1e-4 for ten epochs, or after 200). The published figures are means of five runs; here is
one, seed 0. Run by `python -m benchmarks.published --long`, or by name.
"""

from benchmarks.common import Bench, Row, command_line

NETWORKS = ((("[100]", "relu"), (0.871, 0.972)), (("[100, 10]", "relu"), (0.870, 0.972)),
            (("[100]", "tanh"), (0.868, 0.962)))  # fmt: skip
"""Hidden layers and activation, and the published accuracies on Fashion-MNIST and MNIST."""
WITHIN = 0.01
"""How far below the published mean one run may end."""


def fashion_mnist(bench: Bench) -> list[Row]:
    """Return the rows of Fashion-MNIST."""
    return [_row(bench, "fashion_mnist", *network, published[0]) for network, published in NETWORKS]


def mnist(bench: Bench) -> list[Row]:
    """Return the rows of MNIST."""
    return [_row(bench, "mnist", *network, published[1]) for network, published in NETWORKS]


def _row(bench: Bench, name: str, hidden: str, activation: str, published: float) -> Row:
    config = f"benchmarks/configs/{name}_sklearn.yaml"
    settings = (f"network.hidden={hidden}", f"network.activation={activation}")
    document = bench.train(config, *settings)
    accuracy = 1 - document["errors"]["dev"]
    return Row(
        f"{name}, {activation} {hidden}, test accuracy",
        f"{published}; at least {published - WITHIN:.3f}",
        f"{accuracy:.4f} after {document['epochs_run']} epochs, {document['wall_s']:.0f} s",
        accuracy >= published - WITHIN,
        command_line(config, f"'network.hidden={hidden}'", settings[1]),
    )
