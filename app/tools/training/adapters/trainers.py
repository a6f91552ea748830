"""Set TRL's trainers up: response-only loss, packing, preference pairs, checkpoints."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.tools.training.adapters.encoding import Encoded
from app.tools.training.adapters.extras import load
from app.tools.training.adapters.loading import Device
from app.tools.training.adapters.memory import is_checkpointing
from app.tools.training.adapters.plan import ALL_LINEAR, TrainingPlan

_WARM_UP = 0.03
_LOGS, _CHECKPOINTS = 0.02, 0.05
"""Shares of the steps between two."""


def sft_rows(rows: Sequence[Encoded]) -> Any:
    """Return rows as TRL's SFTTrainer takes them, encoded: it masks all that is no completion."""
    return load("datasets").Dataset.from_list(
        [
            {
                "input_ids": row.prompt + row.reply + row.end,
                "completion_mask": [0] * len(row.prompt) + [1] * (len(row.reply) + len(row.end)),
            }
            for row in rows
        ]
    )


def dpo_rows(rows: Sequence[Encoded]) -> Any:
    """Return pairs as TRL's collator for preferences takes them, encoded."""
    return load("datasets").Dataset.from_list(
        [
            {
                "prompt_ids": row.prompt,
                "chosen_ids": row.reply + row.end,
                "rejected_ids": (row.rejected or []) + row.end,
            }
            for row in rows
        ]
    )


def make_trainer(
    plan: TrainingPlan,
    device: Device,
    model: Any,
    tokenizer: Any,
    rows: Sequence[Encoded],
    checkpoints: Path,
) -> Any:
    """Return a trainer whose model has a new adapter."""
    trl = load("trl")
    arguments = _arguments(plan, device, checkpoints)
    if plan.kind == "sft":
        args = trl.SFTConfig(
            **arguments,
            completion_only_loss=True,
            packing=plan.packing,
            max_length=plan.most_tokens,
        )
        kind, data = trl.SFTTrainer, sft_rows(rows)
    else:
        args = trl.DPOConfig(**arguments, beta=plan.beta, max_length=plan.most_tokens)
        kind, data = _encoded_pairs_trainer(trl), dpo_rows(rows)
    trainer = kind(
        model=model,
        args=args,
        train_dataset=data,
        processing_class=tokenizer,
        peft_config=_lora(plan),
    )
    # A path of this machine: PEFT would look for it at the model hub at each checkpoint.
    trainer.model.peft_config["default"].base_model_name_or_path = ""
    return trainer


def _encoded_pairs_trainer(trl: Any) -> Any:
    """Return TRL's DPOTrainer for pairs that are encoded; it has no option for them itself."""

    def keep(_: Any, dataset: Any, *args: Any) -> Any:
        return dataset

    return type("EncodedPairsTrainer", (trl.DPOTrainer,), {"_prepare_dataset": keep})


def _arguments(plan: TrainingPlan, device: Device, checkpoints: Path) -> dict[str, Any]:
    return {
        "output_dir": str(checkpoints),
        "seed": plan.seed,
        "data_seed": plan.seed,
        "learning_rate": plan.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": _WARM_UP,
        "weight_decay": 0.0,
        "num_train_epochs": plan.epochs,
        "max_steps": plan.most_steps or -1,
        "per_device_train_batch_size": plan.batch,
        "gradient_accumulation_steps": plan.accumulate,
        "gradient_checkpointing": is_checkpointing(plan, device),
        "use_cpu": not device.is_gpu,
        "bf16": device.dtype == "bfloat16",
        "eval_strategy": "no",  # held-out rows are measured one by one, for intervals
        "logging_steps": _LOGS,
        "save_strategy": "steps",
        "save_steps": _CHECKPOINTS,
        "save_total_limit": 2,
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": device.is_gpu,
    }


def _lora(plan: TrainingPlan) -> Any:
    targets = ALL_LINEAR if plan.targets == (ALL_LINEAR,) else list(plan.targets)
    return load("peft").LoraConfig(
        task_type="CAUSAL_LM",
        r=plan.rank,
        lora_alpha=plan.alpha,
        lora_dropout=plan.dropout,
        target_modules=targets,
    )
