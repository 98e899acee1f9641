"""English sentences with correct elementary French, made from a small lexicon and real rules of grammar.

    Yesterday, Anna bought a new book in Ostrel.
    -> "Hier, Anna a acheté un nouveau livre à Ostrel."
    -> "Anna a acheté un nouveau livre à Ostrel hier."

The files build on each other in this order:

    lexicon     the words, as tables
    words       nouns, adjectives and verbs, with their forms
    spelling    elision and contraction: "de le oiseau" -> "de l'oiseau"
    sense       which words make sense together
    phrases     articles and agreement in noun phrases
    verbs       tenses, negation, word order
    people, places                            what patterns draw from
    doing, being, having, wanting, asking     the patterns
    sentences   a pattern is drawn, checked and spelled

A pattern writes French word by word with the full little words. `polish` alone elides and contracts them.
What depends on meaning (gender, number, agreement) is decided before that.
"""
from french.people import World
from french.phrases import HE, THEY, WE, I, Phrase, noun_phrase
from french.sense import SUITS
from french.sentences import PATTERNS, Pair, sane, sentence
from french.spelling import polish
from french.verbs import PRONOUNS, agreed, asked, present, simple_future
from french.words import ADJECTIVES, GLOSSARY, NOUNS

__all__ = ["ADJECTIVES", "GLOSSARY", "HE", "NOUNS", "PATTERNS", "PRONOUNS", "SUITS", "THEY", "WE", "I",
           "Pair", "Phrase", "World", "agreed", "asked", "noun_phrase", "polish", "present", "sane",
           "sentence", "simple_future"]
