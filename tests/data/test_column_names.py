"""What names tell, the same to `init` and to `check`."""

import pytest

from dlrecipe.data.column_names import may_be_a_group, may_be_an_id, may_be_postal_codes


@pytest.mark.parametrize(
    "name",
    ["id", "row", "ID_number", "customerID", "customer.id", "Unnamed: 0", "account", "order no", "uuid"],
)
def test_names_of_identifiers_are_known(name):
    assert may_be_an_id(name)


@pytest.mark.parametrize("name", ["paid", "fluid", "humid", "width", "idea", "nodes", "grow", "keyboard"])
def test_words_that_merely_end_or_begin_like_one_are_none(name):
    assert not may_be_an_id(name)


@pytest.mark.parametrize(
    "name",
    [
        "zip",
        "ZIP",
        "zip_code",
        "ZipCode",
        "customerZip",
        "zip5",
        "postal-code",
        "Postcode",
        "PLZ",
        "code_postal",
        "pincode",
        "zipcodes",
        "customer_zip_code_prefix",
        "postal code",
    ],
)
def test_names_of_postal_codes_are_known(name):
    assert may_be_postal_codes(name)


@pytest.mark.parametrize(
    "name", ["unzip", "zipped_size", "zip_files_opened", "post", "code", "postage", "pin"]
)
def test_what_has_another_meaning_is_none(name):
    assert not may_be_postal_codes(name)


@pytest.mark.parametrize("name", ["patient", "patient_id", "CustomerNo", "group", "site_id", "deviceName"])
def test_names_of_what_rows_may_have_in_common_are_known(name):
    assert may_be_a_group(name)


@pytest.mark.parametrize("name", ["age", "width", "website", "identity", "groupage"])
def test_other_names_are_no_groups(name):
    assert not may_be_a_group(name)
