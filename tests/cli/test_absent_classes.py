"""What to do about a class that dev lacks goes by how the config splits."""

import numpy as np
import pytest

N = 240


@pytest.fixture
def rows(cli):
    """Three classes, of which c has two rows, the first ones; five rows a patient, a row a day."""
    rng = np.random.default_rng(0)
    y = np.where(np.arange(N) < 2, "c", rng.choice(["a", "b"], N))
    lines = [
        f"{v:.4f},{w:.4f},p{i // 5},{i},train,{k}"
        for i, (v, w, k) in enumerate(zip(*rng.normal(size=(2, N)), y, strict=True))
    ]
    lines = [
        line.replace("train", ["train", "train", "dev", "test"][i % 4 if i > 1 else 0])
        for i, line in enumerate(lines)
    ]
    (cli.folder / "rows.csv").write_text("v,w,patient,day,part,y\n" + "\n".join(lines) + "\n")
    (cli.folder / "dev.csv").write_text("v,w,patient,day,part,y\n" + "\n".join(lines[2:80]) + "\n")
    return {"type": "table", "path": "rows.csv", "target": "y"}


SPLITS = {
    "auto": ("auto", "stratified already, and the rows are too few for every split: c has 2."),
    "stratified": ({"stratify": True}, "The split is stratified already"),
    "group": ({"group": "patient"}, "keeps the rows of each 'patient' together, and too few of these hold c"),
    "time": ({"time": "day"}, "The split is by time, and c does not come up in the time of"),
    "column": ({"column": "part"}, "'part' names the splits: let it name"),
    "stable": ({"stable": True}, "leave data.split.stable out, and the split is stratified"),
    "random": ({"stratify": False}, "Split stratified: data.split: {stratify: true}"),
}


def remedy(cli, data):
    config = {"data": data, "network": {"hidden": [4]}, "seed": 2}
    found = {
        each["code"]: each for each in cli("check", cli.write(config), "--json").json["data"]["findings"]
    }
    return found["absent-classes"]["remedy"]


@pytest.mark.parametrize("split", SPLITS)
def test_the_remedy_fits_the_split_of_the_config(cli, rows, split):
    setting, said = SPLITS[split]
    text = remedy(cli, {"source": rows, "split": setting})
    assert said in text
    assert ("stratify: true" in text) == (split == "random")


def test_a_dev_file_of_its_own_is_to_get_rows_of_the_class(cli, rows):
    text = remedy(cli, {"train": rows, "dev": rows | {"path": "dev.csv"}})
    assert "data.dev is a source of its own: put rows of c into it; or leave data.dev out" in text
