"""Numbers as a person reads them: errors in percent, gaps in points. Knows nothing of what they mean."""


def percent(error: float) -> str:
    """Write a fraction as a percentage: 0.153 as `15.3%`, 0.0025 as `0.25%`."""
    return f"{points(error)}%"


def points(gap: float) -> str:
    """Write a difference of fractions in points of a percent, without the unit: 0.1 as `10.0`."""
    value = 100 * gap
    if abs(value) < 0.005:
        return "0.0"
    return f"{value:.2f}" if abs(value) < 0.95 else f"{value:,.1f}"


def count(n: float) -> str:
    """Write a whole number with commas."""
    return f"{n:,.0f}"
