"""All kinds of pictures by their names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dlrecipe.reports.plots.chart import Chart
    from dlrecipe.reports.subject import Subject


@dataclass(frozen=True)
class Kind:
    """A picture: what it shows in a line, and the function that draws it, imported when it is wanted."""

    shows: str
    module: str
    function: str

    def draw(self, subject: "Subject") -> "Figure":
        """Draw it with matplotlib.

        Raises:
            InputError: the run has not what it shows.
            StoreError: a file of the run is damaged.
        """
        from dlrecipe.reports.plots.chart import Chart

        module = import_module(f"dlrecipe.reports.plots.{self.module}")
        function = cast(
            "Callable[[Subject], Chart | Sequence[Chart] | Figure]", getattr(module, self.function)
        )
        drawn = function(subject)
        if isinstance(drawn, Chart):
            drawn = [drawn]
        if isinstance(drawn, Sequence):
            from dlrecipe.reports.plots.figure import figure_of

            return figure_of(drawn)
        return drawn


KINDS: Mapping[str, Kind] = {
    "curves": Kind("J and the errors by epoch, the kept epoch marked", "curves", "curves"),
    "gaps": Kind("the ladder of errors with intervals, and the gaps", "gaps", "gaps"),
    "gradients": Kind("gradient norms by layer", "layers", "gradients"),
    "weights": Kind("weight norms by layer", "layers", "weights"),
    "activations": Kind("the spread of activations by layer", "layers", "activations"),
    "boundary": Kind("the decision boundary over two inputs", "boundary", "decision_boundary"),
    "calibration": Kind("how sure the network is beside how often it is right", "calibration", "calibration"),
    "residuals": Kind("predicted beside true numbers", "calibration", "residuals"),
    "lambda": Kind("errors over λ, of runs that differ in it alone", "studies", "lambda_curve"),
    "learning-curve": Kind("errors over the number of training examples", "studies", "learning_curve"),
    "contours": Kind("J over two weights, raw inputs and normalized", "contours", "cost_contours"),
    "first-layer": Kind(
        "the first layer's weights, as images where inputs are", "first_layer", "first_layer"
    ),
}
