"""scikit-learn's MLPClassifier. It has L2 and neither dropout, max-norm nor convolutions."""

import warnings
from collections.abc import Callable

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.engines.workloads import LEARNING_RATE, Workload, make_data, run


def build(workload: Workload) -> Callable[[], int] | None:
    """Return a function that trains for one epoch."""
    if workload.keep_prob < 1 or workload.max_norm is not None or workload.lenet:
        return None
    X, y = make_data(workload)
    warnings.simplefilter("ignore", ConvergenceWarning)
    model = MLPClassifier(
        hidden_layer_sizes=workload.widths[1:-1],
        batch_size=workload.batch,
        learning_rate_init=LEARNING_RATE,
        alpha=0.0,
        max_iter=1,
        warm_start=True,
    )

    def epoch() -> int:
        model.fit(X, y)
        return -(-len(X) // workload.batch)

    return epoch


if __name__ == "__main__":
    run("scikit-learn", build)
