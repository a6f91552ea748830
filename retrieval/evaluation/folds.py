"""Hold items out in folds that share no content."""

from collections.abc import Collection, Hashable, Sequence

FOLDS = 5


def group_by_shared(contents: Sequence[Collection[Hashable]]) -> list[list[int]]:
    """Return the items, by number, in groups: items that share a content are in one group.

    ``contents`` has the contents of each item, for instance the lines of a scene.
    """
    parents = list(range(len(contents)))

    def root(item: int) -> int:
        while parents[item] != item:
            parents[item] = parents[parents[item]]
            item = parents[item]
        return item

    holders: dict[Hashable, int] = {}
    for number, content in enumerate(contents):
        for each in content:
            parents[root(number)] = root(holders.setdefault(each, number))
    groups: dict[int, list[int]] = {}
    for number in range(len(contents)):
        groups.setdefault(root(number), []).append(number)
    return list(groups.values())


def balance_folds(
    groups: Sequence[Sequence[int]], weights: Sequence[int], folds: int
) -> list[list[int]]:
    """Return folds of items, by number, of about the same weight; groups stay together.

    ``weights`` has the weight of each item. Groups are placed heaviest first, each in the lightest
    fold. Empty folds are left out.
    """
    weighed = [(sum(weights[number] for number in group), list(group)) for group in groups]
    placed: list[list[int]] = [[] for _ in range(folds)]
    filled = [0] * folds
    for weight, group in sorted(weighed, key=lambda each: (-each[0], each[1])):
        lightest = min(range(folds), key=lambda fold: (filled[fold], fold))
        placed[lightest] += group
        filled[lightest] += weight
    return [sorted(fold) for fold in placed if fold]
