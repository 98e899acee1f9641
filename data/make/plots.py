"""What can happen in a story, as tables of patterns. stories.py draws from them.

{a}, {b} and {c} are three people, and {A} and {B} introduce the first two: "Marta, a baker from Brindle,".
A sentence that begins with ? may be left out.
"""
from typing import NamedTuple


class Plot(NamedTuple):
    """The sentences of a story, its endings with questions on each, and questions that every ending allows.

    One of the endings is told. A question stands with its answer.
    """

    sentences: list[str]
    endings: list[tuple[list[str], list[tuple[str, str]]]]
    questions: list[tuple[str, str]]
    cast: str = "anyone"  # who `a` may be: anyone, or those with this attribute of Person


LOST = Plot(["(On {day}|On a {sky} {weekday}|One {sky} {day}), {A} lost {a.his} {thing}.",
             "{a.He} (had|used|still had) it at the {place} (in the morning|that morning|before lunch), but "
             "(now|later|by noon) it was (gone|not there).",
             "?{a} was (worried|sad|upset), because (the {thing} was new|it was a present|{a.he} needed it "
             "for work).",
             "{a.He} (looked|searched) (at|all over) the {place2}(| and asked the children there), but (it "
             "was not there|found nothing).",
             "(Then|In the end|At {time}) {a} (met|asked|went to) {B}."],
            [(["{b} had (found|seen) it at the {place3}(| under a {bench}).",
               "They (went|walked|ran) there (together|at once) and (the {thing} was still there|found it).",
               "?{a} (thanked {b}|gave {b} {gift}) and was (happy|glad) again."],
              [("Where was the {thing}?", "At the {place3}."), ("Who helped {a}?", "{b}.")]),
             (["{b} did not know where it was, but (lent {a} another {thing}|gave {a} {b.his} old {thing}).",
               "?(On {later}|Some days later) {a} (bought|got) a new one (for {price} coins|in {town}).",
               "?{a.He} (never found|never saw) the old {thing} again."],
              [("Was the {thing} found?", "No."), ("Who helped {a}?", "{b}.")]),
             (["{b} laughed: the {thing} was in {a.his} own bag (all the time|the whole day).",
               "?{a} (laughed too|had to laugh|was red in the face)."],
              [("Where was the {thing}?", "In {a.his} own bag.")])],
            [("What did {a} lose?", "{a.His} {thing}."), ("When did {a} lose it?", "On {day}."),
             ("Where did {a} look?", "At the {place2}.")])
PRESENT = Plot(["{A} (wanted to give|was looking for something to give) {b} a present.",
                "{b}'s birthday was on {later}, and (there was not much time|it was already {day}).",
                "On {market_day}, {a} (went|took the bus|walked) to the market in {market_town}.",
                "{market_town} is known for its {goods}, (so|and) {a} (bought some|looked at some|chose "
                "some) (| for {price} coins).",
                "?On the way home it (began to rain|was dark|was cold)(, but {a} did not mind|, and {a} "
                "ran).",
                "On {later}, {a} (gave|brought) {b} the present (at the {place}|in the evening|at {time})."],
               [(["{b} (loved it|liked it very much|was very happy).",
                  "?They (ate|shared) {food} and (talked|sang) (until late|all evening)."],
                 [("Did {b} like the present?", "Yes.")]),
                (["{b} (laughed|smiled), because {c} had (given|brought) {b.him} the same thing.",
                  "?But two are better than one, {b} said."],
                 [("Who gave {b} the same thing?", "{c}.")])],
               [("Where did {a} buy the present?", "In {market_town}."),
                ("When was {b}'s birthday?", "On {later}."), ("Who got a present?", "{b}.")])
VISIT = Plot(["{A} had to (go|travel) to {town} to (see {b}|visit {b}|help {b}).",
              "{a.He} (left|started|set out) on {day} at {time} with (a small bag|a heavy bag|some bread "
              "and cheese).",
              "?The (bus|train) was (late|full|slow), and {a} had to (wait|stand) (for an hour|all the "
              "way).",
              "(It was a {sky} day|The day was {sky}|It was a {sky} morning) and (the road was empty|the "
              "fields were {colour}|nobody talked).",
              "In {town} {b} was (waiting|standing) at the {place}."],
             [(["They (ate|had) {food} (together|at the inn) and (talked|spoke) about (old times|the "
                "family|work).",
                "On {later}, {a} (went|came) home again."],
               [("When did {a} come home?", "On {later}.")]),
              (["{b} was ill, so {a} (cooked soup|made tea) and stayed until {later}.",
                "?Then {b} felt (better|well) again."],
               [("Why did {a} stay?", "{b} was ill.")]),
              (["But the last bus home was (gone|full), so {a} slept at (the inn|{b}'s house).",
                "?The bed was (hard|soft), and {a.he} slept (badly|well)."],
               [("Where did {a} sleep?", "In {town}.")])],
             [("Where did {a} go?", "To {town}."), ("Who was waiting there?", "{b}."),
              ("When did {a} leave?", "On {day}.")])
BORROWED = Plot(["{A} needed a {thing} to (finish|do) some work at the {place}.",
                 "(So on {day} {a.he}|On {day} {a}) (went|walked) to {b} and (asked for one|borrowed {b}'s "
                 "{thing}).",
                 "\"(Bring it back on|I need it back on|You can keep it until) {later},\" {b} said(|, and "
                 "{a} promised)."],
                [(["But (on the way|the next day) the {thing} (broke|fell into the water|got lost).",
                   "{a} was (ashamed|afraid|sorry) and (told {b} everything|went to {b} at once).",
                   "{b} was (angry at first|not angry), (but then|and) {b.he} (laughed|smiled).",
                   "?{a} (paid {price} coins for it|bought {b} a new {thing})."],
                  [("What did {a} break or lose?", "The {thing}.")]),
                 (["{a} worked (hard|all day|until {time}) and (brought|gave) it back on {later}.",
                   "?{a.He} also gave {b} {gift}, and {b} was (pleased|glad)."],
                  [("When did {a} bring it back?", "On {later}.")]),
                 (["{later} came, but {a} (forgot|was ill), and {b} had to (wait|come and fetch it).",
                   "?After that {b} never lent {a} (a thing|anything) again."],
                  [("Did {a} bring it back in time?", "No.")])],
                [("What did {a} need?", "A {thing}."), ("Whose {thing} was it?", "{b}'s."),
                 ("Where was the work?", "At the {place}.")])
RACE = Plot(["On {day} there was a (race|swimming race|bike race) in {town}.",
             "{A}, {b} and {c} (took part|wanted to win|were the first to start).",
             "?The weather was {sky}, and (many people came|the whole town was there).",
             "At first {b} was (in front|ahead), (and|but) {c} was (close behind|right behind {b.him}|not "
             "far away).",
             "?(Half way|At the {place}) {c} fell, but got up again."],
            [(["But near the {place2} {a} (passed|was faster than) (them both|the other two) and won.",
               "{b} came second and {c} (came third|was last).", "?{a} (got|won) a cup and {price} coins."],
              [("Who won?", "{a}."), ("Who came second?", "{b}."), ("Who was last?", "{c}.")]),
             (["In the end {b} (won|came first), {a} was second and {c} (third|last).",
               "?{b} was so (tired|happy) that {b.he} (sat down on the road|could not speak)."],
              [("Who won?", "{b}."), ("Who came second?", "{a}."), ("Who was last?", "{c}.")]),
             (["In the end {c} (won|came first), (and {b} was second|just before {b}).",
               "{a} came last, but {a.he} (smiled|did not mind|was not sad)."],
              [("Who won?", "{c}."), ("Who came last?", "{a}."), ("Who came second?", "{b}.")])],
            [("Where was the race?", "In {town}."), ("When was it?", "On {day}.")])
DINNER = Plot(["{b} was coming to dinner on {day}.",
               "{A} knew that {b} likes {b.food} (best|more than anything else).",
               "?But there was (no salt|no butter|nothing) in the house.",
               "So {a} (went|ran|hurried) to the {shop} (at {time}|in the rain|with a big basket)(| and "
               "bought all that {a.he} needed)."],
              [(["{a.He} cooked (all afternoon|for two hours), and the house smelled (good|wonderful).",
                 "When {b} came, they ate (everything|until nothing was left)."],
                [("What did they eat?", "{b.food}.")]),
               (["But {a} (fell asleep|talked too long with {c}), and the food (burned|was black).",
                 "They (laughed and ate bread and cheese|went to the inn)."],
                [("Why did the food burn?", "{a} was not looking.")]),
               (["But {b} (did not come|was ill), and {a} (ate alone|called {c}).",
                 "?(\"So much for me!\" said {c}.|It was good all the same.)"],
                [("Who did not come?", "{b}.")])],
              [("Who cooked?", "{a}."), ("What does {b} like best?", "{b.food}."),
               ("On which day was the dinner?", "On {day}.")])
ILLNESS = Plot(["{A} woke up on {day} with a (fever|sore throat|bad cough|headache).",
                "{a.He} (could not|was too weak to) (work|get up|go out), so {b} (went for|called) "
                "{doctor}, the doctor(| from {doctor.town}).",
                "{doctor} (came|arrived) at {time} and said: \"(Stay in bed|Drink tea|Rest|Sleep) until "
                "{later}.\"",
                "?{b} (cooked soup|brought {food}|read to {a.him}) every day."],
               [(["On {later} {a} (was well|felt fine|could work) again.",
                  "?{a.He} thanked {doctor} with {gift}."],
                 [("When was {a} well again?", "On {later}.")]),
                (["But {a} (went out|went to work) too early and was ill (again|for another week).",
                  "?{doctor} (was not pleased|only shook {doctor.his} head)."],
                 [("Did {a} rest long enough?", "No.")])],
               [("Who was ill?", "{a}."), ("Who was the doctor?", "{doctor}."),
                ("When did {doctor} come?", "At {time}.")])
RUNAWAY = Plot(["{A} has a {a.pet}.",
                "(On {day}|One {sky} {day}) the {a.pet} (ran away|was gone|was not at home).",
                "{a} (searched|looked) everywhere: at the {place}, at the {place2}, (and in the fields|and "
                "by the road).",
                "?{b} helped {a.him}, (but they found nothing|and they asked all the people).",
                "?{a} (could not eat|cried|was very sad)."],
               [(["On {later} the {a.pet} came home (by itself|wet and hungry|as if nothing had happened).",
                  "{a} was (so happy|so glad) that {a.he} (gave it {food}|sang)."],
                 [("When did it come home?", "On {later}.")]),
                (["At {time} {c} (saw|found) it at the {place3} and (brought|carried) it home.",
                  "{a} gave {c} {gift}."],
                 [("Who found the {a.pet}?", "{c}."), ("Where was it?", "At the {place3}.")])],
               [("Which animal does {a} have?", "A {a.pet}."), ("When was it gone?", "On {day}."),
                ("Where did {a} look?", "At the {place} and at the {place2}.")],
               cast="pet")
FESTIVAL = Plot(["{festival_town} has its festival in {festival}.",
                 "This year {A} was to play the {a.instrument} there (on {day}|with {b}|before the mayor).",
                 "{a.He} (practised|played) (every evening|for weeks|day and night), (and|until) {c} (was "
                 "tired of it|knew the song too).",
                 "?{festival_mayor}, the mayor, (gave a speech|welcomed the guests)."],
                [(["{a} was (nervous|afraid), but (played|it went) (very well|better than ever).",
                   "The people (clapped|cheered) and (wanted another song|did not want to go home)."],
                  [("How did {a} play?", "Very well.")]),
                 (["But it rained(|, and hard).",
                   "The people (went home, and only {b} stayed|ran into the church, so {a} played for them "
                   "there)."],
                  [("Why did the people leave?", "It rained.")]),
                 (["But {a} was ill that day, so {b} (sang|played) instead.",
                   "?{b} was not as good, but the people liked it."],
                  [("Who took {a}'s place?", "{b}.")])],
                [("What does {a} play?", "The {a.instrument}."),
                 ("When is the festival in {festival_town}?", "In {festival}.")],
                cast="instrument")
OUTING = Plot(["{A} and {b} (planned|wanted) a (picnic|walk|boat trip) on {day}.",
               "{a} (brought|packed) {food}, and {b} brought {b.his} {thing}.",
               "(At {time} they met|They met) at the {place}."],
              [(["But (dark clouds came|the sky was grey) and it began to (rain|snow).",
                 "So they (ran to|went to) the {place2} and (ate there|played a game there|told stories "
                 "there)."],
                [("Why did they go to the {place2}?", "It began to rain or snow.")]),
               (["The sun (shone|was out), and they (stayed|walked) until the evening.",
                 "?On the way back they saw (a fox|{c}|two wolves)."],
                [("How was the weather?", "The sun was out.")]),
               (["{c} (came along|came too) and (ate most of it|told jokes)(|, as always).",
                 "They went home (late|happy|tired)."],
                [("Who came too?", "{c}.")])],
              [("What did {a} bring?", "{food}."), ("What did {b} bring?", "{b.His} {thing}."),
               ("Where did they meet?", "At the {place}.")])
ORDER = Plot(["{a} is a {a.trade} in {a.town}, (and {a.he} {a.does}|where {a.he} {a.does}).",
              "On {day} {B} came to {a.him} with (a big order|some work).",
              "?\"Can you do it by {later}?\" {b} asked.",
              "(It was a lot of work, but {a} said yes|{a} said no at first, but then yes|{a} said yes at "
              "once)."],
             [(["{a} (worked|was up) until late every (day|evening), and on {later} (all was ready|it was "
                "done).",
                "{b} paid {price} coins and was (content|very happy)."],
               [("When was it ready?", "On {later}."), ("How much did {b} pay?", "{price} coins.")]),
              (["But on {later} it was not ready, (because {a} was ill|for {a} had too much to do).",
                "{b} was (angry|not pleased) and went to {c}."],
               [("Was it ready in time?", "No.")])],
             [("What is {a}'s trade?", "{a.He} is a {a.trade}."), ("Where does {a} live?", "In {a.town}."),
              ("Who came to {a}?", "{b}.")],
             cast="makes")
MOVED = Plot(["{A} put {a.his} {thing} (into a box|on a shelf|under the table) at the {place}.",
              "(While {a.he} was away|When {a.he} was gone), {b} (took|moved) it to the {place2}.",
              "(At {time}|Later) {c} (saw|noticed) it there and (carried|brought) it to the {place3}.",
              "?On {day} {a} came back."],
             [(["{a} looked (first at|at) the {place}, but it was not there.",
                "\"Ask {c},\" said {b}, and so {a} (found it|got it back)."],
               [("Who told {a} to ask {c}?", "{b}.")]),
              (["Now nobody could say where the {thing} was.", "It took {a} a whole (day|week) to find it."],
               [("How long did {a} look?", "A long time.")])],
             [("Where did {a} put the {thing}?", "At the {place}."), ("Who moved it first?", "{b}."),
              ("Who moved it next?", "{c}.")])
LEARNING = Plot(["{A} could not (dance|ride a bike|read a map|draw|sew), but {a.he} wanted to learn it.",
                 "{b} (could do it well|was good at it|had time) and (began to teach|wanted to teach) "
                 "{a.him} on {day} at the {place}.",
                 "The first day was (hard|terrible|no fun), (and|so) {a} wanted to (stop|give up).",
                 "?\"(Do not give up|Try again|You can do it),\" said {b}."],
                [(["But {a} (practised|tried it) every day, and on {later} it went (well|much better).",
                   "?{a} was (proud|happy), and {b} was too."],
                  [("When did it go well?", "On {later}.")]),
                 (["After (two weeks|a month) {a} was (better|quicker) than {b}.",
                   "?{b} (could hardly believe it|laughed)."],
                  [("Who was better in the end?", "{a}.")]),
                 (["But {a} stopped on {later}, and {b} was (sorry|not surprised)."],
                  [("When did {a} stop?", "On {later}.")])],
                [("Who was the teacher?", "{b}."), ("Where did they meet?", "At the {place}."),
                 ("When did they begin?", "On {day}.")])
SALE = Plot(["{a} (wanted to sell|had no more use for) {a.his} old {colour} {thing}.",
             "On {day} {a.he} took it to the {place} at {time}.",
             "{B} (looked at it|liked it) and (offered|wanted to pay) {price} coins.",
             "?\"That is too little,\" said {a}."],
            [(["Then {c} came and (paid|gave) {a} {more} coins(|, and {b} went away without it).",
               "?{b} was (angry|sad) (at first|for a while)."],
              [("Who bought the {thing}?", "{c}."), ("How much did {c} pay?", "{more} coins.")]),
             (["In the end {b} paid {more} coins and took the {thing} home.",
               "?Both were (content|happy) with that."],
              [("Who bought the {thing}?", "{b}."), ("How much did {b} pay?", "{more} coins.")]),
             (["So {b} (went away|bought nothing), and {a} (kept|took home) the {thing}.",
               "?Maybe it was better so."],
              [("Was the {thing} sold?", "No."), ("Who has the {thing} now?", "{a}.")])],
            [("What did {a} want to sell?", "{a.His} {thing}."), ("What colour was it?", "{colour}."),
             ("When was it?", "On {day}.")])

PLOTS = [
    LOST, PRESENT, VISIT, BORROWED, RACE, DINNER, ILLNESS, RUNAWAY, FESTIVAL, OUTING, ORDER, MOVED,
    LEARNING, SALE,
]
