"""English sentences with correct elementary French, made from a small lexicon and real grammar rules.

    Yesterday, Anna bought a new book in Ostrel.
    -> "Hier, Anna a acheté un nouveau livre à Ostrel."
    -> "Anna a acheté un nouveau livre à Ostrel hier."

A pattern writes French word by word with the full little words ("de le oiseau", "je ai", "à les enfants");
`polish` alone turns them into what people write ("de l'oiseau", "j'ai", "aux enfants"). So no pattern has to think
about elision, and none can forget it. What depends on meaning (gender, number, agreement) is decided before that.
"""
import re
from typing import NamedTuple


class Pair(NamedTuple):
    """An English sentence and its valid French translations, the most natural first."""

    english: str
    references: tuple[str, ...]


class Noun(NamedTuple):
    """Noun("mouse", "mice", "souris", "souris", feminine=True, kind="animals")"""

    english: str
    plural: str
    french: str
    pluriel: str
    feminine: bool
    kind: str


class Adjective(NamedTuple):
    """Adjective("beautiful", "beau", "belle", "bel", before=True): `liaison` is the masculine before a vowel."""

    english: str
    masculine: str
    feminine: str
    liaison: str
    before: bool


class Verb(NamedTuple):
    """Verb("eat", "eats", "ate", "eating", "manger", ("mange", "mange", "mangeons", "mangent"), "mangé", "manger")

    `present` is for je, il, nous, ils; `future` is the stem that takes -ai, -a, -ons, -ont.
    """

    english: str
    third: str
    past: str
    ing: str
    french: str
    present: tuple[str, ...]
    participle: str
    future: str


class Phrase(NamedTuple):
    """A noun phrase in both languages: Phrase("my sisters", "mes sœurs", THEY, feminine=True).

    `who` picks the verb form in both languages. The French is not elided yet ("le oiseau").
    """

    english: str
    french: str
    who: int
    feminine: bool = False


I, HE, WE, THEY = range(4)  # noqa: E741 - the pronoun

# --- the lexicon -----------------------------------------------------------------------------------------------

NOUNS_IN = {
    "animals": "cat chat m, dog chien m, horse cheval m, cow vache f, bird oiseau m, fish/fish poisson m, "
               "mouse/mice souris f, rabbit lapin m, hen poule f, duck canard m, sheep/sheep mouton m, goat chèvre f, "
               "owl hibou m, pig cochon m, fox renard m, bear ours m, donkey âne m, frog grenouille f",
    "food": "apple pomme f, pear poire f, egg œuf m, cake gâteau m, orange orange f, carrot carotte f, bean haricot m, "
            "tomato tomate f, cherry cerise f, bread pain m, cheese fromage m, soup soupe f, meat viande f, honey miel m, "
            "salad salade f, rice riz m, butter beurre m, water eau f, milk lait m, tea thé m, coffee café m",
    "family": "mother mère f, father père m, sister sœur f, brother frère m, uncle oncle m, aunt tante f, son fils m, "
              "daughter fille f, grandmother grand-mère f, grandfather grand-père m",
    "people": "man/men homme m, woman/women femme f, boy garçon m, girl fille f, child/children enfant m, king roi m, "
              "queen reine f, doctor médecin m, friend ami m",
    "house": "house maison f, garden jardin m, kitchen cuisine f, room chambre f, table table f, chair chaise f, bed lit m, "
             "door porte f, window fenêtre f, plate assiette f, cup tasse f, lamp lampe f, key clé f, bag sac m, box boîte f, "
             "knife couteau m, bottle bouteille f",
    "things": "book livre m, letter lettre f, flower fleur f, tree arbre m, car voiture f, boat bateau m, bicycle vélo m",
    "clothes": "hat chapeau m, coat manteau m, shirt chemise f, dress robe f, shoe chaussure f, skirt jupe f, scarf écharpe f, "
               "sock chaussette f, glove gant m, jacket veste f",
    "places": "market marché m, school école f, church église f, station gare f, shop magasin m, beach plage f, "
              "hospital hôpital m, river rivière f, bridge pont m, street rue f, forest forêt f, town ville f",
}

# English, masculine, feminine, and the masculine before a vowel where it differs.
BEFORE = ("small petit petite, big grand grande, beautiful beau belle bel, old vieux vieille vieil, young jeune jeune, "
          "good bon bonne, new nouveau nouvelle nouvel, pretty joli jolie, fat gros grosse")
AFTER = ("tired fatigué fatiguée, happy heureux heureuse, sad triste triste, sick malade malade, strong fort forte, "
         "fast rapide rapide, slow lent lente, clean propre propre, dirty sale sale, hot chaud chaude, cold froid froide, "
         "expensive cher chère, heavy lourd lourde, light léger légère, round rond ronde, empty vide vide, "
         "open ouvert ouverte, closed fermé fermée, broken cassé cassée, funny drôle drôle, clever intelligent intelligente, "
         "fresh frais fraîche, dry sec sèche, rich riche riche, poor pauvre pauvre")
COLOURS = ("red rouge rouge, blue bleu bleue, green vert verte, yellow jaune jaune, black noir noire, white blanc blanche, "
           "brown brun brune, grey gris grise, pink rose rose")

# English, English past | infinitive, je, il, nous, ils, participle, and the future stem where it is irregular.
VERBS_IN = """
be was | être suis est sommes sont été ser
have had | avoir ai a avons ont eu aur
eat ate | manger mange mange mangeons mangent mangé
drink drank | boire bois boit buvons boivent bu
see saw | voir vois voit voyons voient vu verr
like liked | aimer aime aime aimons aiment aimé
buy bought | acheter achète achète achetons achètent acheté achèter
sell sold | vendre vends vend vendons vendent vendu
find found | trouver trouve trouve trouvons trouvent trouvé
lose lost | perdre perds perd perdons perdent perdu
look_for looked_for | chercher cherche cherche cherchons cherchent cherché
wash washed | laver lave lave lavons lavent lavé
wear wore | porter porte porte portons portent porté
read read | lire lis lit lisons lisent lu
write wrote | écrire écris écrit écrivons écrivent écrit
open opened | ouvrir ouvre ouvre ouvrons ouvrent ouvert
close closed | fermer ferme ferme fermons ferment fermé
give gave | donner donne donne donnons donnent donné
show showed | montrer montre montre montrons montrent montré
sing sang | chanter chante chante chantons chantent chanté
sleep slept | dormir dors dort dormons dorment dormi
work worked | travailler travaille travaille travaillons travaillent travaillé
play played | jouer joue joue jouons jouent joué
dance danced | danser danse danse dansons dansent dansé
go went | aller vais va allons vont allé ir
arrive arrived | arriver arrive arrive arrivons arrivent arrivé
stay stayed | rester reste reste restons restent resté
leave left | partir pars part partons partent parti
live lived | habiter habite habite habitons habitent habité
say said | dire dis dit disons disent dit
want wanted | vouloir veux veut voulons veulent voulu voudr
must must | devoir dois doit devons doivent dû devr
can could | pouvoir peux peut pouvons peuvent pu pourr
"""

NUMBERS = list(zip(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"],
                   ["un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf", "vingt"], strict=True))
WEEKDAYS = list(zip(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
                    ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"], strict=True))
MONTHS = list(zip(["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
                  ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"], strict=True))


def english_plural(word):
    """cherry -> cherries, box -> boxes, tomato -> tomatoes, knife -> knives; mice and men stand in the lexicon."""
    if word.endswith("fe"):
        return word[:-2] + "ves"
    if word.endswith("y") and word[-2] not in "aeou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh", "tato", "mato")) else "s")


def french_plural(word):
    """chat -> chats, oiseau -> oiseaux, cheval -> chevaux, souris -> souris, grand-mère -> grands-mères"""
    if word.startswith("grand-"):
        return "grands-" + french_plural(word[6:])
    if word.endswith(("s", "x", "z")):
        return word
    if word.endswith("al"):
        return word[:-2] + "aux"
    return word + ("x" if word.endswith("eau") or word == "hibou" else "s")


def read_nouns(kind, row):
    """ "mouse/mice souris f, cat chat m" -> [Noun("mouse", "mice", "souris", "souris", True, kind), ...]"""
    nouns = []
    for entry in row.split(", "):
        english, french, gender = entry.split()
        single, _, plural = english.partition("/")
        nouns.append(Noun(single, plural or english_plural(single), french, french_plural(french), gender == "f", kind))
    return nouns


def read_adjectives(row, before):
    words = [entry.split() for entry in row.split(", ")]
    return [Adjective(english, masculine, feminine, liaison[0] if liaison else masculine, before)
            for english, masculine, feminine, *liaison in words]


def third_person(verb):
    """go -> goes, wash -> washes, carry -> carries, look for -> looks for"""
    if verb in ("be", "have", "must", "can"):
        return {"be": "is", "have": "has"}.get(verb, verb)
    head, *rest = verb.split()
    return " ".join([head + "es" if head.endswith(("o", "sh", "ch", "ss")) else head + "s", *rest])


def ing_form(verb):
    """eat -> eating, write -> writing, look for -> looking for"""
    head, *rest = verb.split()
    stem = head[:-1] if head.endswith("e") and head not in ("be", "see") else head
    return " ".join([stem + "ing", *rest])


def read_verb(line):
    english, french = (part.split() for part in line.split(" | "))
    verb, past = (word.replace("_", " ") for word in english)
    infinitive, *present, participle = french[:6]
    future = french[6] if len(french) > 6 else infinitive.removesuffix("e")
    return Verb(verb, third_person(verb), past, ing_form(verb), infinitive, tuple(present), participle, future)


NOUNS = {noun.english: noun for kind, row in NOUNS_IN.items() for noun in read_nouns(kind, row)}
COLOUR_WORDS = read_adjectives(COLOURS, before=False)
ADJECTIVES = {word.english: word for word in read_adjectives(BEFORE, True) + read_adjectives(AFTER, False) + COLOUR_WORDS}
VERBS = {verb.english: verb for verb in map(read_verb, VERBS_IN.strip().split("\n"))}

GLOSSARY = {
    **{kind: [(noun.english, noun.french) for noun in NOUNS.values() if noun.kind == kind] for kind in NOUNS_IN},
    "adjectives": [(word.english, word.masculine) for word in ADJECTIVES.values() if word not in COLOUR_WORDS],
    "colours": [(word.english, word.masculine) for word in COLOUR_WORDS],
    "verbs": [("to " + verb.english, verb.french) for verb in VERBS.values() if verb.english not in ("must", "can")],
    "weekdays": WEEKDAYS,
    "months": MONTHS,
    "numbers": NUMBERS,
}
GLOSSARY["verbs"] += [("to have to", "devoir"), ("to be able to", "pouvoir"), ("to rain", "pleuvoir"), ("to snow", "neiger")]
GLOSSARY["times"] = [("day", "jour"), ("morning", "matin"), ("evening", "soir"), ("week", "semaine"), ("summer", "été"),
                     ("winter", "hiver"), ("yesterday", "hier"), ("today", "aujourd'hui"), ("tomorrow", "demain"), ("now", "maintenant")]

# --- spelling: elision and contraction ----------------------------------------------------------------------------

# Before a vowel or a silent h. The h of hibou and haricot is "aspirated": no elision, nor before onze, huit and names in H.
VOWEL = r"(?!hibou|haricot|onze|huit)[aeiouhâàéèêîôûœAEIOU]|y (?=a)"
ELISION = re.compile(rf"(?<![\w'-])([Ll](?=[ea])|(?:[Dd]|[Jj]|[Nn]|[Qq]u)(?=e)). (?={VOWEL})")
CONTRACTION = re.compile(r"(?<![\w'-])([Dd]e|à|À) (le|les) ")
CONTRACTED = {"de le": "du ", "de les": "des ", "à le": "au ", "à les": "aux "}
STARTS_WITH_VOWEL = re.compile(VOWEL)


def polish(words):
    """ "de le oiseau de la amie" -> "De l'oiseau de l'amie": elide first, since "de l'oiseau" must not become "du"."""
    text = ELISION.sub(r"\1'", words)
    text = CONTRACTION.sub(lambda found: CONTRACTED[found[0].strip().lower()], text)
    return text[0].upper() + text[1:]

# --- what goes with what -------------------------------------------------------------------------------------------

# Adjective: the nouns (or, with a star, whole kinds, less those after a minus) that it can describe without being odd.
SUITS = {
    "small": "animals* clothes* house* things* apple pear cake carrot boy girl child",
    "big": "house garden kitchen dog horse cow bear tree car boat hat coat",
    "old": "animals* clothes* house* book letter tree car boat bicycle man woman king queen doctor",
    "young": "animals* man woman king queen doctor -fish",
    "beautiful": "bird horse cat owl house garden room lamp flower tree boat car dress hat queen",
    "good": "food* book knife doctor -egg -bean -water",
    "new": "clothes* house book car boat bicycle",
    "pretty": "dress skirt scarf flower house garden lamp cup",
    "fat": "cat pig rabbit hen duck frog",
    "hot": "soup water milk tea coffee", "cold": "soup water milk meat",
    "fresh": "bread cheese milk butter fish",
    "dry": "clothes*", "clean": "clothes* plate cup knife bottle window", "dirty": "clothes* plate cup knife bottle window bag car",
    "heavy": "box bag book table", "round": "table box plate", "empty": "box bag bottle cup", "light": "bag coat jacket bicycle",
    "broken": "chair window plate cup lamp", "expensive": "clothes* house car boat bicycle lamp table",
    "funny": "book letter hat", "rich": "man woman king", "poor": "man woman",
    "fast": "horse car boat bicycle", "clever": "dog fox",
    "red": "clothes* apple car bicycle boat flower bag box door chair cup",
    "blue": "clothes* car bicycle boat flower bag box door chair cup",
    "green": "clothes* apple car bicycle boat frog bag box door bottle", "yellow": "clothes* car flower bird lamp bag box door pear",
    "black": "clothes* cat dog horse cow bird rabbit hen goat bear car bag table",
    "white": "clothes* cat dog horse cow bird rabbit hen goat bear car table plate flower house",
    "brown": "clothes* cat dog horse cow bird rabbit hen bear bag", "grey": "clothes* cat mouse rabbit donkey horse car bag owl",
    "pink": "dress skirt scarf shirt flower pig hat coat",
}
MASS = set(["bread", "cheese", "soup", "meat", "honey", "salad", "rice", "butter", "water", "milk", "tea", "coffee"])
ALWAYS_PLURAL = set(["bean", "cherry", "shoe", "sock", "glove"])  # nobody eats one bean or wears one sock
PETS = ["cat", "dog", "mouse", "rabbit", "bird", "frog", "hen", "duck"]
SMALL_THINGS = ["book", "letter", "key", "cup", "plate", "hat", "bag", "box", "knife", "bottle", "lamp"]

# Verb: the nouns (or kinds) that it can have as object, and the words that can stand before them.
OBJECTS = {
    "eat": ("food* -water -milk -tea -coffee -honey -butter", "a the"),
    "drink": ("water milk tea coffee", "a"),
    "buy": ("food* clothes* things* house dog horse cow hen goat -tree -letter -water", "a a the"),
    "sell": ("clothes* things* house horse cow hen goat apple cherry honey cheese -tree -letter",
             "a own own the"),
    "look for": ("clothes* book letter key bag knife cup box cat dog", "a the own own"),
    "find": ("clothes* book letter key bag knife bottle flower cat dog egg", "a a the own"),
    "lose": ("key bag book letter hat coat scarf glove knife", "a the own own"),
    "see": ("animals* boat house doctor king queen", "a a the"),
    "wash": ("clothes* plate cup knife car bicycle bottle window dog -shoe", "the own own"),
    "read": ("book letter", "a the own"),
    "write": ("letter", "a a"),
    "open": ("door window box bag letter bottle", "the own"),
    "close": ("door window box bag", "the own"),
    "wear": ("clothes*", "a own"),
}
OWN = {"my": "mon ma mes", "his": "son sa ses", "her": "son sa ses", "our": "notre notre nos", "their": "leur leur leurs"}


def chosen(row):
    """ "clothes* book -shoe" -> the nouns of that kind and the book, without the shoe"""
    words = row.split()
    return [noun for noun in NOUNS.values()
            if (noun.kind + "*" in words or noun.english in words) and "-" + noun.english not in words]


def adjectives_by_noun():
    """{"hat": [Adjective("small", …), …], …}: SUITS read the other way round"""
    table = {name: [] for name in NOUNS}
    for word, row in SUITS.items():
        for noun in chosen(row):
            table[noun.english].append(ADJECTIVES[word])
    return table


SUITABLE = adjectives_by_noun()
OBJECTS = {verb: (chosen(row), determiners.split()) for verb, (row, determiners) in OBJECTS.items()}

# --- noun phrases --------------------------------------------------------------------------------------------------


def inflect(adjective, feminine, plural, before_vowel=False):
    """beautiful -> belle, beaux, belles, or bel before a masculine vowel (un bel oiseau)"""
    if feminine:
        return adjective.feminine + ("s" if plural else "")
    if plural:
        return french_plural(adjective.masculine)
    return adjective.liaison if before_vowel else adjective.masculine


def described(noun, plural, adjectives):
    """("small red cats", "petits chats rouges") for the noun cat, plural, with the adjectives small and red"""
    french = noun.pluriel if plural else noun.french
    vowel = bool(STARTS_WITH_VOWEL.match(french))
    front = [inflect(word, noun.feminine, plural, vowel) for word in adjectives if word.before]
    back = [inflect(word, noun.feminine, plural) for word in adjectives if not word.before]
    english = [word.english for word in adjectives] + [noun.plural if plural else noun.english]
    return " ".join(english), " ".join([*front, french, *back])


def article(determiner, noun, plural, words, adjectives):
    """The French for "the", "a", "any", "this" or "my" before these words: les, un, de, cet, mon"""
    vowel = bool(STARTS_WITH_VOWEL.match(words))
    if determiner == "the":
        return "les" if plural else "la" if noun.feminine else "le"
    if determiner == "any":
        return "de"
    if determiner == "this":
        return "ces" if plural else "cette" if noun.feminine else "cet" if vowel else "ce"
    if determiner in OWN:
        masculine, feminine, many = OWN[determiner].split()
        return many if plural else feminine if noun.feminine and not vowel else masculine  # mon amie, not ma amie
    if plural:
        return "de" if any(word.before for word in adjectives) else "des"  # de petits chats, des chats noirs
    if noun.english in MASS:
        return "de la" if noun.feminine else "de le"
    return "une" if noun.feminine else "un"


def english_article(determiner, noun, plural, words):
    """a cat, an owl, some bread, cats; any bread, these cats"""
    if determiner == "this":
        return "these" if plural else "this"
    if determiner == "a" or determiner == "any":
        if plural or noun.english in MASS:
            return "some" if determiner == "a" else "any"
        return "an" if words[0] in "aeiou" else "a"
    return determiner


def noun_phrase(determiner, noun, plural=False, adjectives=()):
    """("a", cat, True, [small]) -> Phrase("some small cats", "de petits chats", THEY, False)"""
    english, french = described(noun, plural, adjectives)
    return Phrase(english_article(determiner, noun, plural, english) + " " + english,
                  article(determiner, noun, plural, french, adjectives) + " " + french,
                  THEY if plural else HE, noun.feminine)


def some_adjectives(rng, noun, chance=0.6):
    """No adjective, one, or two of which one stands before the noun in French: a small red hat, un petit chapeau rouge."""
    words = SUITABLE[noun.english]
    if not words or rng.random() > chance:
        return []
    first, second = rng.choice(words), rng.choice(words)
    if first.english in ("small", "big", "old", "new") and second in COLOUR_WORDS:
        return [first, second]
    return [first]


def any_number(rng, noun, chance=0.25):
    """Whether to use the plural."""
    return noun.english in ALWAYS_PLURAL or (noun.english not in MASS and rng.random() < chance)

# --- who, when and where -------------------------------------------------------------------------------------------


class World(NamedTuple):
    """What a pattern draws from: the random numbers, the (name, "m" or "f") of the people, and the towns."""

    rng: object
    people: list
    towns: list


PRONOUNS = [Phrase("he", "il", HE), Phrase("she", "elle", HE, True), Phrase("we", "nous", WE),
            Phrase("they", "ils", THEY), Phrase("I", "je", I)]
ON = Phrase("we", "on", HE)  # what people say for nous; its verb is that of il
KIN = ["mother", "father", "sister", "brother", "uncle", "aunt", "son", "daughter", "grandmother", "grandfather"]
FOLK = ["boy", "girl", "woman", "man", "king", "queen", "doctor", "child"]


def named(w):
    name, gender = w.rng.choice(w.people)
    return Phrase(name, name, HE, gender == "f")


def relative(w, owners=("my", "our")):
    """my sister, our uncle; or Anna's sister, la sœur d'Anna"""
    noun = NOUNS[w.rng.choice(KIN)]
    if w.rng.random() < 0.6:
        return noun_phrase(w.rng.choice(owners), noun, noun.english in ("sister", "brother", "son", "daughter") and w.rng.random() < 0.3)
    owner, kin = named(w), noun_phrase("the", noun)
    return Phrase(f"{owner.english}'s {noun.english}", f"{kin.french} de {owner.french}", HE, noun.feminine)


def couple(w):
    """Anna and Otto: they are masculine in French as soon as one of them is."""
    first, second = named(w), named(w)
    if first.english == second.english:
        return first
    return Phrase(f"{first.english} and {second.english}", f"{first.french} et {second.french}", THEY,
                  first.feminine and second.feminine)


def folk(w):
    """the old man, the girls"""
    noun = NOUNS[w.rng.choice(FOLK)]
    plural = noun.english not in ("king", "queen", "doctor") and w.rng.random() < 0.35
    return noun_phrase("the", noun, plural, some_adjectives(w.rng, noun, 0.4))


def friend(w):
    """my friend Anna, mon amie Anna: ma becomes mon before a vowel"""
    name = named(w)
    return Phrase(f"my friend {name.english}", f"mon {'amie' if name.feminine else 'ami'} {name.french}", HE, name.feminine)


def somebody(w):
    """Any subject that is a person, pronouns included."""
    draw = w.rng.random()
    if draw < 0.34:
        return named(w)
    if draw < 0.60:
        return w.rng.choice(PRONOUNS)
    return w.rng.choice((relative, relative, couple, folk, folk, friend))(w)


def asked_about(w):
    """A subject for a question: nobody asks "Do I like cheese?"."""
    subject = somebody(w)
    return named(w) if subject.who == I else subject


def third_party(w):
    """A person or people, but no pronoun: for "who" the sentence is about, when a pronoun would be unclear."""
    return w.rng.choice((named, named, relative, couple, folk, friend))(w)


def own(subject):
    """The possessive for what belongs to the subject."""
    return {I: "my", WE: "our", THEY: "their"}.get(subject.who, "her" if subject.feminine else "his")


UNFIT = {"write": "old heavy big expensive", "buy": "dirty broken empty old", "sell": "dirty broken empty", "eat": "hot cold",
         "wash": "clean", "wear": "heavy small"}


HIS = {"dress": NOUNS["coat"], "skirt": NOUNS["shirt"]}  # what the men of these sentences wear instead


def object_of(w, verb, subject, determiners=None, kinds=None):
    """Something that the verb can have as its object: eat -> some bread, lose -> his key"""
    nouns, usual = OBJECTS[verb]
    noun = w.rng.choice([noun for noun in nouns if kinds is None or noun.kind in kinds])
    determiner = w.rng.choice(determiners or usual)
    if (verb == "wear" or determiner == "own") and not subject.feminine:
        noun = HIS.get(noun.english, noun)
    plural = any_number(w.rng, noun)
    if verb == "wear":  # each wears one: she wears a hat, they wear hats
        plural = noun.english in ALWAYS_PLURAL or subject.who in (WE, THEY)
    words = some_adjectives(w.rng, noun)
    words = [] if any(word.english in UNFIT.get(verb, "").split() for word in words) else words
    return noun_phrase(own(subject) if determiner == "own" else determiner, noun, plural, words)


DAYS = [*WEEKDAYS]
PAST = [("yesterday", "hier"), ("this morning", "ce matin"), ("last week", "la semaine dernière"), ("yesterday evening", "hier soir"),
        *[(f"on {english}", french) for english, french in DAYS], *[(f"last {english}", f"{french} dernier") for english, french in DAYS],
        *[(f"in {english}", f"en {french}") for english, french in MONTHS]]
BRIEF = 18  # what is over in a minute happens at one of the first 18 times, not "in May"
FUTURE = [("tomorrow", "demain"), ("this evening", "ce soir"), ("next week", "la semaine prochaine"), ("tomorrow morning", "demain matin"),
          *[(f"on {english}", french) for english, french in DAYS],
          *[(f"next {english}", f"{french} prochain") for english, french in DAYS],
          *[(f"in {english}", f"en {french}") for english, french in MONTHS]]
OFTEN = [("every day", "tous les jours"), ("every morning", "tous les matins"), ("every evening", "tous les soirs"),
         *[(f"on {english}s", f"le {french}") for english, french in DAYS], ("in summer", "en été"), ("in winter", "en hiver")]
NOW = [("now", "maintenant"), ("today", "aujourd'hui"), ("this morning", "ce matin"), ("this evening", "ce soir")]

SPOTS = [("in the garden", "dans le jardin"), ("in the kitchen", "dans la cuisine"), ("at school", "à la école"),
         ("in the street", "dans la rue"), ("in the forest", "dans la forêt"), ("on the beach", "sur la plage"),
         ("at the station", "à la gare"), ("under the tree", "sous le arbre"), ("in front of the house", "devant la maison"),
         ("behind the church", "derrière la église"), ("at the hospital", "à le hôpital"), ("in the car", "dans la voiture")]
GOALS = [("to the market", "à le marché"), ("to school", "à la école"), ("to the station", "à la gare"),
         ("to the shop", "à le magasin"),
         ("to the church", "à la église"), ("to the beach", "à la plage"),
         ("to the hospital", "à le hôpital"), ("to the river", "à la rivière")]


def moment(w, times, verb):
    """A time that suits the verb: one sells a house in May, but drinks a cup of tea on Monday."""
    return w.rng.choice(times if verb in ("buy", "sell", "find", "lose") else times[:BRIEF])


def home_of(w, before="at"):
    host = w.rng.choice((named, named, relative))(w)
    if host.who == THEY:
        host = named(w)
    return f"{before} {host.english}'s house", f"chez {host.french}"


def bed_place(w):
    """Where one sleeps: not in the street."""
    return w.rng.choice([w.rng.choice([SPOTS[0], SPOTS[4], SPOTS[5], SPOTS[7], SPOTS[11]]), home_of(w)])


def place(w):
    """in the garden, dans le jardin; in Ostrel, à Ostrel; at Otto's house, chez Otto"""
    draw = w.rng.random()
    if draw < 0.4:
        return w.rng.choice(SPOTS)
    if draw < 0.7:
        town = w.rng.choice(w.towns)
        return f"in {town}", f"à {town}"
    return home_of(w)


def goal(w):
    """to the market, au marché; to Ostrel, à Ostrel; to Otto's house, chez Otto"""
    draw = w.rng.random()
    if draw < 0.5:
        return w.rng.choice(GOALS)
    if draw < 0.8:
        town = w.rng.choice(w.towns)
        return f"to {town}", f"à {town}"
    return home_of(w, "to")

# --- verb forms and word order -------------------------------------------------------------------------------------


def be(subject):
    return ("am", "is", "are", "are")[subject.who]


def does(subject):
    return "does" if subject.who == HE else "do"


def now_english(subject, verb):
    return VERBS[verb].third if subject.who == HE else verb


def present(subject, verb):
    return VERBS[verb].present[subject.who]


def agreed(subject, word):
    """allé -> allée, allés, allées"""
    plural = subject.who in (WE, THEY) and not word.endswith("s")
    return word + ("e" if subject.feminine else "") + ("s" if plural else "")


def simple_future(subject, verb):
    """manger -> mangerai, mangera, mangerons, mangeront"""
    return VERBS[verb].future + ("ai", "a", "ons", "ont")[subject.who]


def voices(subject):
    """The subjects that French can use here: on beside nous."""
    return [subject, ON] if subject.who == WE else [subject]


def genders(subject):
    """Both genders where English hides them and the French agrees: je suis allé, je suis allée."""
    if subject.who == I or subject.who == WE:
        return [subject, subject._replace(feminine=True)]
    return [subject]


def negated(verb, rest=""):
    """ "aime", "le pain" -> "ne aime pas le pain"; `polish` makes it n'aime pas"""
    return f"ne {verb} pas {rest}".rstrip()


def timed(w, english, french, time):
    """The time first or last: in English as drawn, in French that order first and then the other."""
    when, quand = time
    fronted = w.rng.random() < 0.4
    orders = [order for core in french for order in ((f"{quand}, {core}", f"{core} {quand}")[::1 if fronted else -1])]
    return (f"{when}, {english}" if fronted else f"{english} {when}"), orders


def asked(subject, verb, rest):
    """Aime-t-elle …, Anna aime-t-elle …: the subject after the verb, with a t between two vowels. Not for je."""
    pronoun = {WE: "nous", THEY: "elles" if subject.feminine else "ils"}.get(subject.who, "elle" if subject.feminine else "il")
    inverted = f"{verb}-t-{pronoun}" if verb[-1] in "aeé" and subject.who == HE else f"{verb}-{pronoun}"
    return f"{inverted} {rest}" if subject in PRONOUNS else f"{subject.french} {inverted} {rest}"


def questions(subject, verb, rest):
    """Est-ce que Anna aime le pain, Anna aime le pain, Anna aime-t-elle le pain"""
    forms = [f"est-ce que {subject.french} {verb} {rest}", f"{subject.french} {verb} {rest}"]
    return forms if subject.who == I else forms + [asked(subject, verb, rest)]

# --- the patterns: each returns English and a list of French, all without capital; "?" at the end makes a question ----

DOING = ["eat", "drink", "wash", "read", "write", "look for", "open", "close", "buy", "sell"]
DONE = ["eat", "drink", "wash", "read", "write", "open", "close", "buy", "buy", "sell", "find", "lose", "see"]
PLACED = {"eat", "drink", "read", "write", "look for"}
ALONE = ["sing", "sleep", "work", "play", "dance", "read"]


def is_doing(w):
    """Anna is eating an apple in the garden."""
    subject, verb = somebody(w), w.rng.choice(DOING)
    thing = object_of(w, verb, subject)
    where, lieu = place(w) if verb in PLACED and w.rng.random() < 0.6 else ("", "")
    rest = f"{thing.french} {lieu}".strip()
    french = [f"{one.french} {present(one, verb)} {rest}" for one in voices(subject)]
    french.append(f"{subject.french} {present(subject, 'be')} en train de {VERBS[verb].french} {rest}")
    return f"{subject.english} {be(subject)} {VERBS[verb].ing} {thing.english} {where}".strip(), french


def does_often(w):
    """My sister drinks hot milk every morning."""
    subject, verb = somebody(w), w.rng.choice(["eat", "eat", "drink", "buy", "read", "wash", "write", "sell"])
    thing = object_of(w, verb, subject, {"wash": ["own"]}.get(verb, ["a"]), {"buy": ["food"], "sell": ["food"]}.get(verb))
    french = [f"{one.french} {present(one, verb)} {thing.french}" for one in voices(subject)]
    return timed(w, f"{subject.english} {now_english(subject, verb)} {thing.english}", french, w.rng.choice(OFTEN))


def did(w):
    """Yesterday, Anna lost her key at the market."""
    subject, verb = somebody(w), w.rng.choice(DONE)
    thing = object_of(w, verb, subject)
    where, lieu = place(w) if verb in ("buy", "find", "lose", "see", "eat", "read") and w.rng.random() < 0.3 else ("", "")
    french = [f"{one.french} {present(one, 'have')} {VERBS[verb].participle} {thing.french} {lieu}".strip()
              for one in voices(subject)]
    return timed(w, f"{subject.english} {VERBS[verb].past} {thing.english} {where}".strip(), french, moment(w, PAST, verb))


def did_not(w):
    """He did not find his key."""
    subject, verb = somebody(w), w.rng.choice(DONE)
    thing = object_of(w, verb, subject, ["the", "own"] if verb not in ("eat", "drink", "see", "buy") else ["any", "the"])
    french = [f"{one.french} {negated(present(one, 'have'), VERBS[verb].participle + ' ' + thing.french)}" for one in voices(subject)]
    english = f"{subject.english} did not {verb} {thing.english}"
    return timed(w, english, french, moment(w, PAST, verb)) if w.rng.random() < 0.4 else (english, french)


def will_do(w):
    """Tomorrow, we are going to sell our old car. We will sell …"""
    subject, verb = somebody(w), w.rng.choice(["eat", "drink", "wash", "read", "write", "buy", "buy", "sell", "see", "wear"])
    thing = object_of(w, verb, subject)
    going = f"{subject.french} {present(subject, 'go')} {VERBS[verb].french} {thing.french}"
    simple = f"{subject.french} {simple_future(subject, verb)} {thing.french}"
    if w.rng.random() < 0.5:
        return timed(w, f"{subject.english} {be(subject)} going to {verb} {thing.english}", [going, simple], moment(w, FUTURE, verb))
    return timed(w, f"{subject.english} will {verb} {thing.english}", [simple, going], moment(w, FUTURE, verb))


def stays_somewhere(w):
    """The boy is singing in the garden this morning."""
    subject, verb = somebody(w), w.rng.choice(ALONE)
    where, lieu = bed_place(w) if verb == "sleep" else place(w)
    french = [f"{one.french} {present(one, verb)} {lieu}" for one in voices(subject)]
    if w.rng.random() < 0.5:
        return timed(w, f"{subject.english} {be(subject)} {VERBS[verb].ing} {where}", french, w.rng.choice(NOW))
    return timed(w, f"{subject.english} {now_english(subject, verb)} {where}", french, w.rng.choice(OFTEN))


def went(w):
    """Last week, Anna went to Ostrel. The verb takes être, and the participle agrees: Anna est allée."""
    subject, verb = somebody(w), w.rng.choice(["go", "go", "arrive", "stay", "leave"])
    if verb == "go":
        where, lieu = goal(w)
    elif verb == "leave":
        town = w.rng.choice(w.towns)
        where, lieu = f"for {town}", f"pour {town}"
    else:
        town = w.rng.choice(w.towns)
        where, lieu = place(w) if verb == "stay" else (f"in {town}", f"à {town}")
    french = [f"{one.french} {present(one, 'be')} {agreed(one, VERBS[verb].participle)} {lieu}" for one in genders(subject)]
    return timed(w, f"{subject.english} {VERBS[verb].past} {where}", french, w.rng.choice(PAST))


def goes(w):
    """On Mondays, the children go to the market."""
    subject, (where, lieu) = somebody(w), goal(w)
    if w.rng.random() < 0.5:
        french = [f"{one.french} {present(one, 'go')} {lieu}" for one in voices(subject)]
        return timed(w, f"{subject.english} {now_english(subject, 'go')} {where}", french, w.rng.choice(OFTEN))
    french = [f"{subject.french} {simple_future(subject, 'go')} {lieu}", f"{subject.french} {present(subject, 'go')} aller {lieu}"]
    return timed(w, f"{subject.english} will go {where}", french, w.rng.choice(FUTURE))


def generic(noun):
    """Things in general: French needs the article. cheese, le fromage; apples, les pommes"""
    many = noun.english not in MASS
    whole = noun_phrase("the", noun, many)
    return whole._replace(english=whole.english.removeprefix("the "))


LIKED = chosen("food* animals* flower book")


def likes(w):
    """Anna likes cheese, but she does not like milk."""
    subject = somebody(w)
    first, second = (generic(noun) for noun in w.rng.sample(LIKED, 2))
    way = w.rng.random()
    likes_it, aime = now_english(subject, "like"), present(subject, "like")
    if way < 0.35:
        return (f"{subject.english} {likes_it} {first.english} and {second.english}",
                [f"{one.french} {present(one, 'like')} {first.french} et {second.french}" for one in voices(subject)])
    if way < 0.7:
        return (f"{subject.english} {likes_it} {first.english}, but not {second.english}",
                [f"{subject.french} {aime} {first.french}, mais pas {second.french}",
                 f"{subject.french} {aime} {first.french} mais {'ne ' + aime + ' pas'} {second.french}"])
    return (f"{subject.english} {does(subject)} not like {first.english}",
            [f"{one.french} {negated(present(one, 'like'), first.french)}" for one in voices(subject)])


def likes_to(w):
    """My brother likes to read in the garden."""
    subject, verb = somebody(w), w.rng.choice(ALONE)
    where, lieu = bed_place(w) if verb == "sleep" else place(w)
    french = [f"{one.french} {present(one, 'like')} {VERBS[verb].french} {lieu}" for one in voices(subject)]
    return f"{subject.english} {now_english(subject, 'like')} to {verb} {where}", french


def asks(w):
    """Does Anna like apples? Is she looking for her hat?"""
    subject = asked_about(w)
    if w.rng.random() < 0.4:
        liked = generic(w.rng.choice(LIKED))
        english = f"{does(subject)} {subject.english} like {liked.english} ?"
        return english, questions(subject, present(subject, "like"), f"{liked.french} ?")
    verb = w.rng.choice(DOING)
    thing = object_of(w, verb, subject)
    english = f"{be(subject)} {subject.english} {VERBS[verb].ing} {thing.english} ?"
    return english, questions(subject, present(subject, verb), f"{thing.french} ?")


def asks_past(w):
    """Did the boy find his key yesterday?"""
    subject, verb = asked_about(w), w.rng.choice(DONE)
    thing = object_of(w, verb, subject)
    french = questions(subject, present(subject, "have"), f"{VERBS[verb].participle} {thing.french} ?")
    return f"did {subject.english} {verb} {thing.english} ?", french


def asks_where(w):
    """Where are my black shoes?"""
    noun = NOUNS[w.rng.choice(SMALL_THINGS + ["shoe", "sock", "coat", "scarf", "cat", "dog", "bicycle", "car"])]
    thing = noun_phrase(w.rng.choice([*OWN, "the"]), noun, any_number(w.rng, noun, 0.3), some_adjectives(w.rng, noun))
    est = present(thing, "be")
    return (f"where {be(thing)} {thing.english} ?",
            [f"où {est} {thing.french} ?", f"{thing.french} {est} où ?",
             f"où se trouve{'nt' if thing.who == THEY else ''} {thing.french} ?"])


def how_many(w):
    """How many apples does Anna buy?"""
    subject, verb = third_party(w), w.rng.choice(["buy", "sell", "want"])
    noun = w.rng.choice([noun for noun in OBJECTS["sell" if verb == "sell" else "buy"][0] if noun.english not in MASS])
    things = f"combien de {noun.pluriel}"
    return (f"how many {noun.plural} {does(subject)} {subject.english} {verb} ?",
            [f"{things} {asked(subject, present(subject, verb), '?')}", f"{things} est-ce que {subject.french} {present(subject, verb)} ?",
             f"{subject.french} {present(subject, verb)} {things} ?"])


# Where things can be: small things and pets on, under and in; the others in front of, behind and in the wide world.
FURNITURE = chosen("table chair bed")
BOXES = chosen("box bag kitchen garden room house car")
LANDMARKS = chosen("house church tree hospital school shop")


def location(w, noun):
    """ "on the table", "sur la table": somewhere this noun can be"""
    if noun.english in ("fish", "boat"):
        return "in the river", "dans la rivière"
    if noun.english in SMALL_THINGS or noun.kind in ("clothes", "food"):
        choices = [("on", "sur", FURNITURE[:1] + chosen("bed chair")), ("under", "sous", FURNITURE), ("in", "dans", BOXES)]
        choices = choices[::2] if noun.kind == "food" else choices
    elif noun.english in PETS:
        choices = [("under", "sous", FURNITURE + chosen("tree")), ("behind", "derrière", LANDMARKS + chosen("door")),
                   ("in front of", "devant", LANDMARKS + chosen("door window")), ("in", "dans", chosen("garden street forest"))]
    else:
        choices = [("behind", "derrière", LANDMARKS), ("in front of", "devant", LANDMARKS), ("in", "dans", chosen("garden forest"))]
    choices = choices[2:] if noun.english in ("bear", "fox", "owl") else choices
    word, mot, nouns = w.rng.choice(choices)
    spot = w.rng.choice([one for one in nouns if not (noun.kind == "food" and one.english in ("bed", "chair", "room", "garden"))] or nouns)
    spot = noun_phrase("the", spot, False, some_adjectives(w.rng, spot, 0.35))
    return f"{word} {spot.english}", f"{mot} {spot.french}"


LOCATED = chosen("animals* clothes*") + chosen(" ".join(SMALL_THINGS)) + chosen("car bicycle boat apple egg cake bread milk cheese honey")


def there_is(w):
    """There is a small red box on the table. Il n'y a pas de chats …"""
    noun = w.rng.choice(LOCATED)
    missing = w.rng.random() < 0.25
    plural = any_number(w.rng, noun, 0.8 if missing else 0.35)
    thing = noun_phrase("any" if missing else "a", noun, plural, some_adjectives(w.rng, noun, 0.3 if missing else 0.6))
    where, lieu = location(w, noun)
    are = be(thing) + (" not" if missing else "")
    avoir = "il ne y a pas" if missing else "il y a"
    return f"there {are} {thing.english} {where}", [f"{avoir} {thing.french} {lieu}", f"{lieu}, {avoir} {thing.french}"]


def is_somewhere(w):
    """The old boat is behind the house."""
    noun = w.rng.choice(LOCATED)
    plural = any_number(w.rng, noun)
    mine = noun.kind not in ("animals", "food")
    thing = noun_phrase(w.rng.choice(["the", "the", *OWN]) if mine else "the", noun, plural,
                        some_adjectives(w.rng, noun))
    where, lieu = location(w, noun)
    french = [f"{thing.french} {present(thing, 'be')} {lieu}"]
    if w.rng.random() < 0.3:
        return f"{thing.english} {be(thing)} not {where}", [f"{thing.french} {negated(present(thing, 'be'), lieu)}"]
    return f"{thing.english} {be(thing)} {where}", french + [f"{thing.french} se trouve{'nt' if plural else ''} {lieu}"]


MOODS = [ADJECTIVES[word] for word in ["tired", "happy", "sad", "sick", "strong", "funny", "clever", "rich", "poor", "fast", "slow"]]


def feels(w):
    """My aunt is tired today. I hide my gender in English, not in French: je suis fatigué, je suis fatiguée."""
    subject, mood = somebody(w), w.rng.choice(MOODS[:4])
    french = [f"{one.french} {present(one, 'be')} {inflect(mood, one.feminine, one.who in (WE, THEY))}" for one in genders(subject)]
    if w.rng.random() < 0.3:
        french = [f"{one.french} {negated(present(one, 'be'), inflect(mood, one.feminine, one.who in (WE, THEY)))}"
                  for one in genders(subject)]
        return timed(w, f"{subject.english} {be(subject)} not {mood.english}", french, NOW[1])
    return timed(w, f"{subject.english} {be(subject)} {mood.english}", french, w.rng.choice(NOW[1:]))


OWNED = chosen("clothes* house bicycle car boat bag book dog cat horse")


def looks(w):
    """Anna's new hat is red. My father's car is not clean."""
    noun, owner = w.rng.choice(OWNED), w.rng.choice((named, relative))(w)
    if owner.who == THEY:
        owner = named(w)
    noun = noun if owner.feminine else HIS.get(noun.english, noun)
    quality = w.rng.choice([word for word in SUITABLE[noun.english] if word.english not in ("good", "pretty", "young", "new")])
    front = [ADJECTIVES["new"]] if quality in COLOUR_WORDS and ADJECTIVES["new"] in SUITABLE[noun.english] and w.rng.random() < 0.5 else []
    plural = noun.english in ALWAYS_PLURAL
    thing = noun_phrase("the", noun, plural, front)
    form = inflect(quality, noun.feminine, plural)
    english = f"{owner.english}'s {thing.english.removeprefix('the ')} {be(thing)}"
    if w.rng.random() < 0.25:
        return f"{english} not {quality.english}", [f"{thing.french} de {owner.french} {negated(present(thing, 'be'), form)}"]
    return f"{english} {quality.english}", [f"{thing.french} de {owner.french} {present(thing, 'be')} {form}"]


COMPARED = {"strong": "stronger", "fast": "faster", "slow": "slower", "rich": "richer", "small": "smaller", "big": "bigger", "old": "older",
            "young": "younger", "sad": "sadder", "happy": "happier", "clever": "more clever", "tired": "more tired", "heavy": "heavier",
            "expensive": "more expensive", "clean": "cleaner", "light": "lighter"}


def compares(w):
    """My brother is stronger than Anna: plus … que, and the adjective agrees with the first."""
    draw = w.rng.random()
    if draw < 0.4:
        first, second = third_party(w), third_party(w)
        words = "strong happy clever tired" + " old young rich" * (" " not in first.english + second.english)
    elif draw < 0.6:
        one, two = w.rng.sample(chosen("dog horse cow goat donkey bear pig sheep rabbit"), 2)
        first, second = noun_phrase("the", one), noun_phrase("the", two)
        words = "strong fast slow old young"
    else:
        one, two = w.rng.sample(chosen("clothes* bag book box car boat bicycle lamp -shoe -sock -glove"), 2)
        first, second = noun_phrase(w.rng.choice(["the", "my", "our", "this"]), one), noun_phrase(w.rng.choice(["the", "my"]), two)
        words = "old expensive light heavy" if one.kind == two.kind == "clothes" else "old expensive"
    word = w.rng.choice(words.split())
    form = inflect(ADJECTIVES[word], first.feminine, first.who == THEY)
    return (f"{first.english} {be(first)} {COMPARED[word]} than {second.english}",
            [f"{first.french} {present(first, 'be')} plus {form} que {second.french}"])


def age(w):
    """Otto is twelve years old: in French he has them."""
    subject, (number, nombre) = w.rng.choice((named, named, relative, friend))(w), w.rng.choice(NUMBERS[2:])
    if any(old in subject.english for old in ("mother", "father", "uncle", "aunt")) or subject.who == THEY:
        subject = named(w)
    if w.rng.random() < 0.4:
        return timed(w, f"{subject.english} will be {number} years old", [f"{subject.french} aura {nombre} ans"], w.rng.choice(FUTURE))
    return f"{subject.english} is {number} years old", [f"{subject.french} a {nombre} ans"]


NEEDS = [("hungry", "faim"), ("thirsty", "soif"), ("cold", "froid"), ("hot", "chaud"), ("afraid", "peur")]


def needs(w):
    """The children are hungry this morning: in French they have hunger."""
    subject, (english, french) = somebody(w), w.rng.choice(NEEDS)
    voiced = [f"{one.french} {present(one, 'have')} {french}" for one in voices(subject)]
    if w.rng.random() < 0.3:
        voiced = [f"{one.french} {negated(present(one, 'have'), french)}" for one in voices(subject)]
        return timed(w, f"{subject.english} {be(subject)} not {english}", voiced, w.rng.choice(NOW))
    return timed(w, f"{subject.english} {be(subject)} {english}", voiced, w.rng.choice(NOW))


BECAUSE = [("eat", "hungry"), ("drink", "thirsty"), ("close", "cold"), ("open", "hot")]


def because(w):
    """The cat is eating a fish because it is hungry: it is il or elle, as the noun is."""
    verb, reason = w.rng.choice(BECAUSE)
    if verb in ("eat", "drink") and w.rng.random() < 0.35:
        animal = NOUNS[w.rng.choice(["cat", "dog", "horse", "cow", "hen", "pig", "rabbit", "bird", "donkey"])]
        subject, it = noun_phrase("the", animal, False, some_adjectives(w.rng, animal)), "it"
        thing = generic(NOUNS["water"])._replace(french="de la eau") if verb == "drink" else Phrase("", "", HE)
    else:
        subject = somebody(w)
        it = subject.english if subject in PRONOUNS else "they" if subject.who == THEY else "she" if subject.feminine else "he"
        window = noun_phrase("the", NOUNS[w.rng.choice(["door", "window"])])
        thing = object_of(w, verb, subject, ["a"]) if verb in ("eat", "drink") else window
    il = {I: "je", WE: "nous"}.get(subject.who, ("elle" if subject.feminine else "il") + ("s" if subject.who == THEY else ""))
    faim = f"{il} {present(subject, 'have')} {dict(NEEDS)[reason]}"
    core = f"{subject.french} {present(subject, verb)} {thing.french}".strip()
    doing = f"{subject.english} {be(subject)} {VERBS[verb].ing} {thing.english}".strip()
    return f"{doing} because {it} {be(subject)} {reason}", [f"{core} parce que {faim}", f"{core} car {faim}"]


def says(w):
    """Anna says that Otto is sick."""
    speaker, subject, mood = asked_about(w), third_party(w), w.rng.choice(MOODS[:4])
    form = inflect(mood, subject.feminine, subject.who == THEY)
    core = f"que {subject.french} {present(subject, 'be')} {form}"
    return (f"{speaker.english} {now_english(speaker, 'say')} that {subject.english} {be(subject)} {mood.english}",
            [f"{speaker.french} {present(speaker, 'say')} {core}"])  # no on: "on dit" means that people say


def wants(w):
    """My brother wants to buy a blue bicycle. They must wash the plates."""
    subject, modal = somebody(w), w.rng.choice(["want", "must", "can"])
    verb = w.rng.choice(["eat", "drink", "buy", "buy", "sell", "read", "write", "wash", "see", "look for", "find"])
    verb = verb if modal != "can" else w.rng.choice(["eat", "buy", "see", "read", "open", "close", "sell"])
    thing = object_of(w, verb, subject)
    english = f"{now_english(subject, 'want')} to" if modal == "want" else modal
    core = f"{VERBS[verb].french} {thing.french}"
    if w.rng.random() < 0.3:
        thing = object_of(w, verb, subject, ["the", "own"])
        refusal = f"{does(subject)} not want to" if modal == "want" else {"must": "must not", "can": "cannot"}[modal]
        core = f"{VERBS[verb].french} {thing.french}"
        return (f"{subject.english} {refusal} {verb} {thing.english}",
                [f"{one.french} {negated(present(one, modal), core)}" for one in voices(subject)])
    return f"{subject.english} {english} {verb} {thing.english}", [f"{one.french} {present(one, modal)} {core}" for one in voices(subject)]


def lives(w):
    """Anna lives in a small house near the river."""
    subject, house = somebody(w), NOUNS["house"]
    home = noun_phrase("a", house, False, some_adjectives(w.rng, house, 0.8))
    town = w.rng.choice(w.towns)
    where, lieu = w.rng.choice([(f"in {town}", f"à {town}"), ("in the forest", "dans la forêt"),
                                ("near the river", "près de la rivière"),
                                ("near the church", "près de la église"), ("near the market", "près de le marché"),
                                ("near the station", "près de la gare"),
                                ("near the hospital", "près de le hôpital"), (f"near {town}", f"près de {town}")])
    vivre = ("vis", "vit", "vivons", "vivent")[subject.who]
    if w.rng.random() < 0.3:
        return (f"{subject.english} {now_english(subject, 'live')} {where}",
                [f"{one.french} {present(one, 'live')} {lieu}" for one in voices(subject)] + [f"{subject.french} {vivre} {lieu}"])
    return (f"{subject.english} {now_english(subject, 'live')} in {home.english} {where}",
            [f"{subject.french} {verb} dans {home.french} {lieu}" for verb in (present(subject, "live"), vivre)])


WEATHER = [("it is cold", "il fait froid"), ("it is hot", "il fait chaud"), ("it is raining", "il pleut"), ("it is snowing", "il neige"),
           ("the weather is beautiful", "il fait beau")]


def weather(w):
    """It is cold in Ostrel today."""
    (english, french), town = w.rng.choice(WEATHER), w.rng.choice(w.towns)
    where, lieu = w.rng.choice([("in the forest", "dans la forêt"), ("on the beach", "sur la plage"), *[(f"in {town}", f"à {town}")] * 5])
    return timed(w, f"{english} {where}", [f"{french} {lieu}"], w.rng.choice(NOW))


GIFTS = chosen("clothes* book letter flower key bag apple cake bicycle cup lamp -shoe -sock -glove -dress -skirt")


def gives(w):
    """Anna gave a red flower to her mother yesterday."""
    subject, verb = somebody(w), w.rng.choice(["give", "give", "show"])
    noun = w.rng.choice(GIFTS)
    plural = noun.kind != "clothes" and noun.english != "bicycle" and any_number(w.rng, noun)
    noun = HIS.get(noun.english, noun) if verb == "show" and not subject.feminine else noun
    gift = noun_phrase(own(subject) if verb == "show" else "a", noun, plural, some_adjectives(w.rng, noun))
    to = w.rng.choice([named(w), noun_phrase(own(subject), NOUNS[w.rng.choice(KIN)]), noun_phrase("the", NOUNS[w.rng.choice(FOLK)])])
    past = [f"{one.french} {present(one, 'have')} {VERBS[verb].participle} {gift.french} à {to.french}" for one in voices(subject)]
    if w.rng.random() < 0.6:
        return timed(w, f"{subject.english} {VERBS[verb].past} {gift.english} to {to.english}", past, w.rng.choice(PAST[:4]))
    return (f"{subject.english} {be(subject)} {VERBS[verb].ing} {gift.english} to {to.english}",
            [f"{one.french} {present(one, verb)} {gift.french} à {to.french}" for one in voices(subject)])


def this_is(w):
    """This is Anna's new coat. These are my shoes."""
    noun = w.rng.choice(OWNED + chosen("key letter cup lamp"))
    owner = w.rng.choice((named, named, relative, folk))(w)
    if owner.who == THEY:
        owner = named(w)
    noun = noun if owner.feminine else HIS.get(noun.english, noun)
    plural = any_number(w.rng, noun)
    thing = noun_phrase("the", noun, plural, some_adjectives(w.rng, noun))
    english, french = f"{owner.english}'s {thing.english.removeprefix('the ')}", f"{thing.french} de {owner.french}"
    if w.rng.random() < 0.3:
        mine = noun_phrase(w.rng.choice(list(OWN)), noun, plural, some_adjectives(w.rng, noun, 1))
        english, french = mine.english, mine.french
    if w.rng.random() < 0.25:
        return f"{'these are' if plural else 'this is'} not {english}", [f"ce ne {'sont' if plural else 'est'} pas {french}"]
    return f"{'these are' if plural else 'this is'} {english}", ["ce sont " + french if plural else "c'est " + french, "voici " + french]


COUNTED = [chosen("cat dog horse cow rabbit hen sheep goat pig"), chosen("brother sister uncle aunt"),
           chosen("hat coat bag book lamp bicycle"), chosen("house car boat bicycle")]


def has(w):
    """We have two black cats and a dog. Anna does not have a bicycle."""
    subject = somebody(w)
    noun, other = w.rng.sample(w.rng.choice(COUNTED), 2)
    if w.rng.random() < 0.35:
        thing = noun_phrase("any", noun, w.rng.random() < 0.3, some_adjectives(w.rng, noun, 0.3))
        return (f"{subject.english} {does(subject)} not have {thing.english}",
                [f"{one.french} {negated(present(one, 'have'), thing.french)}" for one in voices(subject)])
    number, nombre = w.rng.choice(NUMBERS[1:7])
    many = described(noun, True, some_adjectives(w.rng, noun, 0.5))
    second = noun_phrase("a", other, False, some_adjectives(w.rng, other, 0.4))
    english, french = f"{number} {many[0]}", f"{nombre} {many[1]}"
    if w.rng.random() < 0.3:
        english, french = noun_phrase("a", noun, False, some_adjectives(w.rng, noun))[:2]
    return (f"{subject.english} {now_english(subject, 'have')} {english} and {second.english}",
            [f"{one.french} {present(one, 'have')} {french} et {second.french}" for one in voices(subject)])


def wears(w):
    """Today, the queen is wearing a beautiful white dress."""
    subject = somebody(w)
    thing = object_of(w, "wear", subject)
    french = [f"{one.french} {present(one, 'wear')} {thing.french}" for one in voices(subject)]
    return timed(w, f"{subject.english} {be(subject)} wearing {thing.english}", french, w.rng.choice(NOW[1:]))


def animal_does(w):
    """The old dog is sleeping under the table."""
    animal = NOUNS[w.rng.choice(PETS + ["horse", "cow", "sheep", "pig", "fox", "bear", "donkey", "owl"])]
    subject = noun_phrase(w.rng.choice(["the", "my", "our"]) if animal.english in ("cat", "dog", "horse", "cow") else "the", animal,
                          w.rng.random() < 0.3, some_adjectives(w.rng, animal))
    where, lieu = location(w, animal)
    verb = w.rng.choice(["sleep", "sleep", "eat"] + ["sing"] * (animal.english == "bird") + ["play"] * (animal.english in ("cat", "dog")))
    core = f"{present(subject, verb)} {lieu}"
    if w.rng.random() < 0.3:
        return f"{be(subject)} {subject.english} {VERBS[verb].ing} {where} ?", questions(subject, present(subject, verb), lieu + " ?")
    french = [f"{subject.french} {core}", f"{subject.french} {present(subject, 'be')} en train de {VERBS[verb].french} {lieu}"]
    return f"{subject.english} {be(subject)} {VERBS[verb].ing} {where}", french


CLOSING = chosen("shop market school church station hospital")


def is_open(w):
    """The shop in Ostrel is closed on Sundays."""
    town, building, word = w.rng.choice(w.towns), noun_phrase("the", w.rng.choice(CLOSING)), ADJECTIVES[w.rng.choice(["open", "closed"])]
    there = w.rng.random() < 0.7
    english, french = (f"{building.english} in {town}", f"{building.french} de {town}") if there else building[:2]
    form, when = inflect(word, building.feminine, False), w.rng.choice(OFTEN[3:10] + NOW[:2])  # on Sundays, now, today
    if w.rng.random() < 0.3:
        return timed(w, f"{english} is not {word.english}", [f"{french} {negated('est', form)}"], when)
    return timed(w, f"{english} is {word.english}", [f"{french} est {form}"], when)


PATTERNS = [is_doing, does_often, did, did_not, will_do, stays_somewhere, went, goes, likes, likes_to, asks, asks_past, asks_where,
            how_many, there_is, is_somewhere, feels, looks, compares, age, needs, because, says, wants, lives, weather, gives,
            this_is, has, wears, animal_does, is_open]
RARE = {age, weather, is_open, how_many, likes, compares}  # few different sentences: drawn half as often
WEIGHTED = [pattern for pattern in PATTERNS for _ in range(1 if pattern in RARE else 2)]

# Words that may stand twice in a sentence. Another one twice means "Anna at Anna's house".
SMALL_WORDS = set(["the", "a", "an", "some", "any", "my", "his", "her", "our", "their", "to", "is", "are", "am", "in", "of", "and", "not", "does", "do", "i", "he", "she", "we", "they", "it", "that"])


def sane(english):
    """4 to 11 words, and nobody and nothing twice"""
    words = [word for word in re.findall(r"[a-z]+", english.lower().replace("'s", "")) if word not in SMALL_WORDS]
    return 4 <= len(english.replace(" ?", "").split()) <= 11 and len(set(words)) == len(words)


def sentence(rng, people, towns):
    """One English sentence and up to four French translations; the same rng state gives the same pair."""
    world = World(rng, people, towns)
    while True:
        english, french = rng.choice(WEIGHTED)(world)
        if rng.random() < 0.5:
            english = english.replace(" some ", " ")  # English can do without it, French cannot
        if sane(english):
            break
    end = "" if english.endswith("?") else "."
    references = dict.fromkeys(polish(" ".join(words.split())) + end for words in french)  # distinct, order kept
    return Pair(english[0].upper() + english[1:].replace(" ?", "?") + end, tuple(references)[:4])
