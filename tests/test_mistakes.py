"""Does a mistake that the lessons invite to make on purpose end in the sentence that they promise?"""

import pytest
from mistakes import MISTAKES, copy_of, make, run_test, says


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return copy_of(tmp_path_factory.mktemp("copy"))


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_test_says_what_the_lesson_promises(mistake, folder):
    path = folder / mistake.file
    right = path.read_text(encoding="utf-8")
    make(mistake, folder)
    try:
        done = run_test(mistake, folder)
    finally:
        path.write_text(right, encoding="utf-8")
    assert done.returncode == 1, f"{mistake.command} does not fail: {done.stdout[-2000:]}{done.stderr}"
    assert mistake.message in says(done), f"it says something else: {says(done)[-2000:]}"


def test_every_lesson_has_two_or_three():
    counts = {lesson: sum(mistake.lesson == lesson for mistake in MISTAKES) for lesson in range(1, 18)}
    assert set(counts.values()) <= {2, 3}, counts


def test_without_a_mistake_the_tests_pass(folder):
    from dataclasses import replace
    together = replace(MISTAKES[0], test=" ".join(sorted({mistake.test for mistake in MISTAKES if "::" in mistake.test})))
    assert run_test(together, folder).returncode == 0
