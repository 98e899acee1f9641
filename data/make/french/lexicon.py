"""The words that the sentences are made of, as tables of text. words.py reads them.

    nouns         English, French, gender: "mouse/mice souris f". A slash begins an irregular English plural.
    adjectives    English, masculine, feminine, and the masculine before a vowel where that differs:
                  "beautiful beau belle bel", as in "un beau chat" and "un bel oiseau".
    verbs         English and its past | infinitive, the present with je, il, nous and ils, participle,
                  and the stem of the future where it is irregular.
"""

NOUNS_IN = {
    "animals": """
        cat chat m, dog chien m, horse cheval m, cow vache f, bird oiseau m, fish/fish poisson m,
        mouse/mice souris f, rabbit lapin m, hen poule f, duck canard m, sheep/sheep mouton m,
        goat chèvre f, owl hibou m, pig cochon m, fox renard m, bear ours m, donkey âne m,
        frog grenouille f""",
    "food": """
        apple pomme f, pear poire f, egg œuf m, cake gâteau m, orange orange f, carrot carotte f,
        bean haricot m, tomato tomate f, cherry cerise f, bread pain m, cheese fromage m, soup soupe f,
        meat viande f, honey miel m, salad salade f, rice riz m, butter beurre m, water eau f,
        milk lait m, tea thé m, coffee café m""",
    "family": """
        mother mère f, father père m, sister sœur f, brother frère m, uncle oncle m, aunt tante f,
        son fils m, daughter fille f, grandmother grand-mère f, grandfather grand-père m""",
    "people": """
        man/men homme m, woman/women femme f, boy garçon m, girl fille f, child/children enfant m,
        king roi m, queen reine f, doctor médecin m, friend ami m""",
    "house": """
        house maison f, garden jardin m, kitchen cuisine f, room chambre f, table table f, chair chaise f,
        bed lit m, door porte f, window fenêtre f, plate assiette f, cup tasse f, lamp lampe f, key clé f,
        bag sac m, box boîte f, knife couteau m, bottle bouteille f""",
    "things": """
        book livre m, letter lettre f, flower fleur f, tree arbre m, car voiture f, boat bateau m,
        bicycle vélo m""",
    "clothes": """
        hat chapeau m, coat manteau m, shirt chemise f, dress robe f, shoe chaussure f, skirt jupe f,
        scarf écharpe f, sock chaussette f, glove gant m, jacket veste f""",
    "places": """
        market marché m, school école f, church église f, station gare f, shop magasin m, beach plage f,
        hospital hôpital m, river rivière f, bridge pont m, street rue f, forest forêt f, town ville f""",
}

# French puts these before the noun ("un petit chat"), and all others after it ("un chat noir").
BEFORE = """
    small petit petite, big grand grande, beautiful beau belle bel, old vieux vieille vieil,
    young jeune jeune, good bon bonne, new nouveau nouvelle nouvel, pretty joli jolie, fat gros grosse"""
AFTER = """
    tired fatigué fatiguée, happy heureux heureuse, sad triste triste, sick malade malade,
    strong fort forte, fast rapide rapide, slow lent lente, clean propre propre, dirty sale sale,
    hot chaud chaude, cold froid froide, expensive cher chère, heavy lourd lourde, light léger légère,
    round rond ronde, empty vide vide, open ouvert ouverte, closed fermé fermée, broken cassé cassée,
    funny drôle drôle, clever intelligent intelligente, fresh frais fraîche, dry sec sèche,
    rich riche riche, poor pauvre pauvre"""
COLOURS = """
    red rouge rouge, blue bleu bleue, green vert verte, yellow jaune jaune, black noir noire,
    white blanc blanche, brown brun brune, grey gris grise, pink rose rose"""

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

NUMBERS_IN = """
    one un, two deux, three trois, four quatre, five cinq, six six, seven sept, eight huit, nine neuf,
    ten dix, eleven onze, twelve douze, thirteen treize, fourteen quatorze, fifteen quinze, sixteen seize,
    seventeen dix-sept, eighteen dix-huit, nineteen dix-neuf, twenty vingt"""
WEEKDAYS_IN = """
    Monday lundi, Tuesday mardi, Wednesday mercredi, Thursday jeudi, Friday vendredi, Saturday samedi,
    Sunday dimanche"""
MONTHS_IN = """
    January janvier, February février, March mars, April avril, May mai, June juin, July juillet,
    August août, September septembre, October octobre, November novembre, December décembre"""
TIMES_IN = """
    day jour, morning matin, evening soir, week semaine, summer été, winter hiver, yesterday hier,
    today aujourd'hui, tomorrow demain, now maintenant"""
