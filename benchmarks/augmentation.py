"""What augmentation adds to the time of an epoch, and what each change costs.

    python -m benchmarks.augmentation                  the ratio of epochs, with and without, by either clock
    python -m benchmarks.augmentation --changes        µs of processor time for a batch of 128 of MNIST's size
    python -m benchmarks.augmentation --threads 1      in one process

Epochs with and without are timed in turn, so that a change of the machine's speed meets both; each trainer
works as `train` has it work, with its second process or the thread that makes batches ahead. The images are
random and of MNIST's size: the time does not depend on what they show.
"""

import argparse
import statistics
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.common import Row, machine, report
from dlrecipe.data.augmentation.batches import AugmentedBatches
from dlrecipe.data.augmentation.images import RawImages
from dlrecipe.data.augmentation.specs import (
    Augmentation,
    CropSpec,
    CutoutSpec,
    ElasticSpec,
    FlipSpec,
    MixupSpec,
    NoiseSpec,
    RotationSpec,
    ShiftSpec,
    ZoomSpec,
)
from dlrecipe.data.examples import Examples, Split
from dlrecipe.data.fitted import Fitted
from dlrecipe.data.preprocessing import Preprocessor
from dlrecipe.data.targets import TargetCodec
from dlrecipe.nn.losses import LOSSES
from dlrecipe.nn.network import Network, dense_stack
from dlrecipe.nn.objective import Objective
from dlrecipe.nn.regularizers import Penalty
from dlrecipe.nn.specs import ScaledInit
from dlrecipe.optim.specs import AdamSpec
from dlrecipe.training.hooks import Watch
from dlrecipe.training.loop import Plan, Trainer
from dlrecipe.training.specs import TrainingSpec
from dlrecipe.training.steps import parts_of_step
from dlrecipe.training.threads import limited_threads

BATCH = 128
NETWORKS = {"784-800-10": (800,), "784-512-256-10": (512, 256)}
LISTS: dict[str, tuple[Augmentation, ...]] = {
    "elastic": (ElasticSpec(),),
    "rotation, zoom, shift, elastic": (RotationSpec(), ZoomSpec(), ShiftSpec(), ElasticSpec()),
    "elastic, noise, mixup": (ElasticSpec(), NoiseSpec(), MixupSpec()),
}
CHANGES: tuple[Augmentation, ...] = (
    FlipSpec(), ShiftSpec(), RotationSpec(), ZoomSpec(), CropSpec(), ElasticSpec(), CutoutSpec(), NoiseSpec(),
    MixupSpec(),
)  # fmt: skip


Times = tuple[float, float]


class Images:
    """Random images of MNIST's size with ten classes, raw and normalized."""

    def __init__(self, n: int) -> None:
        rng = np.random.default_rng(0)
        pixels = rng.integers(0, 256, (n, 784)).astype(np.uint8)
        target = (np.arange(n) % 10).astype(float)
        self.examples = Examples(origin="random", matrix=pixels, target=target, feature_shape=(28, 28))
        codec = TargetCodec.fit(target, task=None, target_normalization="auto", origin="random")
        self.fitted = Fitted(Preprocessor.fit(self.examples, "minmax"), codec, None)
        X = self.fitted.preprocessor.transform(self.examples, np.dtype(np.float32))
        self.train = Split(X, codec.encode(target, X.dtype), np.arange(n))

    def batches(self, augmentation: Sequence[Augmentation], n_parts: int = 1) -> AugmentedBatches:
        """Return the source of changed batches."""
        raw = RawImages.of(self.examples, augmentation, self.train.X.dtype)
        return AugmentedBatches(
            augmentation, self.train, raw, self.fitted, seed=0, size=BATCH, n_parts=n_parts
        )


def trainer(
    images: Images, hidden: tuple[int, ...], augmentation: Sequence[Augmentation], threads: int
) -> Trainer:
    """Return a trainer, with changed batches or, for an empty list, plain ones."""
    activations = (*("relu",) * len(hidden), "identity")
    network = Network(
        dense_stack((784, *hidden, 10), activations, (1.0,) * len(activations)), images.train.X.dtype
    )
    network.initialize(ScaledInit(), 0)
    training = TrainingSpec(epochs=10**9, batch_size=BATCH, threads=threads)
    plan = Plan(training, AdamSpec(), None, None, 0)
    return Trainer(
        Objective(network, LOSSES["softmax"], Penalty()),
        images.train,
        images.train,
        plan,
        images.batches(augmentation, parts_of_step(network.architecture, BATCH)) if augmentation else None,
    )


def ratios(images: Images, rounds: int, threads: int) -> list[Row]:
    """Return the rows of epochs with augmentation over epochs without."""
    rows = []
    for name, hidden in NETWORKS.items():
        plain = trainer(images, hidden, (), threads)
        for described, augmentation in LISTS.items():
            augmented = trainer(images, hidden, augmentation, threads)
            times: list[tuple[Times, Times]] = []
            with plain.at_work(), augmented.at_work():
                for _ in range(rounds + 1):
                    times.append((epoch(plain), epoch(augmented)))
            del times[0]  # It warmed up.
            ratio, cpu_ratio = (
                statistics.median(with_it[clock] / without[clock] for without, with_it in times)
                for clock in (0, 1)
            )
            without, with_it = (statistics.median(pair[which][0] for pair in times) for which in (0, 1))
            measured = f"{ratio:.2f} ({without:.0f} → {with_it:.0f} µs a step); processor {cpu_ratio:.2f}"
            rows.append(Row(f"{name}, {described}", "≤ 1.5", measured, ratio <= 1.5, ""))
    return rows


def epoch(trainer: Trainer) -> Times:
    """Return the time and the processor time of all threads that a step took, in µs, over an epoch."""
    began, cpu_began = time.perf_counter(), time.process_time()
    trainer.train_epoch(Watch())
    took, cpu_took = time.perf_counter() - began, time.process_time() - cpu_began
    return 1e6 * took / trainer.steps_per_epoch, 1e6 * cpu_took / trainer.steps_per_epoch


def changes(images: Images) -> list[Row]:
    """Return the rows of the processor time that a batch of each change takes, in one thread."""
    rows = []
    for spec in CHANGES:
        batches = images.batches((spec,))
        X, y = (
            np.empty((BATCH, 784), np.float32),
            np.empty((BATCH, *batches.y_like.shape[1:]), batches.y_like.dtype),
        )
        times = []
        with limited_threads(1):
            for batch in range(200):
                began = time.thread_time()
                batches.fill(X, y, 1, batch % 100)
                times.append(1e6 * (time.thread_time() - began))
        measured = f"{statistics.median(times):.0f} µs (least {min(times):.0f})"
        rows.append(Row(spec.type, "", measured, None, ""))
    return rows


def main() -> None:
    """Measure what was asked for and print its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--changes", action="store_true", help="each change by itself, in processor time")
    parser.add_argument("--rounds", type=int, default=5, help="epochs of either kind (default 5)")
    parser.add_argument("--examples", type=int, default=16_384, help="in an epoch")
    parser.add_argument("--threads", type=int, default=machine()["cores"], help="processors to use")
    options = parser.parse_args()
    images = Images(options.examples)
    rows = changes(images) if options.changes else ratios(images, options.rounds, options.threads)
    report(rows, None)


if __name__ == "__main__":
    main()
