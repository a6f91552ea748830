"""What is no adapter is refused with a sentence, before anything of it is kept."""

import json
from pathlib import Path

import pytest

from app.adapters.contents import read_contents
from app.adapters.errors import AdapterError
from app.engines.catalogue import load_catalogue
from tests.app.adapters import making

MOST = 1_000_000


def refused(folder: Path, most: int = MOST) -> AdapterError:
    with pytest.raises(AdapterError) as raised:
        read_contents(folder, load_catalogue(), most)
    return raised.value


def test_a_folder_says_what_it_is(tmp_path: Path) -> None:
    contents = making.files("mei-1")
    found = read_contents(making.write(tmp_path / "a", contents), load_catalogue(), MOST)
    assert (found.name, found.base, found.rank) == ("mei-1", "demo", 2)
    assert found.base_sha256 == making.DEMO_SHA256
    assert sorted(found.files) == sorted(contents)
    # Two matrices of 2 x 8 numbers, four bytes each, behind a header.
    assert found.files["adapter_model.safetensors"]["size"] == len(making.tensors())
    assert found.size == sum(map(len, contents.values()))
    assert found.card["figures"]["tokens"] == 12_000


@pytest.mark.parametrize("left_out", ["adapter_model.safetensors", "adapter.gguf"])
def test_one_engine_s_weights_are_enough(tmp_path: Path, left_out: str) -> None:
    contents = making.files()
    del contents[left_out]
    found = read_contents(making.write(tmp_path / "a", contents), load_catalogue(), MOST)
    assert left_out not in found.files


def test_what_is_not_of_an_adapter_is_left_out(tmp_path: Path) -> None:
    folder = making.write(tmp_path / "a", {**making.files(), "trainer_state.json": b"{}"})
    assert "trainer_state.json" not in read_contents(folder, load_catalogue(), MOST).files


@pytest.mark.parametrize("missing", ["adapter_config.json", "card.json"])
def test_every_description_is_needed(tmp_path: Path, missing: str) -> None:
    contents = making.files()
    del contents[missing]
    error = refused(making.write(tmp_path / "a", contents))
    assert error.code == "adapter_incomplete"
    assert missing in str(error)


def test_weights_are_needed(tmp_path: Path) -> None:
    contents = making.files()
    del contents["adapter.gguf"], contents["adapter_model.safetensors"]
    assert refused(making.write(tmp_path / "a", contents)).code == "adapter_incomplete"


def test_a_pickle_is_refused_by_name(tmp_path: Path) -> None:
    contents = making.files()
    del contents["adapter.gguf"], contents["adapter_model.safetensors"]
    folder = making.write(tmp_path / "a", {**contents, "adapter_model.bin": b"\x80\x04."})
    error = refused(folder)
    assert error.code == "adapter_pickled"
    assert "adapter_model.bin" in str(error)


def test_a_pickle_named_as_tensors_is_none(tmp_path: Path) -> None:
    contents = {**making.files(), "adapter_model.safetensors": b"\x80\x04\x95" + bytes(200)}
    assert refused(making.write(tmp_path / "a", contents)).code == "adapter_damaged"


LAYER = "base_model.model.model.layers.0.self_attn.q_proj"
DAMAGED = {
    "cut off": making.tensors()[:-1],
    "something behind": making.tensors() + b"x",
    "header longer than the file": (10**9).to_bytes(8, "little") + b"{}",
    "header is no JSON": (4).to_bytes(8, "little") + b"oops",
    "header is a list": (2).to_bytes(8, "little") + b"[]",
    "too short a span": making.tensors(data_offsets=[0, 4]),
    "a negative span": making.tensors(data_offsets=[-64, 0]),
    "an unknown type": making.tensors(dtype="PICKLE"),
    "no shape": making.tensors(shape="2x8"),
    "no adapter": making.tensors({f"{LAYER}.weight": (2, 8)}),
    "empty": b"",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_tensors_are_refused(tmp_path: Path, content: bytes) -> None:
    folder = making.write(tmp_path / "a", {**making.files(), "adapter_model.safetensors": content})
    assert refused(folder).code == "adapter_damaged"


def test_two_tensors_may_not_share_bytes(tmp_path: Path) -> None:
    whole = json.loads(making.tensors()[8:].split(b"}}")[0] + b"}}")
    first, second = whole
    whole[second]["data_offsets"] = whole[first]["data_offsets"]
    header = json.dumps(whole).encode()
    content = len(header).to_bytes(8, "little") + header + bytes(128)
    folder = making.write(tmp_path / "a", {**making.files(), "adapter_model.safetensors": content})
    assert refused(folder).code == "adapter_damaged"


def test_the_weights_have_the_rank_of_the_configuration(tmp_path: Path) -> None:
    contents = {**making.files(files={}), "adapter_config.json": making.config(r=8)}
    error = refused(making.write(tmp_path / "a", contents))
    assert error.code == "adapter_damaged"
    assert "rank 8" in str(error)


@pytest.mark.parametrize("rank", [0, -1, 5_000, True, "2", None])
def test_a_rank_is_a_number_of_sense(tmp_path: Path, rank: object) -> None:
    contents = {**making.files(files={}), "adapter_config.json": making.config(r=rank)}
    assert refused(making.write(tmp_path / "a", contents)).code == "adapter_damaged"


def test_other_kinds_of_adapters_are_refused(tmp_path: Path) -> None:
    kind = making.config(peft_type="PREFIX_TUNING")
    contents = {**making.files(files={}), "adapter_config.json": kind}
    assert refused(making.write(tmp_path / "a", contents)).code == "adapter_kind_unknown"


@pytest.mark.parametrize("content", [b"no", making.gguf(["blk.0.attn_q.weight"]), making.gguf([])])
def test_a_gguf_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    contents = {**making.files(files={}), "adapter.gguf": content}
    assert refused(making.write(tmp_path / "a", contents)).code == "adapter_damaged"


@pytest.mark.parametrize("base", ["nobody", "", None, 3, "../demo"])
def test_its_base_is_a_model_of_the_catalogue(tmp_path: Path, base: object) -> None:
    error = refused(making.write(tmp_path / "a", making.files(base=base)))
    assert error.code == "adapter_base_unknown"
    assert "demo" in str(error)


def test_its_base_is_the_catalogue_s_file(tmp_path: Path) -> None:
    error = refused(making.write(tmp_path / "a", making.files(base_sha256="0" * 64)))
    assert error.code == "adapter_base_differs"
    assert "1d9614638d18" in str(error)


def test_a_file_that_its_card_does_not_describe_is_refused(tmp_path: Path) -> None:
    contents = making.files()
    contents["adapter.gguf"] += b"\0"
    error = refused(making.write(tmp_path / "a", contents))
    assert error.code == "adapter_hash_differs"
    assert "adapter.gguf" in str(error)


def test_all_files_together_are_bounded(tmp_path: Path) -> None:
    contents = making.files()
    size = sum(map(len, contents.values()))
    folder = making.write(tmp_path / "a", contents)
    assert read_contents(folder, load_catalogue(), size).size == size
    assert refused(folder, size - 1).code == "adapter_too_large"


@pytest.mark.parametrize("content", [b"[" * 100_000, b"{", b"[]", b"\xff\xfe"])
def test_a_card_is_a_json_object(tmp_path: Path, content: bytes) -> None:
    folder = making.write(tmp_path / "a", {**making.files(), "card.json": content})
    assert refused(folder).code == "adapter_damaged"


def test_a_link_leads_nowhere(tmp_path: Path) -> None:
    folder = making.write(tmp_path / "a", making.files())
    (folder / "adapter.gguf").unlink()
    (folder / "adapter.gguf").symlink_to("/etc/hostname")
    assert refused(folder).code == "adapter_unsafe"
