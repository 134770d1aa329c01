"""trainer_state.json of Hugging Face's Trainer, or the checkpoint folder that holds it."""

from dlrecipe.interop.histories.history import History, Place, Point, as_number

STATE = "trainer_state.json"
SUMMARY = "train_runtime"
"""In the entry that sums the training up: its train_loss is a mean over all of it."""


def is_hugging_face(place: Place) -> bool:
    """A mapping with a log_history, or a folder with such a file."""
    if place.is_folder:
        return (place.path / STATE).is_file()
    return isinstance(place.json, dict) and isinstance(place.json.get("log_history"), list)


def read_hugging_face(place: Place) -> History:
    """Read every number that was logged, by the trainer's step."""
    file = Place(place.path / STATE) if place.is_folder else place
    entries = file.json.get("log_history") if isinstance(file.json, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise file.refuse("log_history is no list of entries", "Give the file that Trainer has saved.")
    series: dict[str, list[Point]] = {}
    for count, entry in enumerate(entries, start=1):
        if SUMMARY in entry:
            continue
        step = as_number(entry.get("step"))
        for name, value in entry.items():
            number = as_number(value)
            if name not in ("step", "epoch") and number is not None:
                series.setdefault(name, []).append((count if step is None else step, number))
    return History({name: tuple(sorted(points)) for name, points in series.items()})
