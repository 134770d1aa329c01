"""JSON in the store: strict on the way out and on the way in, nothing non-finite lost between."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrecipe.store.strict_json import decode, decode_sections, encode, mark_nonfinite, restore_nonfinite


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not strict JSON")


def test_a_number_that_is_not_finite_becomes_null_and_is_named_beside_it() -> None:
    text = encode({"cost": math.nan, "error": 0.5, "norm": -math.inf})
    assert json.loads(text, parse_constant=refuse) == {
        "cost": None,
        "error": 0.5,
        "norm": None,
        "nonfinite": {"cost": "nan", "norm": "-inf"},
    }


def test_the_mark_stands_in_the_innermost_mapping_and_counts_into_lists() -> None:
    marked = mark_nonfinite({"layers": [{"norm": math.inf}, [1.0, math.nan]], "epoch": 1})
    assert marked == {
        "layers": [{"norm": None, "nonfinite": {"norm": "inf"}}, [1.0, None]],
        "epoch": 1,
        "nonfinite": {"layers[1][1]": "nan"},
    }


def test_marks_read_from_a_file_survive_being_written_again_with_a_new_one() -> None:
    record = {**mark_nonfinite({"cost": math.nan}), "norm": math.inf}
    assert mark_nonfinite(record)["nonfinite"] == {"cost": "nan", "norm": "inf"}


@given(
    st.dictionaries(
        st.text().filter(lambda key: key != "nonfinite" and "[" not in key),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner, max_size=4),
            max_leaves=8,
        ),
    )
)
def test_any_mapping_comes_back_as_it_was(value: dict[str, object]) -> None:
    back = restore_nonfinite(decode(encode(value).encode()))
    # repr tells -0.0 from 0.0 and has one form for NaN, which is unlike itself.
    assert repr(back) == repr(value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from("abcd"), json_values, min_size=1), st.lists(st.sampled_from("abcde")))
def test_some_keys_are_read_as_they_would_be_with_all_others(
    value: dict[str, object], keys: list[str]
) -> None:
    some = decode_sections(encode(value, indent=2).encode(), keys)
    assert repr(some) == repr({key: value[key] for key in keys if key in value})


def test_a_text_that_looks_like_a_key_is_none() -> None:
    page = encode({"note": '\n  "status": "finished"', "in": {"status": 1}, "status": "running"}, indent=2)
    assert decode_sections(page.encode(), ["status"]) == {"status": "running"}


@pytest.mark.parametrize("value", ["NaN", "nothing", "[" * 100_000])
def test_a_key_whose_value_is_not_json_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"not JSON|Expecting value|nested too deeply"):
        decode_sections(f'{{\n  "status": {value}\n}}'.encode(), ["status"])


def test_states_of_random_streams_keep_their_128_bits() -> None:
    state = np.random.PCG64(7).state
    assert decode(encode(state).encode()) == state


@pytest.mark.parametrize("scalar", [np.float32(0.5), np.float64(0.5), np.int64(3), np.bool_(True)])
def test_numpy_scalars_are_numbers(scalar: np.generic) -> None:
    assert decode(encode({"value": scalar}).encode()) == {"value": scalar.item()}


def test_a_float32_nan_is_marked_as_a_python_one_is() -> None:
    assert encode({"cost": np.float32("nan")}) == encode({"cost": math.nan})


def test_what_json_has_no_form_for_is_refused() -> None:
    with pytest.raises(TypeError, match="ndarray"):
        encode({"weights": np.zeros(3)})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b'{"a": 1e999}', "beyond float64"),
        (b'{"a": 1, "b": 2, "a": 3}', "'a' stands twice"),
        (b'{"a": "\xff"}', "utf-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": 1} x', "Extra data"),
        (b"", "Expecting value"),
        (b"9" * 5000, "limit"),
    ],
)
def test_reading_refuses_what_is_not_strict(text: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decode(text)
