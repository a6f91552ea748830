"""Divide a prompt into segments, so that what an engine got can be shown part by part."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from characters.prompting.lore import Lore
from characters.prompting.prompt import Part, Persona, Segment


def template_segments(
    persona: Persona, template: str, beside: Sequence[tuple[int, Lore, str]] = ()
) -> list[Segment]:
    """Return a filled template as segments: instructions, profile, and the lore beside it.

    ``template`` names the profile once. ``beside`` has the number, the entry and the counted text
    of each entry beside the profile, in the order of the prompt.
    """
    head, _, tail = template.partition("{profile}")
    bare = replace(persona, profile="", instructions="", user_description="")
    opening, closing = bare.fill(head), bare.fill(tail)
    profile = persona.profile.strip()
    entries = [
        (_is_before(lore), Segment("lore", lore.text, at, (text,))) for at, lore, text in beside
    ]
    pieces = [
        *(segment for before, segment in entries if before),
        *([Segment("profile", profile, counted=(profile,))] if profile else ()),
        *(segment for before, segment in entries if not before),
    ]
    segments = [Segment("instructions", opening, counted=(opening,)), *_joined(pieces)]
    further: list[tuple[Part, str]] = [
        ("instructions", persona.instructions.strip()),
        ("user", persona.about_user()),
    ]
    for part, said in further:
        if said:
            text = f"\n\n{said}" if len(segments) > 1 else said
            segments.append(Segment(part, text, counted=(said,)))
    return [*segments, Segment("instructions", closing, counted=(closing,))]


def template_details(persona: Persona, template: str) -> list[str]:
    """Return the texts that the segments of a template without lore are counted by."""
    return [text for each in template_segments(persona, template) for text in each.counted]


def in_message(message: int, segments: Iterable[Segment]) -> Iterator[Segment]:
    """Yield the segments of one chat message; one of them, no lore where possible, frames it."""
    of = list(segments)
    framing = next((at for at, segment in enumerate(of) if segment.part != "lore"), 0)
    for at, segment in enumerate(of):
        yield replace(segment, message=message, frames=at == framing)


def _is_before(lore: Lore) -> bool:
    return lore.placement.position == "before_char"


def _joined(pieces: Sequence[Segment]) -> list[Segment]:
    """Return the pieces with a newline between any two, stripped at both ends."""
    filled = [each for each in pieces if each.text]
    joined = [
        replace(each, text=each.text if at == 0 else f"\n{each.text}")
        for at, each in enumerate(filled)
    ]
    while joined and not joined[0].text.strip():
        joined = joined[1:]
    while joined and not joined[-1].text.strip():
        joined = joined[:-1]
    if joined:
        joined[0] = replace(joined[0], text=joined[0].text.lstrip())
        joined[-1] = replace(joined[-1], text=joined[-1].text.rstrip())
    return joined
