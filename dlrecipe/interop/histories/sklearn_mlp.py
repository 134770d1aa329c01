"""Attributes of scikit-learn's MLPClassifier or MLPRegressor, dumped as JSON."""

from dlrecipe.interop.histories.history import History, Place, numbered

ADVICE = 'json.dump({"loss_curve_": mlp.loss_curve_, "validation_scores_": mlp.validation_scores_}, file)'


def is_sklearn(place: Place) -> bool:
    """A mapping with a loss_curve_."""
    return isinstance(place.json, dict) and "loss_curve_" in place.json


def read_sklearn(place: Place) -> History:
    """Read the loss on train, and with early stopping the accuracy (or R²) on its validation part."""
    dumped = place.json
    loss, scores = dumped["loss_curve_"], dumped.get("validation_scores_")
    series = {"train/loss": numbered(loss) if isinstance(loss, list) else None}
    notes: tuple[str, ...] = ()
    if scores is None:
        notes = ("There are no validation_scores_: the MLP was trained without early_stopping=True.",)
    else:
        points = numbered(scores) if isinstance(scores, list) else None
        negative = points is not None and any(value < 0 for _, value in points)
        regresses = negative or "Regressor" in str(dumped.get("class", dumped.get("estimator", "")))
        series["validation/r2" if regresses else "validation/accuracy"] = points
    broken = [name for name, points in series.items() if points is None]
    if broken:
        raise place.refuse(f"{broken[0]} is no list of numbers", ADVICE)
    return History({name: points for name, points in series.items() if points is not None}, notes)
