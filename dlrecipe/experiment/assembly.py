"""From a config and its prepared data to a trainer. Refuses what does not fit together.

What is refused here shows only once the data are known, so the problems carry the config's keys; whoever
holds the file adds the places.
"""

import os
from collections.abc import Callable, Mapping
from typing import cast

import numpy as np

from dlrecipe.arrays import DType, Floats
from dlrecipe.config.schema import Config
from dlrecipe.data.batches import BatchSource
from dlrecipe.data.examples import Split
from dlrecipe.data.fitted import Fitted
from dlrecipe.data.preparation import Inspector, Prepared, prepare
from dlrecipe.data.targets import TargetCodec
from dlrecipe.errors import ConfigError, InputError, Problem
from dlrecipe.experiment.embedding import embedding_layer
from dlrecipe.nn.layer_specs import ActivationName, DenseLayer, Layer, needs_image
from dlrecipe.nn.layers.layer import Misfit, Shape
from dlrecipe.nn.losses import LOSSES, SMOOTHED, Loss, huber
from dlrecipe.nn.network import Architecture, Network, image_shape
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import AutoLoss, CrossEntropyLoss, FileInit, RegressionLoss, RunInit
from dlrecipe.training.loop import Plan, Trainer, batch_size_of
from dlrecipe.training.steps import parts_of_step

VECTORS_IN_TRAINING = 6
"""Vectors of all parameters held at once: θ, dθ, two moments, the kept θ, and a checkpoint's copy."""

WeightsReader = Callable[[FileInit | RunInit], Mapping[str, Floats]]
"""Reads W1, b1, … from a file or a run; raises an InputError or a StoreError."""


def prepare_data(
    config: Config, dtype: DType, fitted: Fitted | None = None, inspect: Inspector | None = None
) -> Prepared:
    """Read, split and scale the data of a config.

    Args:
        fitted: what a stored run learned from its training examples; None learns it anew.
        inspect: is shown the raw examples.
    """
    return prepare(
        config.data,
        task=config.task,
        normalization=config.normalization,
        target_normalization=config.target_normalization,
        seed=config.seed,
        dtype=dtype,
        embedded=config.network.embeddings or (),
        fitted=fitted,
        augmentation=config.augmentation,
        inspect=inspect,
    )


def build_network(config: Config, fitted: Fitted, dtype: DType) -> Network:
    """Return the config's network, its parameters still 0.

    Raises:
        ConfigError: the layers do not fit together, or do not fit the data.
    """
    target, spec = fitted.target, config.network
    output = _output(config, target)
    n_outputs = 1 if output == "sigmoid" and target.task == "classification" else target.n_outputs
    last = "identity" if target.task == "classification" or output == "linear" else output
    layers = spec.written_out(config.regularization.dropout)
    shape = _input_shape(layers, fitted)
    embedding = embedding_layer(spec, fitted.preprocessor)
    architecture = Architecture(
        shape, (*embedding, *layers, DenseLayer(units=n_outputs, activation=cast(ActivationName, last)))
    )
    try:
        _require_memory(architecture, dtype, "network.layers" if spec.layers else "network.hidden")
        return Network(architecture, dtype)
    except Misfit as misfit:
        path = ".".join(map(str, ("network.layers", *misfit.path_behind(len(embedding)))))
        remedy = f"{misfit.remedy[0].upper()}{misfit.remedy[1:]}."
        raise _refused(path, misfit.what, remedy) from misfit


def _input_shape(layers: tuple[Layer, ...], fitted: Fitted) -> Shape:
    """Return an example's shape: an image's where a layer works on images, else a row."""
    if not needs_image(layers):
        return (fitted.preprocessor.fan_in,)
    image = image_shape(fitted.preprocessor.feature_shape)
    if image is None:
        raise _refused(
            "network.layers",
            f"there are layers for images, and the inputs are {fitted.preprocessor.fan_in} numbers without "
            "an image's shape",
            "Use dense layers, or data of shape (n, height, width): type images, or npz.",
        )
    return image


def _require_memory(architecture: Architecture, dtype: DType, path: str) -> None:
    """Refuse a network whose parameters, gradients and moments cannot fit into this machine's memory.

    Args:
        path: the config's key that the layers stand under.
    """
    n_params = sum(tensor.size for tensor in architecture.tensors())
    needed = VECTORS_IN_TRAINING * n_params * np.dtype(dtype).itemsize
    available = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > available:
        raise _refused(
            path,
            f"{n_params:,} parameters need {needed / 2**30:,.0f} GiB in training; "
            f"this machine has {available / 2**30:,.0f} GiB",
            "Make the layers smaller.",
        )


def build_objective(config: Config, prepared: Prepared, dtype: DType) -> Objective:
    """Return J for this config and data, its network not yet initialized."""
    target, train = prepared.fitted.target, prepared.splits["train"]
    network = build_network(config, prepared.fitted, dtype)
    loss, class_weights = _loss(config, target, train, dtype)
    m = train.n_examples
    penalty = Penalty(l2=config.regularization.l2 / m, l1=config.regularization.l1 / m)
    return Objective(network, loss, penalty, class_weights)


def _require_company(config: Config, architecture: Architecture, n_examples: int) -> None:
    """Refuse batches of one where a batch norm makes the same of every example that comes alone."""
    if batch_size_of(config.training, n_examples) < architecture.least_batch:
        raise _refused(
            "training.batch_size",
            "each example is a batch of its own, and batch_norm makes the same of all: it learns nothing",
            "Make batches larger, or take layer_norm in the place of batch_norm.",
        )


def initialize(network: Network, config: Config, read_weights: WeightsReader) -> None:
    """Give the network its first weights.

    Raises:
        ConfigError: the weights of a file or run cannot be had, or do not fit this network.
        StoreError: the run that they are to come from is damaged.
    """
    spec = config.initialization
    if not isinstance(spec, FileInit | RunInit):
        network.initialize(spec, config.seed)
        return
    try:
        weights = read_weights(spec)
    except InputError as error:
        raise weights_refused(error) from error
    try:
        network.load(weights)
    except ValueError as error:
        source = spec.path if isinstance(spec, FileInit) else spec.run
        raise _refused(
            "initialization", f"{source} {error}", "Use weights of a network with the same layers."
        ) from error


def weights_refused(error: InputError) -> ConfigError:
    """Return the problem that initial weights cannot be had, told as one of the config's."""
    what = f"{error.where}: {error.what}" if error.where else error.what
    return _refused("initialization", what, error.remedy)


def build_trainer(config: Config, prepared: Prepared, dtype: DType, read_weights: WeightsReader) -> Trainer:
    """Return a trainer at its first step.

    Raises:
        ConfigError: the layers, the loss, the batches or the first weights do not fit together or the data.
        StoreError: the run that the first weights are to come from is damaged.
    """
    objective = build_objective(config, prepared, dtype)
    _require_company(config, objective.network.architecture, prepared.splits["train"].n_examples)
    initialize(objective.network, config, read_weights)
    plan = Plan(
        training=config.training,
        optimizer=config.optimizer,
        early_stopping=config.early_stopping,
        max_norm=config.regularization.max_norm,
        seed=config.seed,
    )
    train, dev = prepared.splits["train"], prepared.splits["dev"]
    return Trainer(objective, train, dev, plan, _batches(config, prepared, objective.network.architecture))


def _batches(config: Config, prepared: Prepared, architecture: Architecture) -> BatchSource | None:
    """Return the source of changed batches; None where the examples are taken as they are."""
    if not config.augmentation:
        return None
    # Imported here: most runs do without.
    from dlrecipe.data.augmentation.batches import AugmentedBatches

    train = prepared.splits["train"]
    size = batch_size_of(config.training, train.n_examples)
    return AugmentedBatches(
        config.augmentation,
        train,
        prepared.images,
        prepared.fitted,
        seed=config.seed,
        size=size,
        n_parts=parts_of_step(architecture, size),
    )


def _output(config: Config, target: TargetCodec) -> str:
    """Return the output's kind: softmax or sigmoid for classes; linear, relu, tanh or sigmoid for numbers."""
    output = config.network.output
    n_classes = len(target.classes)
    if target.task == "classification":
        if output == "auto":
            return "sigmoid" if n_classes == 2 else "softmax"
        if output == "sigmoid" and n_classes > 2:
            raise _unfit(output, f"tells two classes apart, and there are {n_classes}", "softmax")
        if output not in ("softmax", "sigmoid"):
            raise _unfit(output, "gives no probabilities of classes", "auto")
        return output
    if output == "softmax":
        raise _unfit(output, "gives probabilities, and the target is numbers", "linear")
    if output in ("relu", "sigmoid", "tanh") and config.target_normalization != "none":
        raise _refused(
            "network.output",
            f"{output} is bounded, and a normalized target is not",
            "Set target_normalization: none if the target lies in its range, or network.output: linear.",
        )
    return "linear" if output == "auto" else output


def _unfit(output: str, why: str, instead: str) -> ConfigError:
    return _refused("network.output", f"{output} {why}", f"Set network.output: {instead}.")


def _refused(path: str, what: str, remedy: str) -> ConfigError:
    return ConfigError([Problem("", path, what, remedy)])


def _loss(config: Config, target: TargetCodec, train: Split, dtype: DType) -> tuple[Loss, Floats | None]:
    """Return the loss and, for weighted classes, each class's weight (n_classes,)."""
    spec = config.loss
    if target.task == "classification":
        if isinstance(spec, RegressionLoss):
            raise _refused(
                "loss",
                f"{spec.type} is for numbers, and the target is classes",
                "Set loss: cross_entropy, or task: regression if the classes are quantities.",
            )
        kind = _output(config, target)
        if isinstance(spec, AutoLoss):
            return LOSSES[kind], None
        loss = SMOOTHED[kind](spec.label_smoothing) if spec.label_smoothing else LOSSES[kind]
        weights = _class_weights(spec, target, train)
        return loss, None if weights is None else weights.astype(dtype)
    if isinstance(spec, CrossEntropyLoss):
        raise _refused(
            "loss",
            "cross_entropy is for classes, and the target is numbers",
            "Set loss: mse, or task: classification if the numbers name classes.",
        )
    if isinstance(spec, AutoLoss):
        return LOSSES["mse"], None
    return huber(spec.delta) if spec.type == "huber" else LOSSES[spec.type], None


def _class_weights(spec: CrossEntropyLoss, target: TargetCodec, train: Split) -> Floats | None:
    """Return (n_classes,) weights, or None for all 1."""
    if spec.class_weights == "none":
        return None
    if spec.class_weights == "balanced":
        counts = np.bincount(train.y, minlength=len(target.classes))
        balanced: Floats = train.n_examples / (len(counts) * np.maximum(counts, 1))
        return balanced
    unknown = [label for label in spec.class_weights if label not in target.classes]
    if unknown:
        raise _refused(
            "loss.class_weights",
            f"there is no class {unknown[0]!r}",
            f"The classes are {', '.join(target.classes[:20])}.",
        )
    return np.array([spec.class_weights.get(label, 1.0) for label in target.classes])
