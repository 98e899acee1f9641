"""Saving and loading a model. A saved model is a folder:

    config.json        the shape of the model
    tokenizer.json     its tokens
    digest.json        the sha256 of the two texts above
    weights.pt         its tensors and, behind them, the sha256 of their bytes: the seal

Four rules hold for these files, and for adapters and training states, which are files of tensors too.

1. A file is written whole or not at all (`write_whole`).
2. A file vouches for itself (`seal`, `unseal`). Say that a disk or a copy has changed one bit of a weight.
   The file would load as before, only with another number in it, and nobody would notice. So a sha256
   (also called a digest) is computed when a file is saved, and again when it is loaded. If the two differ,
   the file is refused.
3. Loading runs no code (`load_tensors`).
4. Files of older versions, without a seal and without digest.json, still load. They cannot be checked.
"""

import hashlib
import io
import json
import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import torch

from tinyllm.check import InputError, require
from tinyllm.config import Config
from tinyllm.model import Transformer
from tinyllm.tokenizer import Tokenizer

SEAL = b"\nsha256 "  # stands between the bytes of a file of tensors and their sha256


def sha256(data: bytes) -> str:
    """64 characters that are computed from bytes (FIPS 180-4). If one bit changes, so do they.

        >>> sha256(b"tinyllm")[:16], sha256(b"tinyllM")[:16]
        ('411706b77b8a83f9', '97180474055b7b10')
    """
    return hashlib.sha256(data).hexdigest()


def seal(path: Path):
    """Write the sha256 of a file's bytes behind them. The file is never in memory whole: it may be large."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with open(path, "ab") as file:
        file.write(SEAL + digest.encode())


def unseal(content: bytes, path: Path) -> bytes:
    """The bytes in front of the seal. Raises InputError that names the path if they have changed since."""
    body, mark, digest = content.rpartition(SEAL)
    if not mark:  # a file of an older version has no seal
        return content
    check_digest(path, body, digest.decode(errors="replace"))
    return body


def write_whole(path: Path, write: Callable[[Path], Any]):
    """Write a file whole or not at all: `write` fills a temporary file, which then takes the place of path.

    A program can be killed while it writes, and a disk can be full. Whatever happens, path holds either all
    of the new content or what it held before. Raises InputError for a path that cannot be written.
    """
    check_file_name(path)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())  # all of it must be on the disk before the file gets its name
        os.replace(temporary, path)  # a single step, which is done or not done
    except (OSError, RuntimeError) as error:  # RuntimeError: how PyTorch says that it cannot write
        refuse_to_write(path, error)
    finally:
        with suppress(OSError):  # if all went well, the temporary file is not there any more
            temporary.unlink()


def write_text(path: Path, text: str):
    """Write a text whole or not at all. Its bytes, and so its sha256, are the same on every system."""
    write_whole(path, lambda temporary: temporary.write_bytes(text.encode()))


def save_tensors(path: str | Path, content: Any):
    """Write tensors, and a seal behind them. They may stand in lists and dicts, beside numbers and texts.

    Raises InputError for a path that cannot be written.
    """
    def write(temporary: Path):
        torch.save(content, temporary)
        seal(temporary)
    write_whole(Path(path), write)


def load_tensors(path: str | Path) -> Any:
    """What `save_tensors` wrote, on the CPU. Raises InputError if it is missing, changed, or holds code."""
    path = Path(path)
    body = unseal(read_bytes(path), path)
    try:
        # A file of tensors is a pickle, and a pickle can hold code that runs when it is loaded.
        # weights_only refuses such a file.
        return torch.load(io.BytesIO(body), map_location="cpu", weights_only=True)
    except Exception as error:  # damaged bytes make PyTorch raise anything
        refuse_to_load(path, error)


def load_weights(model: torch.nn.Module, weights: dict, where: str | Path):
    """Put weights into the model. Raises InputError, and changes nothing, unless names and shapes agree."""
    check_weights(model, weights, where)
    model.load_state_dict(weights)


def save_model(folder: str | Path, model: Transformer, tokenizer: Tokenizer):
    """Write the four files of a model into a folder, which is all that `load_model` needs.

    Raises InputError, and writes nothing, for a model that has more than a Transformer's own parts.
    """
    check_is_plain(model)
    folder = Path(folder)
    config = json.dumps(model.config.as_dict(), indent=2) + "\n"
    texts = {**tokenizer.files(), "config.json": config}
    digests = {name: sha256(text.encode()) for name, text in texts.items()}
    texts["digest.json"] = json.dumps(digests, indent=2) + "\n"
    (folder / "chat.json").unlink(missing_ok=True)  # one of a model that stood here before
    for name, text in texts.items():
        write_text(folder / name, text)
    weights = {name: tensor.detach().cpu() for name, tensor in model.state_dict().items()}
    if model.config.tied:
        del weights["head.weight"]  # it is the same tensor as embedding.weight, so it is stored once
    save_tensors(folder / "weights.pt", weights)


def load_model(folder: str | Path, device: str | torch.device = "cpu") -> tuple[Transformer, Tokenizer]:
    """The model and the tokenizer that `save_model` wrote.

    Raises InputError for a file that is missing, damaged, or that does not fit the others.
    """
    folder = Path(folder)
    check_texts(folder)
    model = Transformer(read_config(folder))
    weights = load_tensors(folder / "weights.pt")
    if model.config.tied and "embedding.weight" in shapes(weights):
        weights["head.weight"] = weights["embedding.weight"]
    load_weights(model, weights, folder / "weights.pt")
    return model.to(device), Tokenizer.load(folder / "tokenizer.json")


def shapes(weights: Any) -> dict[str, tuple]:
    """The shape of each tensor by its name. Whatever else a file may hold is left out."""
    named = weights if isinstance(weights, dict) else {}
    return {name: tuple(tensor.shape) for name, tensor in named.items() if isinstance(tensor, torch.Tensor)}


def read_bytes(path: Path) -> bytes:
    """The bytes of a file. Raises InputError if it is missing or cannot be read."""
    require(path.is_file(), f"There is no checkpoint at {path}; check the name, or train the model first.")
    try:
        return path.read_bytes()
    except OSError as error:
        refuse_to_load(path, error)


def read_config(folder: Path) -> Config:
    """The config of a saved model. Raises InputError if there is none, or if no model has such a config."""
    check_has_config(folder)
    path = folder / "config.json"
    try:
        return Config(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:  # the text is no JSON, or the JSON is no Config
        raise InputError(f"{path} is not the config of a model: {error}") from None


def check_file_name(path: Path):
    """Raise InputError for a path that names a folder."""
    is_file_name = bool(path.name) and not path.is_dir()
    require(is_file_name, f"{path} is a folder; give the name of a file in it.")


def check_has_config(folder: Path):
    """Raise InputError for a folder without a config, in which nobody has saved a model."""
    message = f"There is no model in {folder} (no config.json); check the name, or train it first."
    require((folder / "config.json").is_file(), message)


def check_digest(path: Path, data: bytes, digest: str):
    """Raise InputError for bytes that do not have this sha256."""
    advice = "copy it again or train the model again."
    require(digest == sha256(data), f"{path} is damaged: it is not what was saved; {advice}")


def check_texts(folder: Path):
    """Raise InputError if a text of a saved model does not have the sha256 that digest.json says."""
    path = folder / "digest.json"
    if not path.is_file():  # a model of an older version has none
        return
    try:
        digests = dict(json.loads(path.read_bytes()).items())
    except (ValueError, AttributeError) as error:  # AttributeError: JSON, but no object
        refuse_to_load(path, error)
    for name in ("config.json", "tokenizer.json", "chat.json"):
        if (folder / name).is_file():  # a missing one is refused where it is read
            check_digest(folder / name, read_bytes(folder / name), digests.get(name, "none"))


def check_weights(model: torch.nn.Module, weights: Any, where: str | Path):
    """Raise InputError unless the names and shapes of the weights are those of the model."""
    have, given = shapes(model.state_dict()), shapes(weights)
    for name in {**have, **given}:
        ours, theirs = have.get(name, "absent"), given.get(name, "absent")
        difference = f"{name} is {theirs} in the file and {ours} in the model"
        require(ours == theirs, f"{where} does not fit this model: {difference}; use the config that it was "
                "saved with.")


def check_is_plain(model: Transformer):
    """Raise InputError for a model that has other parts than its config says."""
    with torch.device("meta"):  # tensors with a shape alone: no memory is taken, no random number is drawn
        plain = Transformer(model.config)
    is_plain = shapes(model.state_dict()) == shapes(plain.state_dict())
    require(is_plain, "This is no plain Transformer, so load_model could not read it back; merge what PEFT "
            "has added, or take it off, or write it with save_adapter.")


def refuse_to_write(path: Path, error: Exception) -> NoReturn:
    """Raise the InputError that says why a file cannot be written."""
    raise InputError(f"{path} cannot be written ({error}); choose another place or make room.") from None


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
