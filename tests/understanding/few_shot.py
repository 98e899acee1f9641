"""A few-shot prompt: solved examples, and a question that stops where its answer begins."""

import re

from understanding.exercise import Exercise, Prediction

SHOTS = [("dog", "chien"), ("cat", "chat")]


def prompt(*arguments, **options):
    """What few_shot gives."""
    from tinyllm.prompting import few_shot
    return few_shot(*arguments, **options)


def lines(*arguments, **options):
    """The same as a list of lines."""
    return prompt(*arguments, **options).split("\n")


EXERCISE = Exercise(
    "few_shot", lesson=4, module="tinyllm.prompting", title="a template that is filled in, and a few-shot prompt",
    hints=("Make a list of all lines first and join it at the end by a newline. So none is left over, and the heading is one "
           "more line, but only if it is not empty.",
           "An example is fill(layout, {\"input\": text, \"output\": answer}). For the query cut the layout in front of its "
           "\"{output}\" first, take the white space off its end, and fill in the query last.",
           "In fill, replacing one slot after another fills in braces that came with a text. re.sub(r\"\\{(\\w+)\\}\", "
           "function, template) goes through the template once; function gets each match, and match[1] is the slot's name."),
    predictions=(
        Prediction('few_shot([("dog", "chien"), ("cat", "chat")], "bread", heading="English to French"): how many lines is it?',
                   lambda: len(lines(SHOTS, "bread", heading="English to French"))),
        Prediction('few_shot([], "bread"): what is the whole prompt (a text)?', lambda: prompt([], "bread")),
        Prediction('few_shot([("dog", "chien")], "cat", layout="Q: {input} A: {output}."): what is its last character (a text)?',
                   lambda: prompt(SHOTS[:1], "cat", layout="Q: {input} A: {output}.")[-1])))


@EXERCISE.asks("fill puts each field in the place of the slot of its name.", read="One prompt")
def the_slots_are_filled():
    from tinyllm.prompting import fill
    return fill("Is {name} in {town}?", {"town": "Norden", "name": "Ada"}), "Is Ada in Norden?"


@EXERCISE.asks("A slot that stands in the template twice is filled twice.", read="One prompt")
def a_slot_that_stands_twice():
    from tinyllm.prompting import fill
    return fill("{name} asks: is {name} here?", {"name": "Ada"}), "Ada asks: is Ada here?"


@EXERCISE.asks("A field's text is taken as it is: braces in it are not slots.", read="One prompt")
def braces_in_a_field():
    from tinyllm.prompting import fill
    return [fill("{a} and {b}", {"a": "{b}", "b": "{a}"}), fill("{b} and {a}", {"a": "{b}", "b": "{a}"})], \
        ["{b} and {a}", "{a} and {b}"]


@EXERCISE.asks("Zero-shot: the query alone, and its line stops where the answer should begin, without the space.",
               read="One prompt")
def without_a_shot():
    return prompt([], "bread"), "bread ->"


@EXERCISE.asks("One-shot: a solved example on a line of its own, then the query.", read="One prompt")
def with_one_shot():
    return prompt(SHOTS[:1], "bread"), "dog -> chien\nbread ->"


@EXERCISE.asks("Few-shot: all examples, in the order in which they are given.", read="One prompt")
def with_several_shots():
    return lines([*SHOTS, ("boat", "bateau")], "bread"), ["dog -> chien", "cat -> chat", "boat -> bateau", "bread ->"]


@EXERCISE.asks("The heading stands once, on the first line.", read="One prompt")
def with_a_heading():
    return lines(SHOTS, "bread", heading="English to French"), ["English to French", "dog -> chien", "cat -> chat", "bread ->"]


@EXERCISE.asks("Every line has the layout that is asked for.", read="One prompt")
def another_layout():
    return lines(SHOTS, "bread", layout="Q: {input}\nA: {output}"), [
        "Q: dog", "A: chien", "Q: cat", "A: chat", "Q: bread", "A:"]


@EXERCISE.asks("The query's line ends in front of {output}: what the layout has behind it comes after the answer.",
               read="One prompt")
def what_stands_behind_the_answer():
    return lines(SHOTS, "bread", layout="{input} is '{output}' in French."), [
        "dog is 'chien' in French.", "cat is 'chat' in French.", "bread is '"]


@EXERCISE.asks("The texts of examples and query are taken as they are, even where they hold {output}.", read="One prompt")
def braces_in_the_texts():
    return lines([("{output}", "a slot")], "and {output}, what is it?"), ["{output} -> a slot", "and {output}, what is it? ->"]


FILL = "return SLOT.sub(lambda slot: fields[slot[1]], template)"
SOLVED = 'solved = [fill(layout, {"input": text, "output": answer}) for text, answer in shots]'
QUESTION = 'question = fill(before_output(layout).rstrip(), {"input": query})'
LINES = "lines = [heading, *solved, question] if heading else [*solved, question]"
JOINED = 'return "\\n".join(lines)'

EXERCISE.wrong("fill puts the fields in one after another, so braces in a field's text are filled as well",
               (FILL, 'for name, text in fields.items():\n        template = template.replace("{" + name + "}", text)\n'
                      "    return template"))
EXERCISE.wrong("fill replaces only the first place of a slot, and not the others",
               (FILL, "return SLOT.sub(lambda slot: slot[0] if slot[0] in template[:slot.start()] else fields[slot[1]], "
                      "template)"))
EXERCISE.wrong("fill leaves the braces around what it puts in",
               (FILL, FILL.replace("fields[slot[1]]", '"{" + fields[slot[1]] + "}"')))
EXERCISE.wrong("fill puts the fields in by their order and not by their names",
               (FILL, "values = dict(zip(dict.fromkeys(SLOT.findall(template)), fields.values()))\n"
                      "    return SLOT.sub(lambda slot: values[slot[1]], template)"))
EXERCISE.wrong("the space in front of the answer is left at the end of the query's line",
               (QUESTION, 'question = fill(before_output(layout), {"input": query})'))
EXERCISE.wrong("the query's line still has its slot {output} at the end",
               (QUESTION, 'question = fill(layout, {"input": query, "output": "{output}"})'))
EXERCISE.wrong("the query's line is the whole layout with an empty answer, so what comes after the answer is there already",
               (QUESTION, 'question = fill(layout, {"input": query, "output": ""}).rstrip()'))
EXERCISE.wrong("the query is filled in before the line is cut at {output}, so a query that holds {output} is cut too",
               (QUESTION, 'question = before_output(fill(layout, {"input": query, "output": "{output}"})).rstrip()'))
EXERCISE.wrong("the query stands alone on its line, without the part of the layout that asks for an answer",
               (QUESTION, "question = query"))
EXERCISE.wrong("the query is missing, so there is nothing to answer",
               (LINES, "lines = [heading, *solved] if heading else solved"))
EXERCISE.wrong("the query stands in front of the examples and not last",
               (LINES, "lines = [heading, question, *solved] if heading else [question, *solved]"))
EXERCISE.wrong("the examples are in reverse order", (LINES, LINES.replace("*solved", "*solved[::-1]")))
EXERCISE.wrong("only the first example is shown", (LINES, LINES.replace("*solved", "*solved[:1]")))
EXERCISE.wrong("the last example is left out", (LINES, LINES.replace("*solved", "*solved[:-1]")))
EXERCISE.wrong("the examples are left open like the query, so nothing in the prompt is solved",
               (SOLVED, 'solved = [fill(before_output(layout).rstrip(), {"input": text}) for text, answer in shots]'))
EXERCISE.wrong("input and output of the examples are the wrong way round",
               (SOLVED, SOLVED.replace("for text, answer", "for answer, text")))
EXERCISE.wrong("the layout is not used: every line has an arrow",
               (SOLVED, 'layout = "{input} -> {output}"\n    ' + SOLVED))
EXERCISE.wrong("the heading is left out", (LINES, "lines = [*solved, question]"))
EXERCISE.wrong("a line is kept for the heading even if there is none, so the prompt begins with an empty line",
               (LINES, "lines = [heading, *solved, question]"))
EXERCISE.wrong("the heading stands in front of each example and of the query",
               (LINES, "lines = [line for one in [*solved, question] for line in ((heading, one) if heading else (one,))]"))
EXERCISE.wrong("the heading stands below the examples, in front of the query",
               (LINES, "lines = [*solved, heading, question] if heading else [*solved, question]"))
EXERCISE.wrong("the lines are joined by a space and not by a newline", (JOINED, 'return " ".join(lines)'))
EXERCISE.wrong("an empty line stands between the examples", (JOINED, 'return "\\n\\n".join(lines)'))
EXERCISE.wrong("a newline stands at the end, so the model begins on a new line and not behind the query",
               (JOINED, 'return "\\n".join(lines) + "\\n"'))


@EXERCISE.right("str.format, and a text that grows line by line")
class _:
    def fill(template, fields):
        return template.format(**fields)

    def few_shot(shots, query, layout="{input} -> {output}", heading=""):
        text = heading + "\n" if heading else ""
        for one, answer in shots:
            text += layout.format(input=one, output=answer) + "\n"
        return text + layout[:layout.index("{output}")].rstrip().format(input=query)


@EXERCISE.right("the template is cut at its slots, and the query's line is taken up to a mark")
class _:
    def fill(template, fields):
        parts = re.split(r"\{(\w+)\}", template)
        parts[1::2] = [fields[name] for name in parts[1::2]]
        return "".join(parts)

    def few_shot(shots, query, layout="{input} -> {output}", heading=""):
        from tinyllm.prompting import fill
        lines = [heading] * bool(heading) + [fill(layout, {"input": one, "output": answer}) for one, answer in shots]
        whole = fill(layout, {"input": query, "output": "\0"})
        return "\n".join([*lines, whole.partition("\0")[0].rstrip()])
