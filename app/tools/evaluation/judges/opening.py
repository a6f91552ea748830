"""Open the judge of the settings: at an endpoint, or a model of the catalogue on this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from app.engines.catalogue import UnknownModelError
from app.engines.factory import create_embedded
from app.engines.port import EngineError
from app.engines.resolution import resolve
from app.search.benchmark.errors import EvaluationError
from app.settings import JudgeSettings, Settings
from app.tools.bench.in_process import Say
from app.tools.evaluation.judges.endpoint import JudgeEndpoint
from app.tools.evaluation.judges.model import JudgeModel


@asynccontextmanager
async def open_judge(
    judge: JudgeSettings, settings: Settings, say: Say
) -> AsyncIterator[JudgeModel | None]:
    """Yield the judge, not gated yet; None where none is set.

    With a model and no address, the model is one of the catalogue, which llama.cpp serves until the
    block ends. Raises :class:`~app.search.benchmark.errors.EvaluationError`.
    """
    if judge.url and not judge.model:
        raise EvaluationError("Say with --judge-model which model judges.")
    if judge.url:
        async with _endpoint(judge) as endpoint:
            yield JudgeModel(endpoint, judge)
    elif judge.model:
        async with _embedded(judge, settings, say) as endpoint:
            yield JudgeModel(endpoint, judge)
    else:
        yield None


def _endpoint(judge: JudgeSettings) -> JudgeEndpoint:
    key = judge.api_key.get_secret_value() if judge.api_key else None
    return JudgeEndpoint(judge.url, key, judge.timeout)


@asynccontextmanager
async def _embedded(
    judge: JudgeSettings, settings: Settings, say: Say
) -> AsyncIterator[JudgeEndpoint]:
    wanted = settings.engine.model_copy(update={"kind": "embedded", "model": judge.model})
    own = settings.model_copy(update={"engine": wanted})
    try:
        resolved = await asyncio.to_thread(resolve, own)
        if not resolved.present:
            raise EvaluationError(
                f"The judge {resolved.title} is not on this machine. Run `offbook model pull "
                f"{resolved.name}`, or name an address with --judge-url."
            )
        engine = create_embedded(own, resolved)
        await engine.start()
    except (UnknownModelError, EngineError) as error:
        raise EvaluationError(f"No judge: {error} Or name an address with --judge-url.") from error
    say(f"{judge.model} judges, on this machine.")
    served = {"url": f"{engine.address}/v1", "api_key": SecretStr(engine.api_key)}
    try:
        async with _endpoint(judge.model_copy(update=served)) as endpoint:
            yield endpoint
    finally:
        await engine.aclose()
