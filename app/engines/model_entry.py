"""Describe one model of the catalogue. Every field is validated where a catalogue is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from app.engines.model_sources import Repository, Source
from app.engines.port import PromptStyle, Sampling
from app.engines.traits import ModelTraits
from characters.language import Language

LicenceClass = Literal["free", "registration", "gated", "non-commercial"]
"""``free``: any use. ``registration``: commercial use has to be registered with the authors first.
``gated``: the authors' own terms have to be accepted. ``non-commercial``: no commercial use."""
Bytes = Annotated[int, Field(gt=0, le=2_000_000_000_000)]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Tag = Annotated[str, Field(min_length=2, max_length=40)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """Hold one model of the catalogue. Sizes are in bytes, ``context_length`` in tokens."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
    title: Text
    licence: Text
    licence_url: Annotated[str, Field(pattern=r"^(https://\S{1,300})?$")]
    licence_class: LicenceClass = "free"
    prompt_style: PromptStyle
    context_length: Annotated[int, Field(ge=512, le=10_000_000)]
    file: Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9_.-]{0,150}\.gguf)?$")] = ""
    """Name of the file in the models directory; "" for a model that only vLLM serves."""
    about: Annotated[str, Field(max_length=500)]
    about_zh: Annotated[str, Field(max_length=500)] = ""
    """``about`` in Chinese, for the pages."""
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...] = ()
    """ISO 639 codes of the languages that it writes well; the list may be incomplete."""
    stand_in: bool = False
    """Whether it only stands in for the role-play model where no hub can be reached."""
    sources: tuple[Source, ...] = ()
    size: Bytes | None = None
    approximate_size: Bytes | None = None
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    max_examples: Annotated[int, Field(ge=0, le=1_000)] | None = None
    profile_length: Annotated[int, Field(ge=1, le=40_000)] | None = None
    """Of the profile, in CJK characters (three others count as one), up to the sentence's end: a
    small model recites a longer one."""
    screened: bool = False
    """Whether its replies are screened: it speaks as an assistant too often."""
    voice_thresholds: Mapping[Language, Annotated[float, Field(ge=-104.0, le=0.0)]] = field(
        default_factory=dict
    )
    """Of a screened model that distinguishes a character's opening from an assistant's: the least
    log-probability of the verdict ``character``, by language."""
    sampling: Sampling = field(default_factory=Sampling)
    thought_tags: tuple[tuple[Tag, Tag], ...] = ()
    """Pairs of texts between which the model thinks; none of it is shown."""
    template_options: Mapping[str, bool | int | str] = field(default_factory=dict)
    """Variables of its chat template: ``enable_thinking = false``."""
    vllm: Repository | None = None
    """Repository that vLLM serves."""
    vllm_converts: bool = False
    """Whether vLLM needs the checkpoint rewritten by ``offbook convert-index``."""

    @property
    def traits(self) -> ModelTraits:
        """Properties that an engine cannot learn from the server, the prompt style apart."""
        return ModelTraits(
            thought_tags=self.thought_tags,
            template_options=self.template_options,
            sampling=self.sampling,
            max_examples=self.max_examples,
            profile_length=self.profile_length,
            screened=self.screened,
            voice_thresholds=self.voice_thresholds,
        )

    @property
    def engines(self) -> tuple[str, ...]:
        """Engines that run the model: ``llama.cpp`` from its file, ``vllm`` from a repository."""
        return tuple(
            name for name, runs in (("llama.cpp", self.sources), ("vllm", self.vllm)) if runs
        )

    @property
    def bytes_to_pull(self) -> int | None:
        """Size of the file, approximate where the catalogue does not pin it."""
        return self.size or self.approximate_size

    def path(self, models_dir: Path) -> Path:
        """Return the path of the file, whether pulled or not."""
        return models_dir / self.file

    def is_present(self, models_dir: Path) -> bool:
        """Return whether the model was pulled: only verified files get its name."""
        if not self.file:
            return False
        path = self.path(models_dir)
        return path.is_file() and (self.size is None or path.stat().st_size == self.size)


def with_overrides(sampling: Sampling, overrides: Mapping[str, Any]) -> Sampling:
    """Return ``sampling`` with other values; names of no field become ``extra`` fields."""
    known = {each.name for each in fields(Sampling)}
    extra = {key: value for key, value in overrides.items() if key not in known}
    named = {key: value for key, value in overrides.items() if key in known}
    return replace(sampling, **named, extra={**sampling.extra, **extra})
