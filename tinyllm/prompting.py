"""Prompts: an instruction template that is filled in, and solved examples in front of a question.

An instruction template is a text with slots. A field of the example fills each slot:

    template   "Is this review positive or negative?\\n{review}\\nAnswer:"
    fields     {"review": "The soup was cold."}
    prompt     "Is this review positive or negative?\\nThe soup was cold.\\nAnswer:"
"""

import re
from collections.abc import Mapping, Sequence

from tinyllm.check import require

SLOT = re.compile(r"\{(\w+)\}")  # a name in braces; the match's group 1 is the name


def fill(template: str, fields: Mapping[str, str]) -> str:
    """The template with each {slot} replaced by the field of that name.

    A field's text is taken as it is: if it has braces itself, they are not slots.
    Raises InputError for a slot without a field.
    """
    check_fields(template, fields)
    return SLOT.sub(lambda slot: fields[slot[1]], template)


def few_shot(shots: Sequence[tuple[str, str]], query: str, layout: str = "{input} -> {output}",
             heading: str = "") -> str:
    """A prompt for in-context learning: solved examples (shots), then a question that is left open.

        >>> print(few_shot([("dog", "chien"), ("cat", "chat")], "bread", heading="English to French"))
        English to French
        dog -> chien
        cat -> chat
        bread ->

    Without a shot the prompt is zero-shot, with one it is one-shot (Brown et al. 2020, section 2). Each line
    has the layout. The last line stops where the layout has its {output}, and there the model goes on. The
    space in front of it is left to the model too: to the tokenizer " chien" is one word, space included.

    Raises InputError if the query is among the shots, which would give its answer away. Raises it too for a
    layout that does not hold {input} and, after it, {output}.
    """
    check_shots(shots, query)
    check_layout(layout, len(shots))
    solved = [fill(layout, {"input": text, "output": answer}) for text, answer in shots]
    question = fill(before_output(layout).rstrip(), {"input": query})
    lines = [heading, *solved, question] if heading else [*solved, question]
    return "\n".join(lines)


def before_output(layout: str) -> str:
    """The part of a layout that stands before the answer.

        >>> before_output("Q: {input} A: {output}.")
        'Q: {input} A: '
    """
    return layout.split("{output}")[0]


def check_fields(template: str, fields: Mapping[str, str]):
    """Raise InputError for a template with a slot that no field fills."""
    missing = [slot for slot in SLOT.findall(template) if slot not in fields]
    require(not missing, f"The template needs {missing}, but the fields are {sorted(fields)}.")


def check_shots(shots: Sequence[tuple[str, str]], query: str):
    """Raise InputError for shots of which one answers the query."""
    is_among = any(text == query for text, _ in shots)
    message = f"The query {query!r} is among its own examples, which gives the answer away; draw others."
    require(not is_among, message)


def check_layout(layout: str, n_shots: int):
    """Raise InputError for a layout that does not hold the input, or after it the output of the shots."""
    has_both = "{input}" in before_output(layout) and (n_shots == 0 or "{output}" in layout)
    require(has_both, f"The layout {layout!r} must hold {{input}} and, after it, {{output}}.")
