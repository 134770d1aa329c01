"""Is the gradient right? Backpropagation held against two-sided differences of J, in float64.

Knows networks, losses and penalties; knows no files, configs or terminals.

The course's five notes on gradient checking, and what they mean here:

1. Not in training: a check costs seconds, a step milliseconds. It is a command of its own.
2. When it fails, look at the components: every tensor is compared on its own, its worst component named.
3. Remember the penalty: J holds it on both sides. It is compared apart, for it is small beside the loss.
4. Not with dropout: J would be another function at each pass. The check builds the network without it, or,
   when asked, with a mask that is the same at each pass.
5. At random initialization, and again after some training: a bug may show only once weights have grown.
   `check_gradient` takes the network at whatever weights it has.
"""

from dlrecipe.gradcheck.check import check_gradient
from dlrecipe.gradcheck.difference import two_sided_difference
from dlrecipe.gradcheck.matrix import gradcheck_matrix
from dlrecipe.gradcheck.report import report_json
from dlrecipe.gradcheck.result import CheckResult, EpsilonRow, TensorResult, Verdict, Worst

__all__ = [
    "CheckResult",
    "EpsilonRow",
    "TensorResult",
    "Verdict",
    "Worst",
    "check_gradient",
    "gradcheck_matrix",
    "report_json",
    "two_sided_difference",
]
