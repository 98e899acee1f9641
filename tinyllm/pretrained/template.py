"""The chat format of a real model, found by filling in its template.

A model that was tuned for chats has read each prompt with special tokens around it, and answers well only if
it is asked in the same way. The folder or file describes this by a template in the language Jinja:

    {% for message in messages %}<|im_start|>{{ message.role }} {{ message.content }}<|im_end|>{% endfor %}

We fill it in once, with a mark in the place of the prompt, and keep what stands before and after the mark.
"""

from pathlib import Path

from jinja2 import TemplateError  # PyTorch needs jinja2 itself, so it is there
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tinyllm.chat import Chat
from tinyllm.check import InputError, require
from tinyllm.pretrained.build import one_line

PLACE = "THE PROMPT STANDS HERE"


def chat_from(template: str | None, begin: str | None, end: str | None, first: str, path: Path) -> Chat:
    """What stands around a prompt, and the token that ends an answer.

    template: a model that was not tuned for chats has none. begin and end: the tokens that begin and end a
    text, which a template may ask for. first: what the tokenizer puts before a prompt if there is no
    template. Raises InputError for a template that cannot be filled in, and if no token ends a text.
    """
    require(isinstance(end, str), f"{path} does not say which token ends a text.")
    if not template:
        return Chat(before=first, end=end)
    around = fill_template(template, begin or "", end, path).split(PLACE)
    require(len(around) == 2, f"The chat template of {path} does not hold the prompt once.")
    before, after = around
    return Chat(before, after, end)


def fill_template(template: str, begin: str, end: str, path: Path) -> str:
    """The template with one message of a user. The sandbox lets it make text, and nothing else."""
    def refuse(message: str):
        raise TemplateError(message)
    sandbox = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                            extensions=["jinja2.ext.loopcontrols"])
    sandbox.globals["raise_exception"] = refuse
    try:
        return sandbox.from_string(template).render(
            messages=[{"role": "user", "content": PLACE}], add_generation_prompt=True,
            bos_token=begin, eos_token=end)
    except Exception as error:  # a template can fail in any way
        raise InputError(f"The chat template of {path} cannot be filled in: {one_line(error)}.") from None
