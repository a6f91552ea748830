"""A name becomes a part of an address, in any script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.slugs import free_slug, slugify


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("三三", "三三"),
        ("Dr. Watson", "dr-watson"),
        ("../../etc/passwd", "etc-passwd"),
        ("O’Brien's_ghost", "o-brien-s-ghost"),
        ("ＡＢＣ　１２", "abc-12"),
        ("  --  ", "character"),
        ("🎭", "character"),
        ("", "character"),
        ("x" * 59 + " yz", "x" * 59),
    ],
)
def test_a_slug_is_the_name_for_an_address(name: str, slug: str) -> None:
    assert slugify(name) == slug


@given(st.text(max_size=90))
def test_a_slug_is_never_a_path_nor_empty_nor_long(name: str) -> None:
    slug = slugify(name)
    assert 1 <= len(slug) <= 60
    assert not set(slug) & set("/\\.?#%& \n_")
    assert slug == slug.strip("-")
    assert slugify(slug) == slug or not slug.isascii()


@given(st.sampled_from(["ben", "三三", ""]), st.sets(st.integers(2, 9)), st.booleans())
def test_a_free_slug_is_the_first_number_that_is_not_taken(
    name: str, numbers: set[int], itself: bool
) -> None:
    slug = slugify(name)
    taken = {f"{slug}-{number}" for number in numbers} | ({slug} if itself else set())
    free = free_slug(name, taken)
    assert free not in taken
    if itself:
        number = int(free.removeprefix(f"{slug}-"))
        assert all(f"{slug}-{before}" in taken for before in range(2, number))
    else:
        assert free == slug
