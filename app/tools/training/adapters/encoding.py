"""Encode prompts and replies as engines read them, so that what is learnt is what is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.engines.control_tokens import ControlTokens
from app.engines.port import ChatMessage, EnginePrompt, PromptStyle
from app.tools.training.adapters.dataset_folder import Example
from app.tools.training.adapters.errors import TrainingError

_PROBE = "offbook"
"""A reply that no template changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """Hold an example in token ids. The end of a reply is not among its tokens."""

    prompt: list[int]
    reply: list[int]
    rejected: list[int] | None
    end: list[int]
    scene: str
    size: int
    """Of the reply: bytes in UTF-8."""

    @property
    def tokens(self) -> int:
        """Tokens of the prompt with the longer of its replies."""
        longest = max(len(self.reply), len(self.rejected or ()))
        return len(self.prompt) + longest + len(self.end)


class PromptEncoder:
    """Encode for one model and prompt style.

    A ``chat`` prompt passes through the model's own template. Control tokens in texts are broken as
    the service breaks them. A reply is encoded apart from its prompt, as an engine samples it: no
    token spans the two.
    """

    def __init__(
        self,
        tokenizer: Any,
        style: PromptStyle,
        control: ControlTokens,
        options: Mapping[str, bool | int | str],
    ) -> None:
        """``options`` are variables of the chat template. Raises :class:`TrainingError`."""
        self._tokenizer = tokenizer
        self._style = style
        self._control = control
        self._options = dict(options)
        if style == "chat" and not tokenizer.chat_template:
            raise TrainingError(
                "The base model has no chat template, and the dataset has messages. Make it with "
                "--layout completion."
            )
        self.end = self._end()

    def encode(self, example: Example) -> Encoded:
        """Return an example in token ids."""
        return Encoded(
            prompt=self.encode_prompt(example.prompt),
            reply=self._encode_reply(example.reply),
            rejected=None if example.rejected is None else self._encode_reply(example.rejected),
            end=self.end,
            scene=example.scene,
            size=len(example.reply.encode("utf-8", "surrogatepass")),
        )

    def encode_prompt(self, prompt: EnginePrompt) -> list[int]:
        """Return what a model reads before its reply."""
        prompt = self._control.neutralize_prompt(prompt)
        if isinstance(prompt, str):
            return list(self._tokenizer.encode(prompt))
        return self._plain(self._render(prompt, add_generation_prompt=True))

    def _encode_reply(self, text: str) -> list[int]:
        return self._plain(self._control.neutralize(text))

    def _end(self) -> list[int]:
        """Return the tokens with which a reply ends: those that stop an engine."""
        stop = self._tokenizer.eos_token_id
        if self._style == "completion":
            if stop is None:
                raise TrainingError("The base model's tokenizer has no token for the end of texts.")
            return [stop]
        said = [ChatMessage("user", "?"), ChatMessage("assistant", _PROBE)]
        ids = self._plain(self._render(said).rpartition(_PROBE)[2])
        stops = {*self._tokenizer.all_special_ids, *self._tokenizer.added_tokens_decoder, stop}
        last = next((at for at, each in enumerate(ids) if each in stops), None)
        if last is not None:
            return ids[: last + 1]
        if stop is None:
            raise TrainingError("The chat template of the base model does not end replies.")
        return [*ids, stop]

    def _render(self, messages: Sequence[ChatMessage], **options: bool) -> str:
        as_given = [{"role": each.role, "content": each.content} for each in messages]
        try:
            text: str = self._tokenizer.apply_chat_template(
                as_given, tokenize=False, **self._options, **options
            )
        except Exception as error:  # whatever the template raises
            raise TrainingError(
                f"The chat template of the base model does not take these messages: {error}"
            ) from error
        return text

    def _plain(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False))
