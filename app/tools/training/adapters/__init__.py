"""Train LoRA adapters: ``offbook train lora`` and ``offbook train dpo``."""
