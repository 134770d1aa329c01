"""Toy problems: scikit-learn's where scikit-learn has them, bit for bit."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import make_blobs, make_circles, make_moons

from dlrecipe.data.sources.synthetic import BLOB_CENTRES, make_synthetic
from dlrecipe.data.specs import SyntheticSource
from dlrecipe.errors import DataError


def by_scikit_learn(generator, n, noise, seed):
    match generator:
        case "circles":
            return make_circles(n, noise=noise, random_state=seed)
        case "moons":
            return make_moons(n, noise=noise, random_state=seed)
        case "blobs":
            return make_blobs(n, centers=BLOB_CENTRES, cluster_std=noise, random_state=seed)


@pytest.mark.parametrize("generator", ["circles", "moons", "blobs"])
@pytest.mark.parametrize(("n", "noise", "seed"), [(300, 0.05, 1), (100, 0.05, 2), (101, 0.3, 0), (7, 0.0, 9)])
def test_scikit_learns_generators_are_repeated_bit_for_bit(generator, n, noise, seed):
    ours = make_synthetic(SyntheticSource(generator=generator, n=n, noise=noise), seed=seed)
    points, classes = by_scikit_learn(generator, n, noise, seed)
    np.testing.assert_array_equal(ours.matrix, points)
    assert ours.target.tolist() == [str(label) for label in classes]


def test_a_seed_of_its_own_goes_before_the_configs():
    own = make_synthetic(SyntheticSource(seed=2), seed=1)
    np.testing.assert_array_equal(own.matrix, make_synthetic(SyntheticSource(), seed=2).matrix)
    assert not np.array_equal(own.matrix, make_synthetic(SyntheticSource(), seed=1).matrix)


def test_a_seed_beyond_32_bits_is_taken_whole():
    low, high = (make_synthetic(SyntheticSource(), seed=seed).matrix for seed in (1, 2**62 + 1))
    assert not np.array_equal(low, high)


@pytest.mark.parametrize("generator", ["circles", "moons", "blobs", "spiral", "xor"])
def test_classes_are_of_one_size_and_points_are_not_in_order(generator):
    made = make_synthetic(SyntheticSource(generator=generator, n=300), seed=0)
    labels, counts = np.unique(made.target, return_counts=True)
    assert tuple(labels) == made.class_names
    assert len(set(counts)) == 1
    assert np.count_nonzero(made.target[1:] != made.target[:-1]) > 50  # in order it would be 1 or 2


def test_xor_is_class_1_where_one_coordinate_is_above_0():
    made = make_synthetic(SyntheticSource(generator="xor", n=400, noise=0), seed=0)
    above = made.matrix > 0
    np.testing.assert_array_equal(made.target == "1", above[:, 0] ^ above[:, 1])
    quadrants = np.unique(above, axis=0, return_counts=True)[1]
    assert quadrants.tolist() == [100, 100, 100, 100]


def test_the_arms_of_the_spiral_are_half_a_turn_apart():
    made = make_synthetic(SyntheticSource(generator="spiral", n=200, noise=0), seed=0)
    arms = [made.matrix[made.target == label] for label in "01"]
    arms = [arm[np.argsort(np.linalg.norm(arm, axis=1))] for arm in arms]
    np.testing.assert_allclose(arms[0], -arms[1], atol=1e-12)


def test_scales_multiply_the_features():
    plain = make_synthetic(SyntheticSource(), seed=0).matrix
    scaled = make_synthetic(SyntheticSource(scales=(1.0, 1000.0)), seed=0).matrix
    np.testing.assert_array_equal(scaled, plain * [1, 1000])


def test_a_factor_too_few_is_refused():
    with pytest.raises(DataError, match="scales lists 1 factors for 2 features"):
        make_synthetic(SyntheticSource(scales=(10.0,)), seed=0)


def test_two_blobs_out_of_three_are_refused():
    with pytest.raises(DataError, match="n is 2, for 3 classes"):
        make_synthetic(SyntheticSource(generator="blobs", n=2), seed=0)


def test_a_toy_problem_does_not_wait_for_scikit_learn():
    program = (
        "import sys\n"
        "from dlrecipe.data.sources.loading import load_source\n"
        "from dlrecipe.data.specs import SyntheticSource\n"
        "from dlrecipe.data.splits import split_rows\n"
        "split_rows(load_source(SyntheticSource(), seed=0), 'auto', seed=0, task_hint=None)\n"
        "slow = {'sklearn', 'scipy', 'PIL', 'pandas', 'duckdb', 'pyarrow', 'pydantic'}\n"
        "print(sorted(slow & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
