"""Are prompts exactly what was meant, and never give the answer away?"""

import pytest


def test_a_template_is_filled_whatever_its_fields_hold():
    from tinyllm.prompting import fill
    assert fill("Is {a} like {b}?", {"a": "{b}", "b": "50% {0}", "c": "unused"}) == "Is {b} like 50% {0}?"


def test_a_slot_without_a_field_is_named():
    from tinyllm import InputError
    from tinyllm.prompting import fill
    with pytest.raises(InputError, match="review"):
        fill("{review}", {"text": "a"})


def test_shots_come_first_and_the_query_ends_where_its_answer_starts():
    from tinyllm.prompting import few_shot
    lines = few_shot([("dog", "chien"), ("cat", "chat")], "bread").split("\n")
    assert lines[-1] == "bread ->", "the query stands last and is left open: the model goes on where the text ends"
    assert lines[:-1] == ["dog -> chien", "cat -> chat"], "a shot is a solved example: it shows its answer"
    assert few_shot([], "bread") == "bread ->", "zero-shot is the query alone"
    assert few_shot([("a", "b")], "c", layout="({input}: {output})", heading="Words") == "Words\n(a: b)\n(c:"


def test_the_query_must_not_be_among_its_examples():
    from tinyllm import InputError
    from tinyllm.prompting import few_shot
    with pytest.raises(InputError, match="gives the answer away"):
        few_shot([("dog", "chien"), ("cat", "chat")], "dog")


@pytest.mark.parametrize("layout", ["{output} <- {input}", "{input}", "no slots"])
def test_a_layout_that_hides_the_query_is_refused(layout):
    from tinyllm import InputError
    from tinyllm.prompting import few_shot
    if layout == "{input}":
        assert few_shot([], "dog", layout) == "dog"
    else:
        with pytest.raises(InputError, match="layout"):
            few_shot([], "dog", layout)


def test_other_braces_of_a_template_stay_as_they_are():
    from tinyllm.prompting import fill
    assert fill('{{"a": {x}}} {', {"x": "1"}) == '{{"a": 1}} {', (
        "templates are not Python format strings: JSON may stand in them")


def test_a_layout_without_a_place_for_the_answer_is_refused():
    """The shots would lose their answers, and nobody would notice."""
    import pytest

    from tinyllm import InputError
    from tinyllm.prompting import few_shot
    for layout in ("{input}:", "{output} {input}", "{output}", ""):
        with pytest.raises(InputError, match="must hold"):
            few_shot([("dog", "chien")], "cat", layout=layout)
