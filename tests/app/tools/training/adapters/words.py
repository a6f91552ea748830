"""A tokenizer whose tokens are whole words, and a tiny model of random weights for it."""

from typing import Any

WORDS: tuple[str, ...] = ("<pad>", "<unk>", "<user>", "<bot>", "<end>")
WORDS += ("who", "are", "you", "a", "robot", "bot", ":", "<", "end>")
IDS = {word: at for at, word in enumerate(WORDS)}
CHATML = (
    "{% for message in messages %}"
    "{{ ('<user> ' if message.role == 'user' else '<bot> ') + message.content + ' <end> ' }}"
    "{% endfor %}{% if add_generation_prompt %}<bot> {% endif %}"
)


def word_tokenizer(template: str | None) -> Any:
    import tokenizers
    import transformers

    words = tokenizers.Tokenizer(tokenizers.models.WordLevel(IDS, unk_token="<unk>"))
    words.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    words.add_special_tokens(["<pad>", "<unk>", "<user>", "<bot>", "<end>"])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=words,
        eos_token="<end>",
        pad_token="<pad>",
        unk_token="<unk>",
        chat_template=template,
    )


def tiny_model() -> Any:
    import torch
    import transformers

    torch.manual_seed(1)
    config = transformers.Qwen2Config(
        vocab_size=len(WORDS),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
    )
    model = transformers.Qwen2ForCausalLM(config).float().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 2:
                parameter.normal_(0, 0.3)
    return model
