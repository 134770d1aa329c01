"""How often drift is found in splits that keep patients together: none is there, or one is planted.

    python -m benchmarks.group_drift

Each row is of a patient whose level differs from that of others as much as his rows do among themselves, in
six columns and a ward. Patients, ten rows each or as many as it comes, are drawn into train, dev and test.
"""

import argparse

import numpy as np

from dlrecipe.data.checks.drift import CHECKS
from dlrecipe.data.checks.tables import THOROUGH, Cut, Effort, Part, Tables
from dlrecipe.data.examples import Column, Examples

SPLITS = ("train", "dev", "test")


def patients(
    seed: int,
    *,
    n: int,
    even: bool = True,
    shift: float = 0.0,
    by_group: bool = True,
    effort: Effort = THOROUGH,
) -> Tables:
    """Return the splits of n patients; in test, the first column is moved by `shift` of its deviation."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(n), np.full(n, 10) if even else rng.geometric(1 / 6, n))
    split = rng.permutation(np.arange(n) % 5)[patient].clip(2) - 2
    levels = rng.normal(size=(n, 6))[patient] + rng.normal(size=(len(patient), 6))
    levels[split == 2, 0] += shift * np.sqrt(2)
    wards = np.array([f"ward {each}" for each in rng.integers(0, 4, n)], object)[patient]
    ill = (rng.normal(size=n)[patient] + rng.normal(size=len(patient)) > 0).astype(np.int64)
    examples = Examples(
        origin="patients",
        columns=(
            *(Column(f"x{at}", "numeric", level) for at, level in enumerate(levels.T)),
            Column("ward", "categorical", wards),
        ),
        columns_aside=(Column("patient", "numeric", patient.astype(float)),),
    )
    parts = {}
    for at, name in enumerate(SPLITS):
        rows = np.flatnonzero(split == at)
        parts[name] = Part(examples.take(rows), ill[rows], rows)
    cuts = dict.fromkeys(SPLITS[1:], Cut("group", "patient")) if by_group else {}
    return Tables(parts, "classification", ("no", "yes"), effort=effort, seed=seed, cuts=cuts)


def found(tables: Tables) -> set[str]:
    """Return the codes of the drift that is found."""
    return {code for code, check in CHECKS.items() if check.run(code, tables) is not None}


def main() -> None:
    """Print in how many draws each is found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=60)
    draws = parser.parse_args().draws
    print("false alarms, any drift")
    for n, even, by_group in ((150, True, False), (150, True, True), (150, False, True), (600, True, True)):
        alarms = sum(bool(found(patients(at, n=n, even=even, by_group=by_group))) for at in range(draws))
        rows = "10 rows each" if even else "uneven rows"
        print(f"{n:4} patients, {rows}, {'groups' if by_group else 'rows  '} compared: {alarms} of {draws}")
    print("test moved in one column, by so many deviations of its rows: drift-dev-test, drift-train-dev")
    for n in (150, 300):
        for shift in (0.5, 0.75, 1.0):
            codes = [found(patients(at, n=n, shift=shift)) for at in range(draws)]
            both = [sum(code in each for each in codes) for code in ("drift-dev-test", "drift-train-dev")]
            print(f"{n:4} patients, {shift}: {both[0]}, {both[1]} of {draws}")


if __name__ == "__main__":
    main()
