"""Each check finds what is planted in a real table, names it, and leaves the table alone without it."""

import re
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.group_drift import found, patients
from dlrecipe.data.checks import drift, groups
from dlrecipe.data.checks.catalogue import judge
from dlrecipe.data.checks.tables import QUICK, THOROUGH, Cut, Part, Tables
from dlrecipe.data.examples import Column, Examples
from dlrecipe.data.specs import SplitSpec
from dlrecipe.data.splits import split_rows
from tests.data.checks.conftest import tables_of


def again(columns, rows):
    return {name: np.concatenate([values, values[rows]]) for name, values in columns.items()}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("effort", ["quick", "thorough"])
def test_real_tables_as_they_are_have_neither_error_nor_warning(find, cancer, diabetes, seed, effort):
    for columns, y in (cancer, diabetes):
        options = {"effort": QUICK, "quick": True} if effort == "quick" else {}
        found = find(columns, y, seed=seed, **options)
        assert {code: each.evidence for code, each in found.items() if each.severity != "note"} == {}


def test_the_target_under_another_code_is_an_error_that_names_the_column(find, cancer):
    columns, y = cancer
    found = find({**columns, "code": 7 - 3 * y}, y)["target-copied"]
    assert (found.severity, found.columns) == ("error", ["code"])
    assert "data.source.drop: [code]" in found.remedy


def test_the_logarithm_of_a_number_to_predict_is_the_target_too(find, diabetes):
    columns, y = diabetes
    assert find({**columns, "log": np.log(y)}, y)["target-copied"].columns == ["log"]


def test_the_target_written_as_a_column_a_class_is_the_target_and_one_such_column_is_not(find, rng):
    y = rng.integers(0, 4, 400)
    columns = {f"x{at}": rng.normal(size=400) + y for at in range(3)}
    columns["sex"] = rng.integers(0, 2, 400).astype(float)
    whether = {f"is_{name}": (y == name).astype(float) for name in range(4)}
    assert find({**columns, **whether}, y)["target-copied"].columns == list(whether)
    # The fourth follows from the others; of the milk that only mammals give, nothing does.
    assert find({**columns, **dict(list(whether.items())[:3])}, y)["target-copied"].severity == "error"
    assert "target-copied" not in find({**columns, "is_0": whether["is_0"]}, y)


def test_a_target_with_noise_stands_out_and_a_good_column_among_others_does_not(find, cancer, diabetes, rng):
    columns, y = diabetes
    leak = y + 0.05 * y.std() * rng.normal(size=len(y))
    assert find({**columns, "leak": leak}, y)["target-leak"].columns == ["leak"]
    # The worst perimeter alone has a skill of about 0.8, and so have its neighbours.
    assert "target-leak" not in find(*cancer)


def test_a_column_filled_in_for_one_class_alone_is_found_by_what_is_missing(find, cancer, rng):
    columns, y = cancer
    days = np.where(y == 1, rng.integers(1, 60, len(y)), np.nan)
    assert "days" in find({**columns, "days": days}, y)["missing-values"].columns


def test_what_tells_most_of_a_price_is_worth_a_note_and_no_warning(find, rng):
    # As flats: the floor space tells 0.83 of the price, the rooms 0.13.
    space, rooms = rng.normal(90, 30, 1000), rng.integers(1, 7, 1000).astype(float)
    price = 3000 * space + 20_000 * rooms + 20_000 * rng.normal(size=1000)
    found = find({"space": space, "rooms": rooms, "year": rng.integers(1900, 2022, 1000)}, price)
    assert found["target-leak"].severity == "note"


def test_a_refund_that_those_who_left_alone_were_paid_is_found_though_it_tells_but_a_part(find, cancer, rng):
    columns, y = cancer
    refund = np.where((y == 1) & (rng.random(len(y)) < 0.4), rng.gamma(2, 20, len(y)).round(2), 0.0)
    found = find({**columns, "refund": refund}, y)
    assert "target-leak" not in found
    finding = found["telltale-column"]
    assert (finding.severity, finding.columns) == ("warning", ["refund"])
    assert "'refund' is other than 0 in" in finding.evidence
    assert "all of them of class c1" in finding.evidence
    # A discount that more of the one class get than of the other is an input like any other.
    discount = np.where(rng.random(len(y)) < np.where(y == 1, 0.5, 0.05), 10.0, 0.0)
    assert "telltale-column" not in find({**columns, "discount": discount}, y)


def test_the_next_rows_target_is_found_in_a_file_without_order(find, diabetes, rng):
    columns, y = diabetes
    order = rng.permutation(len(y))
    shuffled = {name: values[order] for name, values in columns.items()}
    found = find({**shuffled, "next": np.roll(y[order], -1)}, y[order])["target-shifted"]
    assert found.columns == ["next"]
    assert "the row 1 row after" in found.evidence


def test_the_parts_of_a_sum_are_named(find, diabetes, rng):
    columns, y = diabetes
    part = y * rng.uniform(0.2, 0.8, len(y))
    found = find({**columns, "casual": part, "registered": y - part}, y)["target-combination"]
    assert set(found.columns) == {"casual", "registered"}


def test_a_row_number_is_an_identifier_and_an_error_where_rows_are_sorted_by_class(find, cancer):
    columns, y = cancer
    plain = find({**columns, "row": np.arange(len(y))}, y)["identifier"]
    assert (plain.severity, plain.columns) == ("warning", ["row"])
    order = np.argsort(y, kind="stable")
    ordered = {name: values[order] for name, values in columns.items()}
    sorted_ = find({**ordered, "row": np.arange(len(y))}, y[order])["identifier"]
    assert sorted_.severity == "error"
    assert "sorted by class" in sorted_.evidence


def test_different_amounts_called_paid_are_no_identifier_and_different_account_numbers_are(find, cancer, rng):
    columns, y = cancer
    amounts = rng.choice(10**7, len(y), replace=False)
    assert "identifier" not in find({**columns, "paid": amounts}, y)
    assert find({**columns, "account": amounts}, y)["identifier"].columns == ["account"]


def test_repeated_rows_are_counted_and_named(find, cancer):
    columns, y = cancer
    rows = np.arange(100)
    joined, labels = again(columns, rows), np.concatenate([y, y[rows]])
    split = np.concatenate([np.zeros(len(y), np.intp), np.ones(100, np.intp)])
    split[100:200] = 1  # 100 rows of dev that are no repeats
    found = find(joined, labels, split=split)["duplicate-rows"]
    assert found.severity == "error"
    assert found.numbers["dev in train"] == {"rows": 100, "of": 200, "share": 0.5}
    assert found.rows["dev"][0] == len(y)
    assert found.to_json()["pairs"][1] == {"split": "dev", "row": len(y) + 1, "other": "train", "twin": 1}
    assert f"row {len(y)} (= row 0)" in found.evidence


def test_a_table_of_few_distinct_rows_has_equal_rows_by_chance_and_no_finding(find, rng):
    # 24 possible rows: each dev row equals dozens of train rows, and none is a copy.
    columns = {"a": rng.integers(0, 4, 2000), "b": rng.integers(0, 3, 2000), "c": rng.random(2000) < 0.5}
    found = find(columns, rng.integers(0, 2, 2000))
    assert "duplicate-rows" not in found
    assert found["conflicting-labels"].numbers["lowest_train_error"] > 0.3


def test_rows_entered_twice_under_a_new_number_are_found_with_their_equals(find, cancer, rng):
    columns, y = cancer
    rows = rng.choice(len(y), 100, replace=False)
    joined, labels = again(columns, rows), np.concatenate([y, y[rows]])
    numbers = rng.choice(10**6, len(labels), replace=False)
    found = find({"sample_code": numbers, **joined}, labels)
    assert "duplicate-rows" not in found
    finding = found["renumbered-rows"]
    assert finding.severity == "warning"
    equals = dict(zip(range(len(y), len(labels)), rows.tolist(), strict=True))
    for row in finding.rows["dev"]:
        assert row in equals or row in equals.values()
    assert "data.source.drop: [sample_code]" in finding.remedy
    # Once the number is gone they are equal rows like others.
    assert "duplicate-rows" in find(joined, labels)


def test_an_article_that_is_sold_at_one_price_on_many_days_is_not_entered_twice(find, rng):
    n = 1500
    articles = {f"x{k}": rng.normal(size=60) for k in range(6)}
    which = rng.integers(0, 60, n)
    columns = {name: values[which] for name, values in articles.items()}
    found = find({"receipt_no": rng.permutation(n) + 5000, **columns}, rng.normal(size=n))
    assert "renumbered-rows" not in found


def test_one_row_has_and_two_rows_have(find, cancer):
    columns, y = cancer
    joined, labels = again(columns, np.arange(3)), np.concatenate([y, y[:3]])
    split = np.concatenate([np.zeros(len(y), np.intp), [1, 2, 2]])
    split[100:200], split[200:300] = 1, 2
    evidence = find(joined, labels, split=split)["duplicate-rows"].evidence
    assert "1 row of 101 in dev (0.99%) has the same inputs" in evidence
    assert "2 rows of 102 in test (1.96%) have the same inputs" in evidence


def test_a_column_of_test_in_another_unit_is_named_with_the_factor(find, diabetes):
    columns, y = diabetes
    split = np.where(np.arange(len(y)) < 260, 0, np.where(np.arange(len(y)) < 350, 1, 2))
    metres = columns["bmi"] + 1.7
    centimetres = np.where(split == 2, 100 * metres, metres)
    found = find({**columns, "height": centimetres}, y, split=split)["drift-dev-test"]
    assert "'height'" in found.evidence
    assert "as in another unit (times 100)" in found.evidence


@pytest.mark.parametrize("noise", [1e-6, 0.01])
def test_repeats_with_noise_are_found_beside_the_real_rows(find, cancer, noise, rng):
    columns, y = cancer
    rows = rng.choice(len(y), 80, replace=False)
    joined = again(columns, rows)
    for values in joined.values():
        values[len(y) :] += noise * values.std() * rng.normal(size=80)
    found = find(joined, np.concatenate([y, y[rows]]))["near-duplicates"]
    assert found.severity == "warning"
    # Each row is named with the one that it is a copy of, in the finding and in its JSON.
    original = np.concatenate([np.arange(len(y)), rows])
    pairs = found.to_json()["pairs"]
    assert {pair["split"] for pair in pairs} == {"dev", "test"}
    for pair in pairs:
        assert pair["other"] == "train"
        assert original[pair["row"]] == original[pair["twin"]]
        assert pair["row"] != pair["twin"]
    assert f"row {pairs[0]['row']} (≈ row {pairs[0]['twin']})" in found.evidence


def test_copies_with_noise_in_a_column_of_few_values_too_are_found(find, rng):
    grade = rng.integers(0, 10, 2_000).astype(float)
    columns = {name: rng.normal(size=2_000) for name in "abcd"} | {"grade": grade}
    y, rows = rng.integers(0, 2, 2_000), rng.choice(2_000, 80, replace=False)
    joined = again(columns, rows)
    for values in joined.values():
        values[2_000:] += 0.01 * values.std() * rng.normal(size=80)
    assert "near-duplicates" in find(joined, np.concatenate([y, y[rows]]))
    # Near miss: as many measured to a decimal more in this column, and no copies.
    columns["grade"][rows] += 0.01 * rng.normal(size=80)
    assert "near-duplicates" not in find(columns, y)


def test_patients_on_both_sides_are_found_and_kept_together_are_not(find, cancer, rng):
    columns, y = cancer
    people = rng.permutation(len(y))[:80]
    visits = np.repeat(people, 6)
    moved = {name: v[visits] + 0.3 * v.std() * rng.normal(size=480) for name, v in columns.items()}
    number = np.repeat(rng.permutation(80), 6)
    found = find({**moved, "patient_id": number}, y[visits])["shared-groups"]
    assert found.columns[0] == "patient_id"
    assert "data.split: {group: patient_id}" in found.remedy
    kept_together = np.where(number < 60, 0, 1)
    assert "shared-groups" not in find(moved, y[visits], split=kept_together, aside={"patient_id": number})


def test_pixels_are_not_compared_each_with_each(find, rng, monkeypatch):
    # 784 columns would make 600,000 pairs, at a third of a millisecond each.
    pairs = []
    monkeypatch.setattr(groups, "_is_alike", lambda other, *rest, **more: bool(pairs.append(other.name)))
    pixels = {f"p{i}": rng.integers(0, 50, 300) for i in range(120)}
    find(pixels, rng.integers(0, 2, 300))
    assert pairs == []
    find({**pixels, "patient_id": rng.integers(0, 60, 300)}, rng.integers(0, 2, 300))
    assert len(pairs) == 120


def test_an_age_repeats_and_tells_the_target_but_is_no_group(find, rng):
    age = rng.integers(18, 80, 3000)
    y = (age + 8 * rng.normal(size=3000) > 50).astype(int)
    assert "shared-groups" not in find({"age": age, "noise": rng.normal(size=3000)}, y)


def test_a_test_set_from_elsewhere_is_told_with_its_auc_and_the_column(find, cancer, rng):
    columns, y = cancer
    split = rng.permutation(np.arange(len(y)) % 3)
    moved = dict(columns)
    moved["mean_texture"] = columns["mean_texture"] + (split == 2) * columns["mean_texture"].std()
    found = find(moved, y, split=split)["drift-dev-test"]
    assert found.columns[0] == "mean_texture"
    assert found.numbers["auc"][1] > 0.5
    assert "drift-train-dev" not in find(moved, y, split=split)


def test_patients_kept_together_make_no_drift_and_a_moved_test_set_does(monkeypatch):
    """In short what benchmarks.group_drift does with 60 draws: none of them was a false alarm."""
    monkeypatch.setattr(drift, "_forest_auc", lambda *_: None)
    assert not any(found(patients(seed, n=150)) for seed in range(12))
    assert not any(found(patients(seed, n=150, even=False)) for seed in range(12))
    assert all(found(patients(seed, n=150, by_group=False)) for seed in range(3))  # what it was before
    moved = [found(patients(seed, n=300, shift=1.0)) for seed in range(6)]
    assert moved == [{"drift-dev-test"}] * 6


def test_a_forest_tells_patients_and_not_their_rows_apart():
    assert not found(patients(0, n=150))
    told = drift.drift_dev_test(patients(0, n=300, shift=1.0))
    assert "AUC" in told.evidence
    assert "(the mean of 10 rows for each 'patient', 60 and 60 of them)" in told.evidence
    assert "Keep the groups together" in told.remedy


def test_a_few_patients_a_split_are_too_few_to_speak_of_drift():
    assert not found(patients(0, n=90, shift=9.0)) & {"drift-dev-test"}  # 18 and 18


def test_a_test_set_that_a_column_names_is_compared_too(find, cancer, rng):
    columns, y = cancer
    split = rng.permutation(np.arange(len(y)) % 3)
    names = np.array(["train", "dev", "test"], object)[split]
    moved = {
        **columns,
        "mean_texture": columns["mean_texture"] + (split == 2) * columns["mean_texture"].std(),
    }
    cuts = dict.fromkeys(("dev", "test"), Cut("column", "fold"))
    assert "drift-dev-test" in find(moved, y, split=split, aside={"fold": names}, cuts=cuts, quick=True)


def test_another_mix_of_classes_is_label_drift(find, cancer, rng):
    columns, y = cancer
    split = np.where((y == 0) & (rng.random(len(y)) < 0.9), 0, rng.permutation(np.arange(len(y)) % 2))
    assert find(columns, y, split=split)["label-drift"].severity == "warning"


def test_changed_labels_are_seen_in_the_midst_of_every_class(find, cancer, rng):
    columns, y = cancer
    changed = np.where(rng.random(len(y)) < 0.15, 1 - y, y)
    assert find(columns, changed)["suspect-labels"].numbers["share"] > 0.07


def test_equal_inputs_with_two_labels_bound_train_error_from_below(find):
    # 40 rows in train, ten of them pairs at odds: at best 10 of 40 are wrong.
    x = np.concatenate([np.arange(20), np.arange(10), np.arange(10), np.arange(100, 120)])
    y = np.concatenate([np.zeros(20), np.ones(10), np.zeros(10), np.arange(20) % 2]).astype(int)
    split = np.array([0] * 40 + [1] * 20)
    found = find({"x": x, "z": x**2}, y, split=split)["conflicting-labels"]
    assert found.numbers["lowest_train_error"] == pytest.approx(10 / 40)


def test_constant_columns_are_told_once_however_many(find, cancer):
    columns, y = cancer
    found = find({**columns, **{f"k{at}": np.full(len(y), at) for at in range(40)}}, y)["constant-columns"]
    assert (found.severity, found.numbers["constant"], len(found.columns)) == ("note", 40, 10)


def test_a_number_that_stands_for_missing_is_named_with_the_setting(find, cancer, rng):
    columns, y = cancer
    texture = np.where(rng.random(len(y)) < 0.05, -999.0, columns["mean_texture"])
    found = find({**columns, "mean_texture": texture}, y)["sentinel-values"]
    assert (found.columns, '"", NA, -999' in found.remedy) == (["mean_texture"], True)


def test_rare_and_absent_classes_are_named(find, rng):
    y = np.concatenate([np.zeros(300), np.ones(300), np.full(4, 2)]).astype(int)
    split = np.concatenate([np.arange(600) % 2, np.zeros(4)]).astype(int)
    found = find({"a": rng.normal(size=604), "b": rng.normal(size=604)}, y, split=split)
    assert "c2 4" in found["class-imbalance"].evidence
    assert "dev has no row of c2" in found["absent-classes"].evidence


def test_the_size_that_dev_needs_follows_from_the_difference_to_be_seen(find, rng):
    # 1.96² · 0.05 · 0.95 / 0.02² = 456.2
    found = find({"a": rng.normal(size=500), "b": rng.normal(size=500)}, rng.integers(0, 2, 500))
    assert found["small-dev-set"].numbers["needed"] == 457


def test_a_check_whose_split_is_missing_is_reported_as_not_judged(rng):
    from dlrecipe.data.checks.catalogue import judge

    columns, y = {"a": rng.normal(size=90), "b": rng.normal(size=90)}, rng.integers(0, 2, 90)
    report = judge(tables_of(columns, y, split=np.arange(90) % 2), quick=True)
    assert report.not_judged == ("drift-dev-test",)


@pytest.mark.parametrize(
    "values",
    [np.full(40, np.nan), np.full(40, 1e300), np.array([None, "a"] * 20, object), np.arange(40) % 2 == 0],
    ids=["missing throughout", "huge", "half missing", "true and false"],
)
def test_odd_columns_break_no_check(find, values, rng):
    y = np.arange(40) % 3
    find({"odd": values, "b": rng.normal(size=40)}, y)
    find({"odd": values}, y.astype(float) + 0.5)


def test_rows_of_one_day_on_both_sides_are_to_be_split_by_time(rng):
    day = np.repeat(np.arange(100.0), 6)
    mood = np.repeat(rng.normal(size=100), 6)
    made = tables_of({"day": day, "x": rng.normal(size=600)}, mood + 0.1 * rng.normal(size=600))
    parts = {
        name: replace(part, examples=_with_dates(part.examples, "day")) for name, part in made.parts.items()
    }
    found = judge(Tables(parts, made.task, made.classes, effort=made.effort), quick=False, ignored=())
    (shared,) = (each for each in found.findings if each.code == "shared-groups")
    assert "data.split: {time: day}" in shared.remedy


def test_copies_among_images_are_named_by_their_files(rng):
    made = tables_of({f"x{i}": rng.normal(size=300) for i in range(8)}, rng.integers(0, 2, 300))
    parts = {}
    for name, part in made.parts.items():
        files = np.array([f"cat/{row}.png" for row in part.rows], dtype=object)
        parts[name] = replace(part, examples=replace(part.examples, row_names=files))
    train, dev = parts["train"], parts["dev"]
    mixed = tuple(
        replace(mine, values=np.concatenate([theirs.values[:5], mine.values[5:]]))
        for mine, theirs in zip(dev.examples.columns, train.examples.columns, strict=True)
    )
    parts["dev"] = replace(dev, examples=replace(dev.examples, columns=mixed))
    report = judge(Tables(parts, made.task, made.classes, effort=made.effort), quick=False, ignored=())
    (found,) = (each for each in report.findings if each.code == "duplicate-rows")
    assert f"cat/{dev.rows[0]}.png" in found.evidence


def _with_dates(examples, name):
    return replace(
        examples,
        columns=tuple(replace(c, kind="date") if c.name == name else c for c in examples.columns),
    )


def test_a_target_that_is_a_product_a_quotient_or_a_comparison_of_two_columns_is_found(find, rng):
    price, units, fee = rng.uniform(1, 9, 400), rng.integers(1, 20, 400).astype(float), rng.normal(size=400)
    columns = {"fee": fee, "price": price, "units": units, "noise": rng.normal(size=400)}
    revenue = find(columns, np.round(price * units, 2), quick=True)["target-combination"]
    assert list(revenue.columns) == ["price", "units"]
    assert "'price' × 'units'" in revenue.evidence
    each = find(columns, 3 + price / units, quick=True)["target-combination"]
    assert "'price' / 'units'" in each.evidence
    loss = find(columns, (price > units).astype(int), quick=True)["target-combination"]
    assert set(loss.columns) == {"price", "units"}
    noisy = price * units * np.exp(0.01 * rng.normal(size=400))  # near, as physics may be, and not the same
    assert "target-combination" not in find(columns, noisy, quick=True)
    assert "target-combination" not in find(columns, (price + fee > units).astype(int), quick=True)


@pytest.mark.parametrize("name", ["breast_cancer", "diabetes", "wine", "digits", "iris"])
def test_no_honest_table_of_scikit_learn_is_worked_out_from_columns(find, name: str):
    from sklearn import datasets

    loaded = getattr(datasets, f"load_{name}")()
    columns = {f"c{at}": values for at, values in enumerate(loaded.data.T.astype(float))}
    assert "target-combination" not in find(columns, loaded.target, quick=True)


def test_a_split_by_time_that_has_drifted_is_kept(find, rng: np.random.Generator):
    day = np.arange(600.0)
    columns = {"level": day + rng.normal(size=600), "other": rng.normal(size=600)}
    split = np.repeat([0, 1, 2], [360, 120, 120])
    found = find(columns, rng.integers(0, 2, 600), split=split, aside={"day": day}, quick=True)
    assert "The split is by time" in found["drift-train-dev"].remedy
    assert "at random" not in found["drift-train-dev"].remedy
    without = find(columns, rng.integers(0, 2, 600), split=split, quick=True)
    assert "at random" in without["drift-train-dev"].remedy


def images_with_copies(split: SplitSpec) -> Tables:
    """Return 60 named images, the last ten copies of the first ten, split as asked."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (60, 64)).astype(np.uint8)
    pixels[50:] = pixels[:10]
    names = np.array([f"cat/{at:02}.png" for at in range(60)], dtype=object)
    y = np.arange(60) % 2
    examples = Examples(
        "photos", matrix=pixels, feature_shape=(8, 8), row_names=names, target=y.astype(float)
    )
    rows = split_rows(examples, split, seed=0, task_hint="classification")
    parts = {name: Part(examples.take(each), y[each], each) for name, each in rows.items()}
    return Tables(parts, "classification", ("a", "b"), effort=THOROUGH)


def test_copied_images_are_named_with_their_twins_and_a_stable_split_parts_none():
    report = judge(images_with_copies(SplitSpec()), quick=True)
    found = {finding.code: finding for finding in report.findings}["duplicate-rows"]
    name, twin = re.search(r"cat/(\d\d)\.png \(= cat/(\d\d)\.png\)", found.evidence).groups()
    assert abs(int(name) - int(twin)) == 50
    assert "group" not in found.remedy
    assert "stable: true" in found.remedy
    report = judge(images_with_copies(SplitSpec(stable=True)), quick=True)
    assert "duplicate-rows" not in {finding.code for finding in report.findings}


def series(rng, n=1200):
    """Three drifting readings, and a state that changes every 150 readings or so."""
    readings = {name: np.cumsum(rng.normal(size=n)) for name in ("temperature", "pressure", "current")}
    return readings, (np.cumsum(rng.random(n) < 1 / 150) % 2).astype(np.intp)


@pytest.mark.parametrize("effort", ["quick", "thorough"])
def test_readings_in_a_row_split_at_random_are_found_and_split_by_time_are_not(find, rng, effort):
    options = {"effort": QUICK, "quick": True} if effort == "quick" else {}
    readings, state = series(rng)
    found = find(readings, state, **options)["neighbouring-rows"]
    assert found.severity == "warning"
    assert set(found.columns) == set(readings)
    assert "data.split: {time: COLUMN}" in found.remedy
    later = np.repeat([0, 1, 2], [720, 240, 240])
    assert "neighbouring-rows" not in find(readings, state, split=later, **options)


def test_the_same_readings_in_no_order_are_no_series(find, rng):
    readings, state = series(rng)
    order = rng.permutation(len(state))
    shuffled = {name: values[order] for name, values in readings.items()}
    assert "neighbouring-rows" not in find(shuffled, state[order])


def test_a_file_sorted_by_what_is_predicted_or_by_an_input_is_no_series(find, cancer, diabetes, rng):
    for columns, y in (cancer, diabetes):
        for key in (y, next(iter(columns.values()))):
            order = np.argsort(key, kind="stable")
            ordered = {name: values[order] for name, values in columns.items()}
            assert "neighbouring-rows" not in find(ordered, y[order])


def test_a_date_that_tells_the_state_of_a_series_is_to_be_split_by(rng):
    readings, state = series(rng)
    columns = tuple(Column(name, "numeric", values) for name, values in readings.items())
    hours = Column("read_at", "date", 19_000 + np.arange(len(state)) / 24)
    examples = Examples(origin="readings.csv", columns=(hours, *columns))
    places = np.arange(len(state))
    rows = [places[places % 5 < 4], places[places % 5 == 4]]
    parts = [Part(examples.take(each), state[each], each) for each in rows]
    tables = Tables(
        dict(zip(("train", "dev"), parts, strict=True)), "classification", ("ok", "fault"), effort=THOROUGH
    )
    found = {finding.code: finding for finding in judge(tables, quick=False).findings}
    for code in ("target-leak", "neighbouring-rows"):
        assert "data.split: {time: read_at}" in found[code].remedy


def test_a_class_written_in_several_ways_is_named(rng):
    tables = tables_of({"x": rng.normal(size=300)}, rng.integers(0, 5, 300))
    tables.classes = ("sick", "Sick", "not well", "not_well", "well")
    (found,) = (each for each in judge(tables, quick=True).findings if each.code == "class-spellings")
    assert found.severity == "warning"
    assert found.evidence == "2 classes written in several ways: 'sick' and 'Sick', 'not well' and 'not_well'"


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (("0", "1", "no", "yes"), "'0' and 'no', '1' and 'yes'"),
        (("N", "Y", "yes"), "'Y' and 'yes'"),
        (("No", "True", "Yes", "unknown"), "'True' and 'Yes'"),
        (("1", "n", "y"), "'1' and 'y'"),
        (("N", "Y", "n", "y"), "'N' and 'n', 'Y' and 'y'"),
        (("F", "M", "m"), "'M' and 'm'"),
        (("F", "M", "female", "male"), "'F' and 'female', 'M' and 'male'"),
        (("neg", "negative", "pos"), "'neg' and 'negative'"),
        (("Cat ", "cat", "dog"), "'Cat ' and 'cat'"),
        (("A", "A ", "B"), "'A' and 'A '"),
        (("1", "1.0", "two"), "'1' and '1.0'"),
        (("caf\u00e9", "cafe\u0301", "bar"), "'caf\u00e9' and 'cafe\u0301'"),
        (("\ufeffcat", "cat", "dog"), "'\ufeffcat' and 'cat'"),
    ],
)
def test_one_meaning_in_several_spellings_is_named(rng, classes, told):
    tables = tables_of({"x": rng.normal(size=300)}, rng.integers(0, len(classes), 300))
    tables.classes = classes
    (found,) = (each for each in judge(tables, quick=True).findings if each.code == "class-spellings")
    assert found.evidence.endswith(f"written in several ways: {told}")
    assert "one way" in found.remedy


@pytest.mark.parametrize(
    "classes",
    [
        ("a", "A", "1", "-1", "grade A", "grade B"),
        tuple("0123456789"),
        tuple("0123456789abcdefghijklmnopqrstuvwxyz"),
        tuple("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ("no", "yes", *"0123456789"),  # spoken words
        ("no", "yes"), ("N", "Y"), ("f", "t"), ("0", "1"), ("F", "M"), ("false", "true"),
        ("negative", "neutral", "positive"), ("-1", "0", "1", "negative", "neutral", "positive"),
        ("0", "negative", "positive"), ("0", "1", "2", "no", "yes"), ("K", "M", "k", "m"),
        ("-", "0", "+"), ("-1", "0", "1"), ("a", "c", "g", "t"),
        ("no", "yes", "maybe", "1", "2", "3"),
        ("1", "2", "f", "m"),
        ("01", "1", "10"), ("3.1", "3.10", "3.2"), ("go", "no", "off", "on", "stop", "yes"),
        ("setosa", "versicolor", "virginica"), ("1-2 days", "1.2 days"),
    ],
)  # fmt: skip
def test_honest_classes_are_not_taken_for_one(rng, classes):
    tables = tables_of({"x": rng.normal(size=300)}, rng.integers(0, len(classes), 300))
    tables.classes = classes
    assert "class-spellings" not in [each.code for each in judge(tables, quick=True).findings]
