"""A few letters in either language find what a case is about."""

import pytest

from crm_store.matters import find_matters, matter_of, matters, read_matter


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("pothole", "complaint:roads"), ("umgodi emgwaqeni", None), ("irobhothi", "complaint:roads"),
        ("manzi", None), ("compliment:roads", "compliment:roads"), ("dispute wat", "dispute:water"),
        ("udoti", "complaint:refuse"), ("refuse: say thank you", "compliment:refuse"),
        ("udoti: ukudlulisa ukubonga", "compliment:refuse"), ("zzz", None), ("", None),
        ("fraud", "complaint:corruption"),
    ],
)  # fmt: skip
def test_what_is_typed_is_one_matter_or_none(region, typed, code):
    found = read_matter(region, typed)
    assert (found.code if found else None) == code


def test_what_several_fit_is_offered(region):
    codes = [one.code for one in find_matters(region, "wat")]
    assert codes[:2] == ["complaint:water", "dispute:water"]
    assert "complaint:water" in {one.code for one in find_matters(region, "manzi")}


def test_nothing_is_offered_that_cannot_be(region):
    codes = {one.code for one in matters(region)}
    assert "compliment:corruption" not in codes
    assert "dispute:roads" not in codes
    assert {"complaint:roads", "dispute:billing", "query:general", "compliment:staff"} <= codes


@pytest.mark.parametrize("language", ["en", "zu"])
def test_every_title_reads_back(region, example_region, language):
    for one_region in (region, example_region):
        for one in matters(one_region):
            assert read_matter(one_region, one.title(one_region, language)) == one
            assert matter_of(one_region, one.code) == one
