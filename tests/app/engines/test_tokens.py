"""Counting tokens without a server."""

from app.engines.tokens import TokenCountCache, estimate_tokens


def test_estimates_upwards() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("你好，世界") == 5
    assert estimate_tokens("abcd") == 2
    assert estimate_tokens("你好 abc") == 4


def test_the_cache_forgets_what_was_used_least_recently() -> None:
    cache = TokenCountCache(size=2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert cache.get("b") is None
    assert (cache.get("a"), cache.get("c"), len(cache)) == (1, 3, 2)
