"""The course's table of train and dev errors and what they mean, with and without sample sizes."""

from benchmarks.common import Row
from dlrecipe.diagnosis.diagnose import diagnose
from dlrecipe.diagnosis.evidence import Evidence

HIGH_BIAS, HIGH_VARIANCE, BOTH, GOOD = "high_bias", "high_variance", "high_bias_and_variance", "good"
COURSE = (
    (0.0, 0.01, 0.11, HIGH_VARIANCE),
    (0.0, 0.15, 0.16, HIGH_BIAS),
    (0.0, 0.15, 0.30, BOTH),
    (0.0, 0.005, 0.01, GOOD),
    (0.15, 0.15, 0.16, GOOD),
    (0.15, 0.15, 0.30, HIGH_VARIANCE),
)
"""Bayes error, train error, dev error, and the verdict. Source: Ng, course C2W1L02."""
SIZES = (None, (50_000, 10_000), (600, 200))


def course_table() -> list[Row]:
    """Return each row of the table: without sample sizes, with many examples, and with few.

    With few examples `undecided` is allowed where the interval says so; a wrong verdict never is.
    """
    rows = []
    for bayes, train, dev, wanted in COURSE:
        for sizes in SIZES:
            n = {} if sizes is None else dict(zip(("train", "dev"), sizes, strict=True))
            found = diagnose(Evidence(errors={"train": train, "dev": dev}, n=n, bayes_error=bayes))
            allowed = {wanted} if sizes is None or sizes[1] >= 10_000 else {wanted, "undecided"}
            if wanted == BOTH and sizes is not None and sizes[1] < 10_000:
                allowed |= {HIGH_BIAS, HIGH_VARIANCE}
            size = "" if sizes is None else f", n {sizes[0]:,}/{sizes[1]:,}"
            figure = f"Bayes {bayes:.0%}, train {100 * train:.3g}%, dev {100 * dev:.3g}%{size}"
            rows.append(Row(figure, wanted, found.verdict, found.verdict in allowed, ""))
    return rows
