"""Saving and loading: a file is there whole or not at all, vouches for itself, and runs no code when it is loaded.

A file of tensors ends with the hash of all its other bytes. One bit that a disk or a copy has changed would load as another
number, and nobody would know; so the hash is compared first. Files without one, as older versions wrote them, still load.
"""

import hashlib
import io
import json
import os
import pickle
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import torch

from tinyllm.check import InputError, require
from tinyllm.model import Config, Transformer
from tinyllm.tokenizer import Tokenizer

SEAL = b"\nsha256 "  # stands between the bytes of a file of tensors and their hash


def write_whole(path: Path, write: Callable[[Path], Any]):
    """Let `write` fill a temporary file beside path, then put it in path's place in one step.

    Whenever the program is killed, path holds either what it held before or all of the new content. A temporary file
    left by a kill is overwritten by the next write. Raises InputError for a path that cannot be written.
    """
    check_file_name(path)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(temporary)
            with open(temporary, "rb+") as file:
                os.fsync(file.fileno())  # the content reaches the disk before the name does
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, RuntimeError) as error:  # PyTorch says RuntimeError for what it cannot open
        refuse_to_write(path, error)


def save_tensors(path: str | Path, content: Any):
    """Write tensors, and lists, dicts, numbers and texts around them, and behind them the hash of these bytes."""
    def write(temporary: Path):
        torch.save(content, temporary)
        body = temporary.read_bytes()
        temporary.write_bytes(body + SEAL + sha256(body).encode())
    write_whole(Path(path), write)


def load_tensors(path: str | Path) -> Any:
    """Read what `save_tensors` wrote, onto the CPU. Raises InputError if it is missing, changed, cut short, or holds code."""
    path = Path(path)
    check_is_there(path)
    try:
        body, seal, digest = path.read_bytes().rpartition(SEAL)
        if not seal:  # an older file, in which rpartition leaves everything in its last part
            body, digest = digest, b""
        check_digest(path, body, digest.decode("ascii", "replace"))
        return torch.load(io.BytesIO(body), map_location="cpu", weights_only=True)
    except InputError:
        raise
    except Exception as error:  # what the unpickler says of damaged bytes can be anything
        refuse_to_load(path, error)


def sha256(data: bytes) -> str:
    """The hash by which bytes are recognized, as 64 characters (FIPS 180-4)."""
    return hashlib.sha256(data).hexdigest()


def load_weights(model: torch.nn.Module, weights: dict, where: str | Path):
    """Put weights into the model. Raises InputError, and leaves the model as it was, unless names and shapes all agree."""
    check_weights(model, weights, where)
    model.load_state_dict(weights)


def save_model(folder: str | Path, model: Transformer, tokenizer: Tokenizer):
    """Write config.json, tokenizer.json and weights.pt, which together are all that `load_model` needs.

    digest.json beside them holds the hashes of the two texts, as a weights file holds its own.
    Raises InputError, and writes nothing, for a model that has more than a Transformer's own parts.
    """
    check_is_plain(model)
    folder = Path(folder)
    weights = {name: tensor.detach().cpu() for name, tensor in model.state_dict().items()}
    if model.config.tied:
        del weights["head.weight"]  # the same tensor as embedding.weight
    texts = {"tokenizer.json": tokenizer.to_json(), "config.json": json.dumps(asdict(model.config), indent=2) + "\n"}
    digests = {name: sha256(text.encode()) for name, text in texts.items()}
    texts["digest.json"] = json.dumps(digests, indent=2) + "\n"
    for name, text in texts.items():
        write_whole(folder / name, lambda path, text=text: path.write_bytes(text.encode()))
    save_tensors(folder / "weights.pt", weights)


def load_model(folder: str | Path, device: str | torch.device = "cpu") -> tuple[Transformer, Tokenizer]:
    """The model and tokenizer that `save_model` wrote. Raises InputError for anything missing, damaged or of another shape."""
    folder = Path(folder)
    check_texts(folder)
    config = read_config(folder)
    weights = load_tensors(folder / "weights.pt")
    model = Transformer(config)
    if config.tied and isinstance(weights, dict) and "embedding.weight" in weights:
        weights["head.weight"] = weights["embedding.weight"]
    load_weights(model, weights, folder / "weights.pt")
    return model.to(device), Tokenizer.load(folder / "tokenizer.json")


def check_file_name(path: Path):
    """Raise InputError for a path that names a folder."""
    is_file_name = bool(path.name) and not path.is_dir()
    require(is_file_name, f"{path} is a folder; give the name of a file in it.")


def refuse_to_write(path: Path, error: Exception) -> NoReturn:
    """Raise the InputError that says why a file cannot be written."""
    raise InputError(f"{path} cannot be written ({error}); choose another place or make room.") from None


def check_is_there(path: Path):
    """Raise InputError for a checkpoint that does not exist."""
    require(path.is_file(), f"There is no checkpoint at {path}; check the name, or train the model first.")


def check_digest(path: Path, data: bytes, digest: str):
    """Raise InputError for bytes that are not those whose hash was written; digest: "" if none was."""
    require(digest in ("", sha256(data)), f"{path} is damaged: it is not what was saved; copy it again or train the "
            "model again.")


def check_texts(folder: Path):
    """Raise InputError if a text of a saved model is not the one that digest.json was written with."""
    path = folder / "digest.json"
    if not path.is_file():  # a model that an older version saved
        return
    try:
        digests = {name: str(digest) for name, digest in json.loads(path.read_bytes()).items()}
    except (ValueError, AttributeError) as error:
        refuse_to_load(path, error)
    for name in ("config.json", "tokenizer.json"):
        if (folder / name).is_file():  # a missing one is refused by whoever reads it
            check_digest(folder / name, (folder / name).read_bytes(), digests.get(name, "none"))


def refuse_to_load(path: Path, error: Exception) -> NoReturn:
    """Raise the InputError that says why a file was not loaded."""
    if isinstance(error, pickle.UnpicklingError):
        raise InputError(f"{path} was not loaded: it is not a file of tensors, or it carries code, which is "
                         "never run. Use only checkpoints that tinyllm saved.") from None
    if isinstance(error, PermissionError):
        raise InputError(f"{path} may not be read; change its permissions.") from None
    reason = str(error).splitlines()[0] if str(error) else "end of file"
    advice = "copy it again or train the model again."
    raise InputError(f"{path} is damaged or cut short ({reason}); {advice}") from None


def check_weights(model: torch.nn.Module, weights: Any, where: str | Path):
    """Raise InputError unless the names and shapes of the weights are the model's."""
    have, given = shapes(model.state_dict()), shapes(weights)
    for name in {**have, **given}:
        ours, theirs = have.get(name, "absent"), given.get(name, "absent")
        require(ours == theirs, f"{where} does not fit this model: {name} is {theirs} in the file and {ours} "
                "in the model; use the config that it was saved with.")


def check_is_plain(model: Transformer):
    """Raise InputError for a model that has other parts than its config says."""
    with torch.device("meta"):  # shapes alone: no memory, and no random numbers are drawn
        plain = Transformer(model.config)
    is_plain = shapes(model.state_dict()) == shapes(plain.state_dict())
    require(is_plain, "This is no plain Transformer, so load_model could not read it back; merge what PEFT "
            "has added, or take it off, or write it by save_adapter.")


def shapes(weights: Any) -> dict[str, tuple]:
    """The shape of each tensor; of anything else that a file may hold, none."""
    tensors = weights if isinstance(weights, dict) else {}
    return {name: tuple(tensor.shape) for name, tensor in tensors.items() if isinstance(tensor, torch.Tensor)}


def read_config(folder: Path) -> Config:
    """The config of a saved model; raises InputError if there is none, or one of no model."""
    path = folder / "config.json"
    try:
        return Config(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        message = f"There is no model in {folder} (no config.json); check the name, or train it first."
        raise InputError(message) from None
    except (ValueError, TypeError) as error:
        raise InputError(f"{path} is not the config of a model: {error}") from None
