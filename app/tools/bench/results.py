"""Hold the results of a run, and derive figures from them."""

from dataclasses import dataclass

from app.tools.bench.figures import slope
from app.tools.bench.load_figures import LoadFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Hold the figures for one number of chatters: the service's, and the engine's alone."""

    chatters: int
    service: LoadFigures
    engine: LoadFigures
    cpu_per_1000_tokens: float
    """Seconds of one processor, in the service's process."""
    load_cpu_per_1000_tokens: float
    """The same in the process that made the load, while it went through the service."""
    machine_busy: float
    """Share of all processors' time in use meanwhile, by any process."""

    @property
    def added_first_token_ms(self) -> float | None:
        """Return the median of the service less that of the engine alone."""
        if self.service.first_token_ms is None or self.engine.first_token_ms is None:
            return None
        return self.service.first_token_ms.p50 - self.engine.first_token_ms.p50

    @property
    def throughput_share(self) -> float | None:
        """Return tokens a second through the service over those of the engine alone."""
        alone = self.engine.tokens_per_second
        return self.service.tokens_per_second / alone if alone else None


@dataclass(frozen=True, slots=True)
class Idle:
    """Hold the service's memory before and after conversations that then lie idle."""

    conversations: int
    errors: int
    before_mb: float
    after_mb: float

    @property
    def cost_mb(self) -> float:
        return self.after_mb - self.before_mb


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak:
    """Hold the course of the service's memory under a long load."""

    chatters: int
    seconds: float
    turns: int
    errors: int
    memory: list[tuple[float, float]]
    """Pairs: seconds since the beginning, and the service's memory in MB."""

    @property
    def growth_mb_per_minute(self) -> float:
        """Return the growth over the second half: in the first, caches fill."""
        half = [(at / 60, mb) for at, mb in self.memory if at >= self.seconds / 2]
        return slope(half)


@dataclass(frozen=True, slots=True)
class LoadResults:
    """Hold the results of one run; ``idle`` and ``soak`` are None where they were left out."""

    levels: list[Level]
    idle: Idle | None
    soak: Soak | None
