"""The listing succeeds beside anything, names what is damaged, and a reference never leaves the directory."""

import os
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from dlrecipe.errors import RunDamaged, RunNotFound, StoreError
from dlrecipe.store import creation
from dlrecipe.store.listing import find_run, list_runs
from dlrecipe.store.run_directory import RunDirectory

ID = "digits-20260101-120000-abcdef"


def create(runs_dir: Path, name: str = "digits", status: str = "finished") -> RunDirectory:
    return RunDirectory.create(runs_dir, name, files={"config.yaml": "a: 1"}, record={"status": status})


def test_no_directory_and_an_empty_one_have_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "runs") == []
    assert list_runs(tmp_path) == []


def test_runs_are_listed_the_oldest_first_whatever_their_names(tmp_path: Path) -> None:
    ids = [create(tmp_path, name).id for name in ("zebra", "ant", "moth")]
    assert [run.id for run in list_runs(tmp_path)] == ids
    assert find_run(tmp_path, "latest").id == ids[-1]


def test_a_run_that_nobody_writes_any_more_is_interrupted(tmp_path: Path) -> None:
    run = create(tmp_path, status="running")
    assert [summary.status for summary in list_runs(tmp_path)] == ["interrupted"]
    with run.lock():
        assert [summary.status for summary in list_runs(tmp_path)] == ["running"]


def empty(path: Path) -> None:
    path.mkdir()


def half_written(path: Path) -> None:
    path.mkdir()
    (path / "run.json").write_text('{\n  "schema_version": 1,\n  "run_')


def foreign_record(path: Path) -> None:
    path.mkdir()
    (path / "run.json").write_text('{"status": "finished"}\n')


def record_is_a_directory(path: Path) -> None:
    (path / "run.json").mkdir(parents=True)


def record_is_a_link(path: Path) -> None:
    path.mkdir()
    (path / "run.json").symlink_to("/etc/passwd")


def record_is_a_fifo(path: Path) -> None:
    path.mkdir()
    os.mkfifo(path / "run.json")


def record_is_noise(path: Path) -> None:
    path.mkdir()
    (path / "run.json").write_bytes(bytes(range(256)) * 20)


def record_is_deep(path: Path) -> None:
    path.mkdir()
    (path / "run.json").write_text("[" * 100_000)


DAMAGE = [
    empty,
    half_written,
    foreign_record,
    record_is_a_directory,
    record_is_a_link,
    record_is_a_fifo,
    record_is_noise,
    record_is_deep,
]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("keys", [None, ("data", "result")])
def test_a_damaged_run_is_listed_with_the_reason_and_hides_no_other(
    tmp_path: Path, damage: Callable[[Path], None], keys: Sequence[str] | None
) -> None:
    good = create(tmp_path)
    damage(tmp_path / ID)
    damaged, listed = list_runs(tmp_path, keys)
    assert listed.id == good.id
    assert listed.damage == ""
    assert (damaged.id, damaged.status) == (ID, "damaged")
    assert damaged.damage.startswith("run.json: ")
    with pytest.raises(StoreError):
        find_run(tmp_path, ID)


def test_a_flipped_byte_in_what_was_not_asked_for_is_damage_too(tmp_path: Path) -> None:
    create(tmp_path, status="finished")
    [path] = tmp_path.glob("*/run.json")
    path.write_bytes(path.read_bytes().replace(b'"pid"', b'"pie"'))
    [summary] = list_runs(tmp_path, ())
    assert (summary.status, summary.beyond_repair) == ("damaged", True)
    assert "cut or altered" in summary.damage


def test_a_listing_holds_what_was_asked_for_and_what_every_run_says(tmp_path: Path) -> None:
    run = create(tmp_path)
    [summary] = list_runs(tmp_path, ("writer", "result"))
    assert summary.record == {
        key: run.record[key] for key in ("schema_version", "run_id", "status", "created", "writer")
    }
    assert summary.status == "finished"


def test_what_is_no_run_is_passed_over(tmp_path: Path) -> None:
    good = create(tmp_path)
    (tmp_path / "README.md").write_text("Runs are kept here.")
    (tmp_path / "notes").mkdir()
    (tmp_path / ".creating-0123").mkdir()
    (tmp_path / "-rf").mkdir()
    os.mkdir(os.fsencode(tmp_path) + b"/\xff\xfe")
    (tmp_path / ID).symlink_to(good.path)
    (tmp_path / "digits-20260101-130000-abcdef").symlink_to("nowhere")
    assert [run.id for run in list_runs(tmp_path)] == [good.id]


def test_the_latest_run_is_not_replaced_by_an_older_one_because_it_is_damaged(tmp_path: Path) -> None:
    create(tmp_path)
    newer = f"digits-{datetime.now(UTC) + timedelta(minutes=1):%Y%m%d-%H%M%S}-abcdef"
    empty(tmp_path / newer)
    with pytest.raises(RunDamaged, match=newer):
        find_run(tmp_path, "latest")


def test_which_run_is_the_latest_is_not_guessed_once_the_clock_was_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Ahead":
            return super().now(tz) + timedelta(hours=2)

    monkeypatch.setattr(creation, "datetime", Ahead)
    old = create(tmp_path)
    monkeypatch.undo()
    new = create(tmp_path)
    with pytest.raises(RunNotFound, match=f"cannot be told: {old.id} is dated") as caught:
        find_run(tmp_path, "latest")
    assert caught.value.exit_code == 2
    assert find_run(tmp_path, new.id).id == new.id


def test_a_path_to_a_run_is_met_with_its_id(tmp_path: Path) -> None:
    run = create(tmp_path)
    for path in (f"runs/{run.id}", f"{tmp_path}/{run.id}/"):
        with pytest.raises(RunNotFound, match=f"Did you mean '{run.id}'"):
            find_run(tmp_path, path)


def test_a_run_goes_by_its_id_and_by_any_start_that_no_other_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = iter(["digits-1", "digits-12", "wine-1"])
    monkeypatch.setattr(creation, "new_run_id", lambda *_: next(ids))
    for _ in range(3):
        create(tmp_path)
    assert find_run(tmp_path, "digits-1").id == "digits-1"
    assert find_run(tmp_path, "digits-12").id == "digits-12"
    assert find_run(tmp_path, "w").id == "wine-1"
    with pytest.raises(RunNotFound, match=r"2 runs start with 'dig'(.|\n)*digits-1, digits-12"):
        find_run(tmp_path, "dig")


def test_a_slip_in_an_id_is_met_with_the_nearest_one(tmp_path: Path) -> None:
    run = create(tmp_path)
    with pytest.raises(RunNotFound, match=f"Did you mean '{run.id}'") as caught:
        find_run(tmp_path, run.id.replace("digits", "digit"))
    assert caught.value.exit_code == 2


def test_an_id_unlike_all_others_is_met_with_what_there_is(tmp_path: Path) -> None:
    ids = sorted(create(tmp_path, f"run{index}").id for index in range(10))
    with pytest.raises(RunNotFound) as caught:
        find_run(tmp_path, "zebra")
    assert caught.value.remedy == f"There are: {', '.join(ids[:8])} and 2 more"


@pytest.mark.parametrize("reference", ["latest", "digits"])
def test_without_any_run_the_remedy_is_to_train_one(tmp_path: Path, reference: str) -> None:
    with pytest.raises(RunNotFound, match="dlrecipe train CONFIG"):
        find_run(tmp_path / "runs", reference)


@pytest.mark.parametrize(
    "reference",
    [
        "",
        ".",
        "..",
        "../outside",
        "digits/../../outside",
        "/etc",
        "~",
        "a\0b",
        "a\nb",
        "a\\b",
        "*",
        "-rf",
        ".hidden",
        "x" * 256,
        "x" * 100_000,
        "größe",
        "\udcff",
        "latest ",
    ],
)
def test_a_reference_that_is_no_id_is_refused(tmp_path: Path, reference: str) -> None:
    outside = create(tmp_path, "outside")
    runs_dir = tmp_path / "runs"
    create(runs_dir)
    outside.path.rename(tmp_path / "outside")
    (runs_dir / ".hidden").mkdir()
    with pytest.raises(RunNotFound, match="is not a run id") as caught:
        find_run(runs_dir, reference)
    assert len(str(caught.value)) < 500


def test_a_link_in_the_runs_directory_is_not_followed(tmp_path: Path) -> None:
    outside = create(tmp_path / "elsewhere")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / ID).symlink_to(outside.path)
    with pytest.raises(RunNotFound):
        find_run(tmp_path / "runs", ID)


def test_a_file_in_the_place_of_the_runs_directory_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(StoreError, match="Name another directory"):
        list_runs(tmp_path / "runs")


def test_a_runs_directory_may_be_a_link_and_one_that_leads_nowhere_says_so(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "runs").symlink_to("disk")
    run = create(tmp_path / "runs")
    assert [summary.id for summary in list_runs(tmp_path / "runs")] == [run.id]
    (tmp_path / "disk").rename(tmp_path / "unmounted")
    for command in (lambda: list_runs(tmp_path / "runs"), lambda: create(tmp_path / "runs")):
        with pytest.raises(StoreError, match=r"runs  this link leads nowhere\n  Bring back what it leads to"):
            command()
    assert not (tmp_path / "disk").exists()


def test_a_runs_directory_whose_name_no_disk_takes_is_refused_in_words(tmp_path: Path) -> None:
    for command in (list_runs, create):
        with pytest.raises(StoreError, match=r"the name is too long for this disk\n  Choose a shorter one"):
            command(tmp_path / ("x" * 256))


def test_a_copied_run_goes_by_the_name_of_its_directory(tmp_path: Path) -> None:
    run = create(tmp_path)
    shutil.copytree(run.path, tmp_path / "keep-this")
    assert find_run(tmp_path, "keep-this").read_text("config.yaml") == "a: 1"
