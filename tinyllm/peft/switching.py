"""Many tasks on one base model: a few small parts for each task, and the parts of one task on at a time."""

from pathlib import Path

from torch import nn

from tinyllm.check import require
from tinyllm.peft.parts import base_only, check_plain, check_unmerged, parts_of, place, take_off
from tinyllm.peft.saved import fill, follow, read_adapter


class Adapters:
    """Several saved adapters on one frozen base model, of which at most one is switched on.

        >>> adapters = Adapters(model)
        >>> adapters.add("summary", "results/summary.pt")
        >>> adapters.switch("summary")

    Each adapter has its own parts, and all parts share the base's modules, so that switching copies no
    weight. A soft prompt needs none of this, since any number of them can stand around one model. A
    selective method has no parts to switch, since it changes the base itself.
    """

    def __init__(self, model: nn.Module):
        check_plain(model)
        self.model = model
        self.parts: dict[str, dict[str, nn.Module]] = {}  # for each adapter its parts, by path
        self.active: str | None = None

    def add(self, name: str, path: str | Path):
        """Load an adapter under a name. The one that is on stays on.

        Raises InputError for a file that `load_adapter` would refuse, for one without parts (a soft prompt,
        a selective method), and for a name that is taken.
        """
        check_free(self, name)
        with base_only(self.model):
            recipe, weights = read_adapter(self.model, path)
            check_has_parts(recipe, path)
            follow(recipe, self.model)
            fill(self.model, weights)
            self.parts[name] = parts_of(self.model)
            take_off(self.model)

    def switch(self, name: str | None):
        """Switch one on in place of what was on. None leaves the base.

        Raises InputError for an unknown name, while LoRA is merged, and for parts on that are none of these.
        """
        check_switch(self, name)
        take_off(self.model)
        self.active = name
        weight = next(self.model.parameters())  # while parts were off, the model may have moved
        place(self.model, {path: part.to(weight) for path, part in self.parts.get(name, {}).items()})

    def remove(self, name: str):
        """Forget an adapter. If it was on, the base is left."""
        check_known(self, name)
        if self.active == name:
            self.switch(None)
        del self.parts[name]


def check_free(adapters: Adapters, name: str):
    """Raise InputError for a name that is taken."""
    is_free = name not in adapters.parts
    require(is_free, f"There is an adapter '{name}' already; remove it first, or choose another name.")


def check_known(adapters: Adapters, name: str):
    """Raise InputError for a name under which nothing was added."""
    known = ", ".join(map(str, adapters.parts)) or "none"
    require(name in adapters.parts, f"There is no adapter '{name}'; there are: {known}.")


def check_has_parts(recipe: dict, path: str | Path):
    """Raise InputError for a file that brings no parts to put into a model."""
    is_around = recipe["method"] == "soft_prompt"
    require(not is_around, f"{path} is a soft prompt, which stands around the model; use load_adapter.")
    is_in_place = recipe["method"] == "selective"
    require(not is_in_place, f"{path} holds weights of the model itself and no parts; use load_adapter.")


def check_switch(adapters: Adapters, name: str | None):
    """Raise InputError for an unknown name, and for parts on the model that are none of these adapters."""
    if name is not None:
        check_known(adapters, name)
    check_unmerged(adapters.model)
    on, ours = parts_of(adapters.model), adapters.parts.get(adapters.active, {})
    are_ours = all(ours.get(path) is part for path, part in on.items())
    require(are_ours, "The model has parts on that are none of these adapters; "
            "save them and take them off first.")
