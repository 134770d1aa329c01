"""Numbers as a person reads them: errors in percent, gaps in points. Knows nothing of what they mean."""

import math

UNKNOWN = "–"


def percent(error: float) -> str:
    """Write a fraction as a percentage: 0.153 as `15.3%`, 0.0195 as `1.95%`."""
    return f"{points(error)}%"


def expected(error: float) -> str:
    """Write an error that is only expected, a fraction, with two digits: 0.2663 as `27%`, 0.0204 as `2.0%`.

    It rests on the median of a few runs of other data, and a third digit would claim to know more.
    """
    return f"{_two_digits(100 * error)}%"


def expected_text(error: float, task: str) -> str:
    """Write an error that is only expected as `error_text` writes errors, with two digits."""
    return expected(error) if task == "classification" else _two_digits(error)


def _two_digits(value: float) -> str:
    return f"{float(f'{value:.1e}'):,.0f}" if value >= 9.95 else f"{value:#.2g}"


def points(gap: float) -> str:
    """Write a difference of fractions in points of a percent, without the unit: 0.1 as `10.0`.

    One mistake among a few hundred examples shows in the second decimal; above 10 points nobody misses it.
    """
    value = 100 * gap
    if abs(value) < 0.005:
        return "0.00"
    if abs(value) >= 9999.5:  # a regression that went astray
        return f"{value:.2e}"
    return f"{value:.2f}" if abs(value) < 9.995 else f"{value:,.1f}"


def error_text(error: float | None, task: str) -> str:
    """Write an error with three digits: a fraction of labels in percent, 1 - R² as it is.

    One mistake in a dev set of a few hundred shows in the second decimal, and above 10% nobody misses it.
    """
    if error is None or not math.isfinite(error):
        return number(error)
    if task != "classification":
        return f"{error:.3f}" if error < 9.9995 else f"{error:.3g}"
    percentage = 100 * error
    return f"{percentage:.2f}%" if percentage < 9.995 else f"{percentage:.1f}%"


def allowed(allowance: float) -> str:
    """Write a chosen number of points as it was chosen, without the unit: 0.02 as `2`, 0.075 as `7.5`.

    What another gap leaves of it is no round number: two decimals, as `points` writes them.
    """
    value = 100 * allowance
    return f"{value:.2f}".rstrip("0").rstrip(".") if value >= 0.1 else f"{value:.2g}"


def allowed_points(allowance: float) -> str:
    """Write a chosen number of points with its unit: `1 point`, `2 points`, `0.5 points`."""
    number = allowed(allowance)
    return f"{number} {'point' if number == '1' else 'points'}"


def are_allowed(allowance: float) -> str:
    """Write how many points are allowed: `1 is allowed`, `2 are allowed`."""
    number = allowed(allowance)
    return f"{number} {'is' if number == '1' else 'are'} allowed"


def count(n: float) -> str:
    """Write a whole number with commas."""
    return f"{n:,.0f}"


def plural(n: int, noun: str) -> str:
    """Write so many of something: `1 run`, `2 runs`."""
    return f"{count(n)} {noun}" + ("" if n == 1 else "s")


def number(value: float | None) -> str:
    """Write a number with four digits, whole ones with commas, and a dash for one that is not known."""
    if value is None:
        return UNKNOWN
    if isinstance(value, int):
        return count(value)
    return f"{value:.4g}"


def examples(n: int, split: str = "") -> str:
    """Write how many examples, of which split: `1 dev example`, `1,078 train examples`."""
    name = f"{split.replace('_', '-')} " if split else ""
    return f"{count(n)} {name}example{'' if n == 1 else 's'}"
