"""metrics.json of a Sacred run, or the folder of the run."""

from dlrecipe.interop.histories.history import History, Place, as_number


def is_sacred(place: Place) -> bool:
    """A mapping of names to steps and values."""
    found = _file(place).json if _is_run(place) else place.json
    return (
        isinstance(found, dict)
        and bool(found)
        and all(isinstance(each, dict) and {"steps", "values"} <= set(each) for each in found.values())
    )


def read_sacred(place: Place) -> History:
    """Read every scalar that the run has logged."""
    file = _file(place) if place.is_folder else place
    series = {}
    for name, each in file.json.items():
        steps, values = each["steps"], each["values"]
        alike = isinstance(steps, list) and isinstance(values, list) and len(steps) == len(values)
        pairs = (
            [(as_number(a), as_number(_plain(b))) for a, b in zip(steps, values, strict=True)]
            if alike
            else None
        )
        if pairs is None or any(a is None or b is None for a, b in pairs):
            raise file.refuse(f"{name}: steps and values are not lists of as many numbers", "Export it anew.")
        series[name] = tuple(sorted((a, b) for a, b in pairs if a is not None and b is not None))
    return History(series)


def _plain(value: object) -> object:
    """Return a NumPy number that Sacred has pickled into JSON as the number it shows beside."""
    return value.get("value") if isinstance(value, dict) else value


def _is_run(place: Place) -> bool:
    return place.is_folder and (place.path / "metrics.json").is_file() and (place.path / "run.json").is_file()


def _file(place: Place) -> Place:
    return Place(place.path / "metrics.json")
