"""What --vary says, read into values."""

import pytest

from dlrecipe.errors import InputError
from dlrecipe.studies.axes import Axis, read_axes, read_axis


@pytest.mark.parametrize(
    ("text", "count", "values"),
    [
        ("regularization.l2=log:1e-3..10", 5, ["0.001", "0.01", "0.1", "1", "10"]),
        ("optimizer.learning_rate=0.1..0.5", 3, ["0.1", "0.3", "0.5"]),
        ("optimizer.learning_rate=.1...5", 3, ["0.1", "0.3", "0.5"]),
        ("seed=0..4", 5, ["0", "1", "2", "3", "4"]),
        ("training.batch_size=log:16..256", 5, ["16", "32", "64", "128", "256"]),
        ("training.batch_size=log:1..4", 9, ["1", "2", "3", "4"]),
        ("x=-2..2", 3, ["-2", "0", "2"]),
        ("network.activation=relu, tanh", 9, ["relu", "tanh"]),
        ("network.hidden=[64],[64, 32]", 9, ["[64]", "[64, 32]"]),
        ("data.source={type: npz, path: a.npz},digits", 9, ["{type: npz, path: a.npz}", "digits"]),
        ("name='a,b',c", 9, ["'a,b'", "c"]),
        ("regularization.l2=0,0.1,1", 9, ["0", "0.1", "1"]),
    ],
)
def test_a_range_has_its_ends_and_equal_steps_and_a_list_its_items(text, count, values):
    axis = read_axis(text)
    assert axis.spaced(count) == values
    assert axis.key == text.partition("=")[0]


def test_a_range_may_say_how_many_values_a_grid_has_of_it():
    assert read_axis("regularization.l2=log:1e-3..10/9").count == 9


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("regularization.l2", "there is no KEY= in it"),
        ("=1..2", "there is no KEY= in it"),
        ("regularization.l2=", "there are no values"),
        ("regularization.l2=10..1", "the range is empty"),
        ("regularization.l2=1..1", "one value alone"),
        ("regularization.l2=1,2,1", "1 is there twice"),
        ("regularization.l2=1,2,1.0", "1 and 1.0 are the same"),
        ("optimizer.learning_rate=0.001,1e-3", "0.001 and 1e-3 are the same"),
        ("regularization.l2=log:0..1", "a logarithmic scale has no 0"),
        ("regularization.l2=log:-1..1", "a logarithmic scale has no -1"),
        ("regularization.l2=a..b", "'a' is no number"),
        ("regularization.l2=0..inf", "inf is not finite"),
        ("regularization.l2=nan..1", "nan is not finite"),
        ("regularization.l2=0..1/x", "'x' is no number of values"),
        ("regularization.l2=0..1/1", "'1' is no number of values"),
        ("regularization.l2=log:1e-3", "is no range"),
        ("network.activation=relu,,tanh", "a value is missing"),
        ("network.activation=relu,relu", "relu is there twice"),
        ("seed=0..99999999", "100,000,000 whole numbers"),
        ("extends=a.yaml,b.yaml", "in a file alone"),
    ],
)
def test_what_cannot_be_varied_is_refused_with_its_place_and_a_remedy(text, told):
    with pytest.raises(InputError) as caught:
        read_axis(text)
    assert told in caught.value.what
    assert caught.value.where == f"--vary {text}"
    assert caught.value.remedy


def test_a_key_is_varied_once():
    with pytest.raises(InputError, match="seed is varied twice"):
        read_axes(["seed=0..4", "seed=1,2"])


def test_uniform_numbers_give_each_whole_number_and_each_item_its_share():
    whole, items = Axis("k", low=0, high=3, whole=True), Axis("k", choices=("a", "b"))
    assert [whole.at(u) for u in (0.0, 0.24, 0.26, 0.51, 0.999)] == ["0", "0", "1", "2", "3"]
    assert [items.at(u) for u in (0.0, 0.49, 0.5, 0.999)] == ["a", "a", "b", "b"]


def test_half_way_on_a_logarithmic_scale_is_the_geometric_mean():
    assert read_axis("k=log:1e-3..10").at(0.5) == "0.1"
