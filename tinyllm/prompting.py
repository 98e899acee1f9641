"""Prompts: an instruction template filled in, and solved examples put in front of a question.

    template   "Is this review positive or negative?\\n{review}\\nAnswer:"
    fields     {"review": "The soup was cold."}
    prompt     "Is this review positive or negative?\\nThe soup was cold.\\nAnswer:"
"""

import re
from collections.abc import Mapping, Sequence

from tinyllm.check import InputError, require

SLOT = re.compile(r"\{(\w+)\}")


def fill(template: str, fields: Mapping[str, str]) -> str:
    """The template with each {slot} replaced by its field, whatever the field's text holds, braces included.

    Raises InputError for a slot without a field.
    """
    check_fields(template, fields)
    return SLOT.sub(lambda slot: fields[slot[1]], template)


def few_shot(shots: Sequence[tuple[str, str]], query: str, layout: str = "{input} -> {output}", heading: str = "") -> str:
    """An in-context learning prompt: solved examples line by line, then the query, which stops where its answer starts.

        >>> few_shot([("dog", "chien"), ("cat", "chat")], "bread")
        'dog -> chien\\ncat -> chat\\nbread ->'

    No shots makes it zero-shot, one makes it one-shot (Brown et al. 2020, section 2). Raises InputError if the query is
    among the shots, which would give its answer away, or if nothing of the layout precedes its {output}.
    """
    check_shots(shots, query)
    check_layout(layout)
    before = layout.split("{output}")[0].rstrip()
    solved = [fill(layout, {"input": text, "output": answer}) for text, answer in shots]
    return "\n".join([*([heading] if heading else []), *solved, fill(before, {"input": query})])


def check_fields(template: str, fields: Mapping[str, str]):
    """Raise InputError for a template with a slot that no field fills."""
    missing = [slot for slot in SLOT.findall(template) if slot not in fields]
    if missing:  # not `require`: the fields would be sorted for each prompt
        raise InputError(f"The template needs {missing}, but the fields are {sorted(fields)}.")


def check_shots(shots: Sequence[tuple[str, str]], query: str):
    """Raise InputError for shots that answer the query."""
    is_among = any(text == query for text, _ in shots)
    message = f"The query {query!r} is among its own examples, which gives the answer away; draw others."
    require(not is_among, message)


def check_layout(layout: str):
    """Raise InputError for a layout in which the input does not come before the output."""
    has_input = "{input}" in layout.split("{output}")[0]
    require(has_input, f"The layout {layout!r} must hold {{input}} and, after it, {{output}}.")
