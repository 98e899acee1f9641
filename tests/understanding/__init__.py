"""What must hold of each exercise, and the mistakes that people make with it.

An exercise is a stub in lessons/exercises, a module of the library that shows one way to write it, and a file here with

    questions   each computes something with what was written, and says what should have come out
    wrongs      implementations that people really write, each with its mistake in words
    rights      other implementations that are right as well, which no question may fail

A failed question is diagnosed by trying the wrong implementations one by one: where one of them gives exactly what the
learner's own gave, its mistake is the learner's mistake.
"""
