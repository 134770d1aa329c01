"""evals_result of XGBoost and LightGBM, dumped as JSON: {set: {metric: [a number a round]}}."""

from typing import Any

from dlrecipe.interop.histories.history import History, Place, numbered


def is_boosting(place: Place) -> bool:
    """A mapping of mappings of lists."""
    found = place.json
    return (
        isinstance(found, dict)
        and bool(found)
        and all(isinstance(metrics, dict) and metrics for metrics in found.values())
        and all(isinstance(values, list) for metrics in found.values() for values in metrics.values())
    )


def read_boosting(place: Place) -> History:
    """Read every metric of every set as `set/metric`."""
    series: dict[str, Any] = {}
    for name, metrics in place.json.items():
        for metric, values in metrics.items():
            points = numbered(values)
            if points is None:
                raise place.refuse(
                    f"{name}.{metric} holds something that is no number",
                    "Dump evals_result as it is: json.dump(result, file).",
                )
            series[f"{name}/{metric}"] = points
    return History(series)
