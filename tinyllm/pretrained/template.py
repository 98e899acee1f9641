"""The chat format of a real model, found by filling in its template.

A model that was tuned for chats has read each prompt with special tokens around it, and answers well only if
it is asked in the same way. The folder or file describes this by a template in the language Jinja:

    {% for message in messages %}<|im_start|>{{ message.role }} {{ message.content }}<|im_end|>{% endfor %}

We fill it in with a mark in the place of the prompt, and keep what stands before and after the mark. Then we
fill it in once more, with a second mark as the answer, and see what stands between prompt and answer.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from jinja2 import TemplateError  # PyTorch needs jinja2 itself, so it is there
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tinyllm.chat import Chat
from tinyllm.check import InputError, require
from tinyllm.pretrained.build import one_line

PROMPT, ANSWER = "THE PROMPT STANDS HERE", "THE ANSWER STANDS HERE"
# With {% generation %} some templates mark what the model writes. It adds no text: we read "if true".
GENERATION = re.compile(r"(\{%[-+]?\s*)(end)?generation(\s*[-+]?%\})")


def chat_from(template: str | None, begin: str | None, end: str | None, prefix: str, path: Path) -> Chat:
    """What stands around a prompt, and the token that ends an answer.

    template: a model that was not tuned for chats has none. begin and end: the tokens that begin and end a
    text, which a template may ask for. prefix: what the tokenizer puts before a prompt if there is no
    template. Raises InputError for a template that cannot be filled in, and if no token ends a text.
    """
    require(isinstance(end, str), f"{path} does not say which token ends a text.")
    if not template:
        return Chat(before=prefix, end=end)
    require(isinstance(template, str), f"The chat template of {path} is no text.")
    fill = partial(fill_template, template, begin or "", end, path)
    asked = fill(user=f" {PROMPT} ")
    prompt = f" {PROMPT} " if f" {PROMPT} " in asked else PROMPT  # many templates strip what they are given
    around = asked.split(prompt)
    require(len(around) == 2, f"The chat template of {path} must hold the prompt exactly once.")
    before, after = around
    return Chat(before, after, end, between(fill, asked, prompt), strips=prompt == PROMPT)


def fill_template(template: str, begin: str, end: str, path: Path, **messages: str) -> str:
    """The text of a chat of these messages, role=content, up to the place of the next answer.

    The sandbox lets the template make text, and nothing else.
    """
    def refuse(message: str):
        raise TemplateError(message)
    sandbox = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                            extensions=["jinja2.ext.loopcontrols"])
    sandbox.globals["raise_exception"] = refuse
    template = GENERATION.sub(lambda tag: f"{tag[1]}{'endif' if tag[2] else 'if true'}{tag[3]}", template)
    try:
        return sandbox.from_string(template).render(
            messages=[{"role": role, "content": content} for role, content in messages.items()],
            add_generation_prompt="assistant" not in messages, tools=None, documents=None,
            bos_token=begin, eos_token=end)
    except Exception as error:  # a template can fail in any way
        raise InputError(f"The chat template of {path} cannot be filled in: {one_line(error)}.") from None


def between(fill: Callable[..., str], asked: str, prompt: str) -> str:
    """What stands between the text that asks and the answer; nothing if the template does not tell."""
    try:
        answered = fill(user=prompt, assistant=ANSWER)
    except InputError:  # some templates take questions alone
        return ""
    tells = answered.startswith(asked) and ANSWER in answered
    return answered[len(asked):answered.index(ANSWER)] if tells else ""
