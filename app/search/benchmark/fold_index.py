"""Give a fold the reply index that a turn would find, so that the service's own code can use it."""

from app.search.benchmark.corpus import Fold
from app.search.overheard import OverheardIndex
from app.search.reply_indexes import ReplyIndex
from app.search.scene_lines import SceneLines
from retrieval.reply_index.index import Calibration


def fold_index(fold: Fold, calibration: Calibration) -> ReplyIndex:
    """Return the reply index of a fold's store, without overheard passages."""
    scenes = {n: [line.render() for line in scene.lines] for n, scene in enumerate(fold.scenes)}
    return ReplyIndex(
        scenes=scenes,
        cut=fold.cut,
        store=fold.store,
        calibration=calibration,
        overheard=OverheardIndex(),
        nbytes=0,
        kept_lines=SceneLines(scenes),
    )
