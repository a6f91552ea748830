"""What a run found out."""

from dataclasses import dataclass

from app.tools.bench.figures import LoadFigures, slope


@dataclass(frozen=True, slots=True)
class Level:
    """So many chatters at once: the service, and the engine alone with the same prompts."""

    chatters: int
    service: LoadFigures
    engine: LoadFigures
    cpu_per_1000_tokens: float
    """Seconds of one processor that the service's process took."""
    load_cpu_per_1000_tokens: float
    """The same for the process that made the load, on the service's side."""
    machine_busy: float
    """Share of all processors' time that was used meanwhile, by whomever."""

    @property
    def added_first_token_ms(self) -> float | None:
        """Median of the service less median of the engine alone."""
        if self.service.first_token_ms is None or self.engine.first_token_ms is None:
            return None
        return self.service.first_token_ms.p50 - self.engine.first_token_ms.p50

    @property
    def throughput_share(self) -> float | None:
        """Tokens a second through the service over those of the engine alone."""
        alone = self.engine.tokens_per_second
        return self.service.tokens_per_second / alone if alone else None


@dataclass(frozen=True, slots=True)
class Idle:
    """Memory of the service before and after conversations that then lie idle."""

    conversations: int
    errors: int
    before_mb: float
    after_mb: float

    @property
    def cost_mb(self) -> float:
        return self.after_mb - self.before_mb


@dataclass(frozen=True, slots=True)
class Soak:
    """The service under load for a long while."""

    chatters: int
    seconds: float
    turns: int
    errors: int
    memory: list[tuple[float, float]]
    """Seconds since the beginning, and the service's memory in MB."""

    @property
    def growth_mb_per_minute(self) -> float:
        """Over the second half; in the first, caches fill."""
        half = [(at / 60, mb) for at, mb in self.memory if at >= self.seconds / 2]
        return slope(half)


@dataclass(frozen=True, slots=True)
class LoadResults:
    """Of one run. ``idle`` and ``soak`` are None where they were left out."""

    levels: list[Level]
    idle: Idle | None
    soak: Soak | None
