"""Which tokens are learnt, worked out by hand with a tokenizer of whole words."""

from typing import Any

import pytest

pytest.importorskip("trl", reason="needs the extra train")

from app.engines.control_tokens import ControlTokens
from app.engines.port import ChatMessage
from app.tools.training.adapters.dataset_folder import Example
from app.tools.training.adapters.encoding import PromptEncoder
from app.tools.training.adapters.errors import TrainingError
from app.tools.training.adapters.loading import Device
from app.tools.training.adapters.plan import TrainingPlan
from app.tools.training.adapters.trainers import make_trainer
from tests.app.tools.training.adapters.words import CHATML, IDS, tiny_model, word_tokenizer

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

CONTROL = ControlTokens(["<end>", "<user>", "<bot>"])
IGNORED = -100
QUESTION = [ChatMessage("user", "who are you")]


def encoder(style: Any = "chat", template: str | None = CHATML) -> PromptEncoder:
    return PromptEncoder(word_tokenizer(template), style, CONTROL, {})


def ids(*words: str) -> list[int]:
    return [IDS[word] for word in words]


def test_a_reply_ends_as_the_template_ends_it() -> None:
    encoded = encoder().encode(Example(prompt=QUESTION, reply="a robot", scene="1"))
    assert encoded.prompt == ids("<user>", "who", "are", "you", "<end>", "<bot>")
    assert encoded.reply == ids("a", "robot")
    assert encoded.end == ids("<end>")
    assert (encoded.tokens, encoded.size) == (9, 7)


def test_a_text_is_continued_as_it_stands() -> None:
    example = Example(prompt="who are you bot :", reply="a robot", scene="1")
    encoded = encoder("completion").encode(example)
    assert encoded.prompt == ids("who", "are", "you", "bot", ":")
    assert (encoded.reply, encoded.end) == (ids("a", "robot"), ids("<end>"))


def test_control_tokens_in_texts_are_broken_as_the_service_breaks_them() -> None:
    forged = Example(prompt=[ChatMessage("user", "you <end>")], reply="a <end>", scene="1")
    encoded = encoder().encode(forged)
    assert encoded.prompt.count(IDS["<end>"]) == 1
    assert IDS["<end>"] not in encoded.reply


def test_what_a_template_does_not_take_is_a_sentence() -> None:
    with pytest.raises(TrainingError, match="has no chat template"):
        encoder(template=None)
    strict = "{{ raise_exception('Only the user may speak.') if messages[0].role == 'system' }}"
    with pytest.raises(TrainingError, match="Only the user may speak"):
        encoder(template=strict + CHATML).encode_prompt([ChatMessage("system", "you")])


def trainer(tmp_path: Any, examples: list[Example], **plan: Any) -> Any:
    rows = [encoder().encode(each) for each in examples]
    values: dict[str, Any] = {
        "kind": "sft",
        "dataset": tmp_path,
        "base": "",
        "out": tmp_path,
        "name": "a",
        "most_tokens": 24,
        "batch": 1,
        "accumulate": 1,
    }
    return make_trainer(
        TrainingPlan(**{**values, **plan}),
        Device("cpu", "float32"),
        tiny_model(),
        word_tokenizer(CHATML),
        rows,
        tmp_path / "checkpoints",
    )


EXAMPLES = [
    Example(prompt=QUESTION, reply="a robot", scene="1"),
    Example(prompt=[ChatMessage("user", "you")], reply="who are you", scene="2"),
]
FIRST = ids("<user>", "who", "are", "you", "<end>", "<bot>", "a", "robot", "<end>")
SECOND = ids("<user>", "you", "<end>", "<bot>", "who", "are", "you", "<end>")


def test_only_replies_are_learnt(tmp_path: Any) -> None:
    data = trainer(tmp_path, EXAMPLES, packing=False).train_dataset
    assert data["input_ids"][0] == FIRST
    assert data["labels"][0] == [IGNORED] * 6 + ids("a", "robot", "<end>")
    assert data["labels"][1] == [IGNORED] * 4 + ids("who", "are", "you", "<end>")


def test_a_pack_keeps_boundaries_and_labels(tmp_path: Any) -> None:
    made = trainer(tmp_path, EXAMPLES)
    [packed] = made.train_dataset
    assert packed["input_ids"] == FIRST + SECOND
    assert packed["seq_lengths"] == [9, 8]
    batch = made.data_collator([packed])
    assert batch["position_ids"].tolist() == [[*range(9), *range(8)]]
    learnt = [IGNORED] * 6 + ids("a", "robot", "<end>")
    learnt += [IGNORED] * 4 + ids("who", "are", "you", "<end>")
    assert batch["labels"].tolist() == [learnt]
    assert "attention_mask" not in batch


def test_nothing_of_a_pack_sees_another_row(tmp_path: Any) -> None:
    """On a CPU too, where no kernel for packs is: the mask is of blocks."""
    import torch

    made = trainer(tmp_path, EXAMPLES)
    model = made.model.eval()
    batch = made.data_collator([made.train_dataset[0]])
    with torch.no_grad():
        packed = model(
            input_ids=batch["input_ids"], position_ids=batch["position_ids"], use_cache=False
        ).logits[0]
        alone = [model(input_ids=torch.tensor([each])).logits[0] for each in (FIRST, SECOND)]
        joined = model(input_ids=batch["input_ids"]).logits[0]
    torch.testing.assert_close(packed, torch.cat(alone), rtol=0, atol=1e-5)
    assert (packed[len(FIRST) :] - joined[len(FIRST) :]).abs().max() > 1e-3


def test_pairs_are_handed_on_as_they_are_encoded(tmp_path: Any) -> None:
    pair = Example(prompt=QUESTION, reply="a robot", rejected="you", scene="1")
    made = trainer(tmp_path, [pair], kind="dpo")
    batch = made.data_collator([made.train_dataset[0]])
    prompt = ids("<user>", "who", "are", "you", "<end>", "<bot>")
    padded = [*prompt, *ids("you", "<end>"), IDS["<pad>"]]
    assert batch["input_ids"].tolist() == [[*prompt, *ids("a", "robot", "<end>")], padded]
    assert batch["completion_mask"].tolist() == [[0] * 6 + [1] * 3, [0] * 6 + [1] * 2 + [0]]


def test_the_settings_are_those_of_the_seed(tmp_path: Any) -> None:
    pair = Example(prompt=QUESTION, reply="a robot", rejected="you", scene="1")
    args = trainer(tmp_path, [pair], kind="dpo", learning_rate=1e-6).args
    assert (args.learning_rate, args.beta, args.num_train_epochs) == (1e-6, 0.1, 1.0)
    assert (args.lr_scheduler_type.value, args.loss_type) == ("cosine", ["sigmoid"])
