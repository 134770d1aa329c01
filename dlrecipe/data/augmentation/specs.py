"""What a config says of augmentation, one dataclass a kind. Knows no arrays and no shapes."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from annotated_types import Gt, Interval, Le

from dlrecipe.variants import BY_TYPE

Probability: TypeAlias = Annotated[float, Gt(0), Le(1)]
Pixels: TypeAlias = Annotated[int, Interval(ge=1, le=4096)]


@dataclass(frozen=True, kw_only=True)
class FlipSpec:
    """Images are mirrored, left and right changing places."""

    type: Literal["flip"] = "flip"
    probability: Probability = 0.5
    """Share of the examples, drawn anew for each batch, that are mirrored."""


@dataclass(frozen=True, kw_only=True)
class ShiftSpec:
    """Images are moved by whole pixels; what comes in at the border is background."""

    type: Literal["shift"] = "shift"
    probability: Probability = 1.0
    """Share of the examples, drawn anew for each batch, that are moved."""
    pixels: Pixels = 2
    """The farthest, down or up and, independently, to the right or left."""


@dataclass(frozen=True, kw_only=True)
class RotationSpec:
    """Images are turned about their centre."""

    type: Literal["rotation"] = "rotation"
    probability: Probability = 1.0
    """Share of the examples, drawn anew for each batch, that are turned."""
    degrees: Annotated[float, Gt(0), Le(180)] = 10.0
    """The farthest, to either side; every angle up to it is equally likely."""


@dataclass(frozen=True, kw_only=True)
class ZoomSpec:
    """Images are made larger or smaller about their centre."""

    type: Literal["zoom"] = "zoom"
    probability: Probability = 1.0
    """Share of the examples, drawn anew for each batch, that are zoomed."""
    low: Annotated[float, Interval(ge=0.1, le=10)] = 0.9
    """The smallest factor: 0.9 makes things a tenth smaller."""
    high: Annotated[float, Interval(ge=0.1, le=10)] = 1.1
    """The largest factor; every factor between the two is equally likely."""

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}; exchange them")
        if self.low == self.high == 1:
            raise ValueError("low and high are both 1, which changes nothing; set them apart")


@dataclass(frozen=True, kw_only=True)
class CropSpec:
    """A part of the image, in its proportions and at a random place, is enlarged to the whole."""

    type: Literal["crop"] = "crop"
    probability: Probability = 1.0
    """Share of the examples, drawn anew for each batch, that are cropped."""
    share: Annotated[float, Interval(ge=0.1), Interval(lt=1)] = 0.8
    """The smallest share of height and width that is kept; every share up to 1 is equally likely."""


@dataclass(frozen=True, kw_only=True)
class ElasticSpec:
    """Every pixel is displaced by a smooth random field, as if the image were drawn on rubber.

    The field is white noise of the variance of uniform(-1, 1), smoothed by a Gaussian, times alpha.
    Source: Simard, Steinkraus and Platt 2003, Best Practices for Convolutional Neural Networks.
    """

    type: Literal["elastic"] = "elastic"
    probability: Probability = 1.0
    """Share of the examples, drawn anew for each batch, that are distorted."""
    alpha: Annotated[float, Gt(0), Le(10_000)] = 34.0
    """Strength: displacements, down and to the right each, have a standard deviation of about
    0.163 · alpha / sigma pixels, 1.4 for 34 and 4."""
    sigma: Annotated[float, Interval(ge=0.5, le=100)] = 4.0
    """Standard deviation of the Gaussian, in pixels: how far apart pixels must be to move differently."""


@dataclass(frozen=True, kw_only=True)
class CutoutSpec:
    """A square of each image is covered with background.

    Source: DeVries and Taylor 2017, arXiv:1708.04552.
    """

    type: Literal["cutout"] = "cutout"
    probability: Probability = 1.0
    """Share of the examples, drawn anew for each batch, that are covered."""
    size: Pixels = 8
    """Side of the square; its centre is any pixel, so part of it may lie outside."""


@dataclass(frozen=True, kw_only=True)
class NoiseSpec:
    """Normal noise is added to the inputs, after normalization. For any data."""

    type: Literal["noise"] = "noise"
    probability: Probability = 1.0
    """Share of the examples, drawn anew for each batch, that get noise."""
    std: Annotated[float, Gt(0), Le(1000)] = 0.1
    """Its standard deviation, in units of the normalized inputs."""


@dataclass(frozen=True, kw_only=True)
class MixupSpec:
    """Each example and its target are mixed with another of the batch, after normalization. For any data.

    The mixture is λ of the one and 1 - λ of the other, λ drawn from Beta(alpha, alpha) for each example.
    Source: Zhang et al. 2018, arXiv:1710.09412.
    """

    type: Literal["mixup"] = "mixup"
    probability: Probability = 1.0
    """Share of the examples, drawn anew for each batch, that are mixed."""
    alpha: Annotated[float, Interval(ge=0.01, le=100)] = 0.2
    """Small: nearly all of it one example; 1: every mixture equally likely; large: halves."""


GeometricSpec: TypeAlias = FlipSpec | ShiftSpec | RotationSpec | ZoomSpec | CropSpec | ElasticSpec
PixelSpec: TypeAlias = GeometricSpec | CutoutSpec
Augmentation: TypeAlias = Annotated[
    FlipSpec
    | ShiftSpec
    | RotationSpec
    | ZoomSpec
    | CropSpec
    | ElasticSpec
    | CutoutSpec
    | NoiseSpec
    | MixupSpec,
    BY_TYPE,
]


def mixes_targets(augmentation: tuple[Augmentation, ...]) -> bool:
    """Return whether targets are mixed, so that labels become shares of the classes."""
    return any(isinstance(spec, MixupSpec) for spec in augmentation)
