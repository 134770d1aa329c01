"""Causes in the network and its regularization: too small, no bend, dropout, penalties, the wrong output."""

from benchmarks.planted.kind import Kind, setting

FITTED = ("digits", "mnist", "fashion")
"""Where two units are too few."""

ARCHITECTURE: dict[str, Kind] = {
    "too small": Kind(("too-little-capacity",), FITTED, settings=setting(network__hidden=([2], [3], [2, 2]))),
    "stacked linear layers": Kind(
        ("stacked-linear-layers",),
        ("housing",),
        settings=setting(network__activation="identity", network__hidden=([64, 32], [64], [32, 32, 32])),
    ),
    "deep sigmoid": Kind(
        ("deep-sigmoid", "vanishing-gradients"),
        settings=setting(
            network__activation="sigmoid", network__hidden=([32] * 6, [32] * 8), initialization="xavier"
        ),
    ),
    "saturated tanh": Kind(
        ("saturated-units", "initial-loss"),
        FITTED,
        settings=setting(
            network__activation="tanh",
            network__hidden=([64, 64], [64, 64, 64]),
            initialization={"type": "normal", "scale": 3.0},
        ),
    ),
    "an output that cannot reach": Kind(
        ("output-cannot-reach",),
        ("housing",),
        settings=setting(
            network__output=("sigmoid", "tanh"), target_normalization="none", network__hidden=([64], [64, 32])
        ),
    ),
    "keep_prob 0.2": Kind(
        ("dropout-too-strong",),
        ("digits", "mnist", "fashion", "housing"),
        settings=setting(
            regularization__dropout__keep_prob=(0.2, 0.1), network__hidden=([32, 32], [24, 24, 24])
        ),
    ),
    "dropout on an underfitting net": Kind(
        ("dropout-while-underfitting",),
        FITTED,
        settings=setting(regularization__dropout__keep_prob=0.5, network__hidden=([8, 8], [10], [8])),
    ),
    "too strong l2": Kind(
        ("penalty-too-strong",),
        settings=setting(regularization__l2=(3000.0, 10_000.0)),
    ),
    "too strong l1": Kind(
        ("penalty-too-strong",),
        settings=setting(regularization__l1=(300.0, 1000.0)),
    ),
    "weights bounded too tightly": Kind(
        ("penalty-too-strong", "max-norm-too-tight"),
        FITTED,
        settings=setting(regularization__max_norm=(0.05, 0.1)),
    ),
    "no regularization where it is needed": Kind(
        ("dev-error-rising", "high-variance"),
        ("fashion", "adult", "wine_quality"),
        settings=setting(
            regularization__l2=0.0,
            network__hidden=([256, 128], [256]),
            early_stopping=None,
            training__epochs=60,
        ),
        parts=lambda parts, rng, i: type(parts)(
            parts.train.take(rng.permutation(parts.train.n)[:500]), parts.dev, parts.task
        ),
    ),
}
