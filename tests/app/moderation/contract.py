"""What every moderator keeps to; subclassed for each."""

import asyncio

from app.moderation.port import LONGEST_CATEGORY, LONGEST_DETAIL, Moderator, Passage


class ModeratorContract:
    """The fixture ``moderator`` finds fault with :attr:`BAD`, and none with :attr:`GOOD`."""

    GOOD = "The lamp burns every night."
    BAD = "They built a bomb in the cellar."

    async def test_a_text_without_fault_has_no_finding(self, moderator: Moderator) -> None:
        assert list(await moderator.judge(Passage("message", self.GOOD))) == []
        assert list(await moderator.judge(Passage("reply", self.GOOD, asked="And?"))) == []

    async def test_a_finding_is_short_and_does_not_quote(self, moderator: Moderator) -> None:
        for passage in (Passage("message", self.BAD), Passage("reply", self.BAD)):
            found = await moderator.judge(passage)
            assert found
            for each in found:
                assert 0 < len(each.category) <= LONGEST_CATEGORY
                assert each.category == " ".join(each.category.casefold().split())
                assert len(each.detail) <= LONGEST_DETAIL
                assert "cellar" not in each.detail

    async def test_each_category_is_found_once(self, moderator: Moderator) -> None:
        found = await moderator.judge(Passage("message", f"{self.BAD} {self.BAD}"))
        categories = [each.category for each in found]
        assert len(categories) == len(set(categories))

    async def test_passages_do_not_mix(self, moderator: Moderator) -> None:
        texts = [self.GOOD, self.BAD] * 6
        found = await asyncio.gather(*(moderator.judge(Passage("message", text)) for text in texts))
        assert [bool(each) for each in found] == [False, True] * 6

    async def test_fault_far_inside_a_long_text_is_found(self, moderator: Moderator) -> None:
        filler = self.GOOD + " "
        text = filler * 500 + self.BAD + " " + filler * 500
        assert await moderator.judge(Passage("message", text))

    async def test_the_reach_is_no_less_than_nothing(self, moderator: Moderator) -> None:
        assert moderator.reach >= 0
        assert moderator.name
