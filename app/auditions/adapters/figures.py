"""Turn what both sides said in place of held-out replies into figures with intervals. Pure."""

from collections.abc import Sequence
from statistics import fmean

from app.adapters.schemas import AdapterResult, AdapterSample, DifferencesOut, IntervalOut, SideOut
from app.auditions.adapters.held_out_replies import HeldOutReply
from app.judging.copying import copying
from app.judging.identification import mean_difference, resampling_of
from retrieval.evaluation.intervals import Interval, interval
from retrieval.evaluation.likelihood import Likelihood, difference, level

ADAPTER, IN_FORCE = 0, 1
_SAMPLES = 6


def result_of(
    replies: Sequence[HeldOutReply],
    *,
    trained_here: bool,
    most_copying: float,
    model: str,
    speakers: Sequence[str],
) -> AdapterResult:
    """Return the result of an audition; at least one reply was scored, and one written."""
    written = [each for each in replies if each.written]
    scenes = [each.scene for each in written]
    right = [[each.right[1 + side] for each in written] for side in (ADAPTER, IN_FORCE)]
    copied = [
        [copying(each.written[side], each.shown).share for each in written]
        for side in (ADAPTER, IN_FORCE)
    ]
    likelihoods = [_likelihoods(replies, side) for side in (ADAPTER, IN_FORCE)]
    gain = difference(likelihoods[ADAPTER], likelihoods[IN_FORCE])
    resampling = resampling_of(scenes)
    sides = [
        SideOut(
            nats_a_token=_out(level(likelihoods[side]).nats_a_token),
            right=_out(interval(resampling.means(right[side]))),
            copied=_out(interval(resampling.means(copied[side]))),
        )
        for side in (ADAPTER, IN_FORCE)
    ]
    return AdapterResult(
        adapter=sides[ADAPTER],
        in_force=sides[IN_FORCE],
        true_right=fmean(each.right[0] for each in written),
        true_copied=fmean(copying(each.truth, each.shown).share for each in written),
        differences=DifferencesOut(
            bits_a_reply=_out(gain.bits_a_reply),
            nats_a_token=_out(gain.nats_a_token),
            right=_out(mean_difference(scenes, *right)),
            copied=_out(mean_difference(scenes, *copied)),
        ),
        replies=len(replies),
        written=len(written),
        scenes=len({each.scene for each in replies}),
        trained_here=trained_here,
        most_copying=most_copying,
        model=model,
        speakers=list(speakers),
        samples=[_sample(each) for each in written[:: -(-len(written) // _SAMPLES)]],
    )


def _likelihoods(replies: Sequence[HeldOutReply], side: int) -> list[Likelihood]:
    return [
        Likelihood(each.scene, each.scores[side], each.tokens, len(each.truth.encode()))
        for each in replies
    ]


def _sample(reply: HeldOutReply) -> AdapterSample:
    return AdapterSample(
        scene=reply.scene + 1,
        said_before=reply.said_before,
        true=reply.truth,
        adapter=reply.written[ADAPTER],
        in_force=reply.written[IN_FORCE],
    )


def _out(found: Interval) -> IntervalOut:
    return IntervalOut(value=found.value, low=found.low, high=found.high)
