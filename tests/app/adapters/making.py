"""Adapters small enough to be made by hand: one matrix of rank 2, as PEFT and llama.cpp do."""

import io
import json
import struct
import zipfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from characters.scripts.model import Scene
from characters.scripts.scene_hashes import scene_hash

DEMO_SHA256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"
"""Of the catalogue's ``demo``."""
RANK = 2
_LAYER = "base_model.model.model.layers.0.self_attn.q_proj"


def tensors(shapes: Mapping[str, Sequence[int]] | None = None, **changes: Any) -> bytes:
    """A safetensors file of zeros; ``changes`` replace parts of its header's first entry."""
    shapes = shapes or {
        f"{_LAYER}.lora_A.weight": (RANK, 8),
        f"{_LAYER}.lora_B.weight": (8, RANK),
    }
    header: dict[str, Any] = {}
    at = 0
    for name, (rows, columns) in shapes.items():
        end = at + 4 * rows * columns
        header[name] = {"dtype": "F32", "shape": [rows, columns], "data_offsets": [at, end]}
        at = end
    header[next(iter(header))] |= changes
    content = json.dumps(header).encode()
    return len(content).to_bytes(8, "little") + content + bytes(at)


def gguf(
    names: Sequence[str] = ("blk.0.attn_q.weight.lora_a", "blk.0.attn_q.weight.lora_b"),
) -> bytes:
    """The head of a GGUF file with these tensors, and no weights."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    head = struct.pack("<4sIQQ", b"GGUF", 3, len(names), 1)
    head += text("general.architecture") + struct.pack("<I", 8) + text("qwen2")
    for name in names:
        head += text(name) + struct.pack("<I2QIQ", 2, 8, RANK, 0, 0)
    return head


def config(**changes: Any) -> bytes:
    """PEFT's ``adapter_config.json``."""
    return json.dumps({"peft_type": "LORA", "r": RANK, "lora_alpha": 4, **changes}).encode()


def card(name: str = "ben-1", **changes: Any) -> dict[str, Any]:
    """A card as ``offbook train`` writes it, of data that holds nothing of a test's script."""
    return {
        "name": name,
        "base": "demo",
        "base_sha256": DEMO_SHA256,
        "data": {"split": {"trained": ["00"], "held_out": []}, "counts": {"train": 40}},
        "settings": {"learning_rate": 1e-5, "epochs": 1},
        "figures": {"tokens": 12_000, "seconds": 60.5},
        **changes,
    }


def trained_on(scenes: Sequence[Scene], held_out: Sequence[Scene]) -> dict[str, Any]:
    """The part of a card about data: trained on some scenes, with others held out."""
    return {
        "split": {
            "trained": [scene_hash(scene) for scene in scenes],
            "held_out": [{"hash": scene_hash(scene)} for scene in held_out],
        }
    }


def files(name: str = "ben-1", **changes: Any) -> dict[str, bytes]:
    """The files of an adapter; ``changes`` are of its card."""
    made = {
        "adapter_config.json": config(),
        "adapter_model.safetensors": tensors(),
        "adapter.gguf": gguf(),
    }
    described = {
        each: {"size": len(content), "sha256": sha256(content).hexdigest()}
        for each, content in made.items()
    }
    whole = {"files": described, **card(name), **changes}
    return {**made, "card.json": json.dumps(whole).encode()}


def zipped(contents: Mapping[str, bytes], folder: str = "") -> bytes:
    """An archive with these files."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(f"{folder}{name}", content)
    return into.getvalue()


def write(folder: Path, contents: Mapping[str, bytes]) -> Path:
    """A folder with these files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder
