"""The gradient checker against planted mistakes, and against an intact engine.

    python -m benchmarks.sabotage [RANDOM_NETWORKS]

Each mutant of gradcheck_mutants.py must fail the check, in the tensors it spoils and in no other; none of
the random networks of the intact engine may. Prints what it finds and exits 1 if anything is amiss.
"""

import sys
import time
from collections import Counter

from benchmarks.gradcheck_mutants import MUTANTS, planted
from benchmarks.gradcheck_networks import check_random, check_setting


def main() -> int:
    n_random = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    amiss = _sabotage() + _false_alarms(n_random)
    return 1 if amiss else 0


def _sabotage() -> int:
    start, amiss = time.perf_counter(), 0
    for mutant in MUTANTS:
        with planted(mutant):
            result = check_setting(mutant.setting)
        failed = {tensor.name for tensor in result.tensors if tensor.verdict == "fail"}
        if failed != mutant.tensors:
            amiss += 1
            print(f"amiss: {mutant.name}\n  failed {sorted(failed)}, expected {sorted(mutant.tensors)}")
    took, n = time.perf_counter() - start, len(MUTANTS)
    print(f"{n - amiss} of {n} mutants fail in just the tensors they spoil ({took:.1f} s)")
    return amiss


def _false_alarms(n_random: int) -> int:
    start, verdicts = time.perf_counter(), Counter[str]()
    n_components = n_kinks = n_apart = 0
    for seed in range(n_random):
        result = check_random(seed)
        verdicts[result.verdict] += 1
        n_components += result.n_checked + result.n_apart
        n_kinks, n_apart = n_kinks + result.n_kinks, n_apart + result.n_apart
        for tensor in result.tensors:
            if tensor.verdict != "pass":
                place = f"seed {seed}, {tensor.name}"
                print(f"{tensor.verdict}: {place}: {tensor.relative_difference:.1e}, {tensor.hint}")
    took = time.perf_counter() - start
    print(f"{n_random} random networks: {dict(verdicts)} ({took:.1f} s)")
    print(f"{n_components:,} components: {n_kinks:,} on a kink, {n_apart:,} of them not compared")
    return verdicts["fail"]


if __name__ == "__main__":
    sys.exit(main())
