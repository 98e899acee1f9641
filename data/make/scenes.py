"""What can happen in a dialogue, as tables of patterns. dialogues.py draws from them.

The speakers are {a}, who begins, and {b}. {c} is someone they talk about. Where a scene has {day} and
{day2}, {price} and {price2} or {place} and {place2}, the second one replaces the first.
"""
from typing import NamedTuple


class Scene(NamedTuple):
    """The turns of two speakers, the recaps, and closing turns that add nothing new."""

    turns: list[str]
    recaps: list[str]
    closing: list[str]


# --- closing turns --------------------------------------------------------------------------------------
THANKS = ["(Thank you|Thanks|Thank you very much|That is kind of you)(|, {b}).",
          "(You are welcome.|Not at all.|Any time.|My pleasure.)"]
THANKS_BACK = ["(Thanks|Thank you), I (will be careful|will take good care of it).",
               "(Good.|I know you will.|No hurry.|All right.)"]
SORRY = ["(What a pity.|That is a pity.|Oh, I see.|Oh well.|Never mind.)",
         "(Sorry|I am sorry)(|, {a}).(| Maybe another time.| Ask me again next week.)"]
SEE_YOU = ["(I look forward to it.|I am glad.|Great.|Very good.)",
           "(See you soon.|Until then.|Goodbye, {a}.)"]
GLAD = ["(You are welcome.|It is nothing.|I am glad that you like it.)",
        "(See you soon.|Until next time.|Goodbye, {a}.)"]

# --- turns that several scenes share --------------------------------------------------------------------
MEET = ("(Shall we meet|Can we meet|Do you want to meet|Let us meet|Could we meet) at the {place} on "
        "{day}(?|, please?)")
LEND = ("(Can I borrow|Could I borrow|May I borrow|Could you lend me|Can you lend me) your {thing}(|, "
        "please|, {b})?")
WHY = "(What do you need it for?|What is it for?|Why do you need it?|Do you not have one?)"
NEED = ("(Mine is ({ruined}|lost|too old).|My own is ({ruined}|gone|too small).|I have to help {c}.|I need "
        "it for my work.)")
SELL = ("(I am selling my {thing}.|My {thing} is for sale.|Do you want to buy my {thing}?|Would you like to "
        "buy my {thing}?)")
PRICE = "(How much is it?|How much do you want for it?|What does it cost?|What is the price?)"
FAVOUR = "(Could you|Can you|Would you) {chore} for me on {day}(|, please|, {b})?"
INVITE = ("(Would you like to come to|Do you want to come to|Will you come to|Can you come to) {event} on "
          "{day}?")
ABOUT = "I (have to|want to|need to) talk about {event} on {day}."
FAULT = "(The|That) {thing} (you sold me|I bought from you|I got from you) is {fault}."
SEEK = ("(Have you seen my {thing}?|I cannot find my {thing}.|Do you know where my {thing} is?|I have lost "
        "my {thing}.)")

MEETING = [
    Scene([MEET,
           "(Yes|Sure|Good idea|Gladly)(.|, {a}.) (At what time?|What time?|When exactly?)",
           "(At {time}|How about {time}|Shall we say {time}|Is {time} all right)?",
           "(Fine|Good|That is fine|That suits me|All right)(.|, see you at {time}.)"],
          ["{a} and {b} will meet at the {place} on {day} at {time}.",
           "{a} and {b} agree to meet at the {place} on {day} at {time}."],
          SEE_YOU),
    Scene([MEET,
           "(I cannot come on {day}.|{day} is bad for me.|I am busy on {day}.|Not on {day}.) (How "
           "about|What about|Can we say|Is it possible on) {day2}?",
           "(Yes|Sure|All right|Very well), {day2} is (fine|good|better). (At {time}?|Shall we say "
           "{time}?|How about {time}?)",
           "(Fine|Good|Yes, that is fine|That suits me)(.|, see you at {time}.)"],
          ["{a} and {b} will meet at the {place} on {day2} at {time}.",
           "{a} and {b} agree to meet at the {place} on {day2} at {time}."],
          SEE_YOU),
    Scene([MEET,
           "(Yes, but|{day} is good, but|Gladly, but) the {place} is (closed|too far|too loud|always full). "
           "(How about|What about|Why not) the {place2}?",
           "(Good|All right|Fine), (the {place2} then|then at the {place2}|the {place2} is better). (At "
           "{time}?|Shall we say {time}?|How about {time}?)",
           "(Fine|Good|Yes, that is fine|That suits me)(.|, see you at {time}.)"],
          ["{a} and {b} will meet at the {place2} on {day} at {time}.",
           "{a} and {b} agree to meet at the {place2} on {day} at {time}."],
          SEE_YOU),
]

LENDING = [
    Scene([LEND, WHY, NEED,
           "(Yes, of course|Of course|Yes, take it|Gladly), but (bring it back|I need it back|give it back) "
           "on {day}."],
          ["{a} borrows {b}'s {thing} and will bring it back on {day}.",
           "{b} lends {a} the {thing} until {day}."],
          THANKS_BACK),
    Scene([LEND,
           "(Yes, but|Of course, but|Gladly, but) I need it (back|again) on {day}.",
           "(Is {day2} all right too?|Can I keep it until {day2}?|I need it until {day2}. Is that all "
           "right?)",
           "(All right|Fine|Very well|If you must), (on {day2} then|then on {day2}|{day2} is early "
           "enough)."],
          ["{a} borrows {b}'s {thing} and will bring it back on {day2}.",
           "{b} lends {a} the {thing} until {day2}."],
          THANKS_BACK),
    Scene([LEND, WHY, NEED, "(I am sorry, but|Sorry,|I would, but) (it is {ruined}|mine is {ruined} too)."],
          ["{a} wants to borrow {b}'s {thing}, but it is {ruined}.",
           "{b} cannot lend {a} the {thing} because it is {ruined}."],
          SORRY),
    Scene([LEND, WHY, NEED,
           "(I am sorry, but|Sorry,|I would, but) ({c} has it|I lent it to {c}|{c} borrowed it on {day})."],
          ["{a} wants to borrow {b}'s {thing}, but {c} has it.",
           "{b} cannot lend {a} the {thing} because {c} has it."],
          SORRY),
]

BUYING = [
    Scene([SELL, PRICE, "(It is|It costs|I want) {price} coins.",
           "(Good|All right|That is fair|Fine), I will (take|buy) it."],
          ["{b} buys {a}'s {thing} for {price} coins.", "{a} sells {b} the {thing} for {price} coins."],
          THANKS),
    Scene([SELL, PRICE + ' (I can pay|I have|I can give you) {price} coins.',
           "(That is too little.|No, I want more.|It is worth more.) (Give me|Say|I want) {price2} coins.",
           "(Good|All right|Very well|Fine), I will (take|buy) it (for {price2}|for that)."],
          ["{b} buys {a}'s {thing} for {price2} coins.", "{a} sells {b} the {thing} for {price2} coins."],
          THANKS),
    Scene([SELL, PRICE, "(It is|It costs|I want) {price} coins.",
           "(No, thank you|I am sorry|Sorry), (it|that|the {thing}) is too {flaw} for me."],
          ["{b} does not buy {a}'s {thing} because it is too {flaw}.",
           "{a} wants to sell {b} a {thing}, but it is too {flaw}."],
          ["(What a pity.|As you like.|Oh well.|Never mind.)",
           "(Ask {c}.|Maybe {c} wants it.|I am sorry.)"]),
]

FAVOURS = [
    Scene([FAVOUR, "(Why can you not do it?|Are you away?|Where will you be?)",
           "I (will be in {town}|am going to {town}|have to go to {town}) (that day|all day).",
           "(Yes, of course|Of course|Yes, gladly|No problem), I (will do it|can do that)."],
          ["{b} will {chore} for {a} on {day}.", "{a} asks {b} to {chore} on {day}, and {b} agrees."],
          THANKS),
    Scene([FAVOUR,
           "(Not on {day}|I cannot on {day}|{day} is bad for me), but I (can do it|have time) on {day2}.",
           "({day2} is early enough.|{day2} is fine too.|That is all right.|Then on {day2}.)",
           "(Good|Fine|All right), I (will do it|will come) (then|on {day2})."],
          ["{b} will {chore} for {a} on {day2}.",
           "{a} asks {b} to {chore}, and {b} agrees to do it on {day2}."],
          THANKS),
    Scene([FAVOUR, "(Why can you not do it?|Are you away?|Where will you be?)",
           "I (will be in {town}|am going to {town}|have to go to {town}) (that day|all day).",
           "(I am sorry, but|Sorry,|I would, but) {excuse} on {day}."],
          ["{b} cannot {chore} for {a} because {reason}.", "{a} asks {b} to {chore}, but {reason}."],
          SORRY),
]

INVITATIONS = [
    Scene([INVITE,
           "(Yes, gladly|Yes, thank you|Of course|I would love to). (When does it begin?|At what time?|When "
           "should I come?)",
           "(At {time}|It begins at {time}|Come at {time}).",
           "(Good, I will be there.|I will be there at {time}.|Fine. I will bring {gift}.)"],
          ["{a} invites {b} to {event} on {day} at {time}, and {b} accepts.",
           "{b} will come to {event} with {a} on {day} at {time}."],
          SEE_YOU),
    Scene([INVITE, "(When does it begin?|At what time?|When should I come?)",
           "(At {time}|It begins at {time}|It starts at {time}). {c} will come too.",
           "(I am sorry, but|Sorry,|I would love to, but) {excuse} on {day}."],
          ["{a} invites {b} to {event} on {day}, but {reason}.",
           "{b} cannot come to {event} on {day} because {reason}."],
          SORRY),
]

CHANGED_PLANS = [
    Scene([ABOUT,
           "(What is it?|Is something wrong?|Yes?|Has something happened?)",
           "{whya}. (Can we do it|Could we make it|Can we move it to|Shall we say) {day2}?",
           "(Yes, of course|No problem|All right|That is fine), {day2} (is fine|is good|suits me)(| too)."],
          ["{a} and {b} move {event} from {day} to {day2} because {becausea}.",
           "{a} and {b} will have {event} on {day2} and not on {day}."],
          THANKS),
    Scene([ABOUT, "(What is it?|Is something wrong?|Yes?|Has something happened?)",
           "{whya}. I (cannot come|have to stay at home|must cancel).",
           "(What a pity.|Oh no.|That is a pity.) (We will do it another time.|Then another time.|I will "
           "tell the others.)"],
          ["{a} cannot come to {event} on {day} because {becausea}.",
           "{a} cancels {event} on {day} because {becausea}."],
          ["(I am sorry|Sorry)(|, {b}|, really).", "(It does not matter.|Do not worry.|Never mind.)"]),
]

COMPLAINTS = [
    Scene([FAULT,
           "(Are you sure?|Really?|Oh no.|Oh, I am sorry.) (When did you see it?|Let me look.|Can I see "
           "it?|Do you have it here?)",
           "(Look here.|Yes, look at it.|I saw it at home.|See for yourself.) (I am not happy.|I need a "
           "good one.|What will you do?|It cost {price} coins.)",
           "(You are right.|I see.|My mistake.) I will {amends}."],
          ["{a} complains that the {thing} is {fault}, and {b} will {amends2}.",
           "{b} will {amends2} because {a}'s {thing} is {fault}."],
          THANKS),
    Scene([FAULT,
           "(Are you sure?|Really?|Are you serious?) It was (good|fine|in order) on {day}.",
           "(It is not good now.|Look at it.|See for yourself.) (I want my money back.|Give me another "
           "one.|You must repair it.)",
           "(No, I am sorry|I am sorry, no|No). (I cannot do anything.|That is not my fault.|I cannot help "
           "you.)"],
          ["{a} complains that the {thing} is {fault}, but {b} does not help.",
           "{b} does not help although {a}'s {thing} is {fault}."],
          ["(Then I will not come again.|That is not fair.|I will tell {c}.)",
           "(As you like.|I am sorry.|Do that.)"]),
]

GIVING_BACK = [
    Scene(["(Here is your {thing}|I am bringing back your {thing}|I have your {thing} here)(|, {b}).",
           "(Thank you|Thanks|Ah, good). (Was it useful?|Did it help?|Is everything all right?)",
           "(Yes, very|Yes, it was a great help|It was just right). (I have {gift} for you too.|And this is "
           "{gift} for you.|I brought you {gift}.)",
           "(How kind of you!|That is very nice.|Oh, thank you!)"],
          ["{a} gives back {b}'s {thing} and brings {gift}.", "{a} brings {b} the {thing} and {gift}."],
          GLAD),
    Scene(["(Here is your {thing}|I am bringing back your {thing}|I have your {thing} here)(|, {b}).",
           "(Thank you|Thanks|Ah, good). (Was it useful?|Did it help?|Is everything all right?)",
           "(I am sorry, it is {fault} now.|No, it is {fault} now.|Not quite. It is {fault}.) I will {pay}.",
           "(It does not matter.|Good.|All right.|Thank you.)"],
          ["{a} gives back {b}'s {thing}, which is {fault}, and will {pay2}.",
           "{b}'s {thing} is {fault}, and {a} will {pay2}."],
          ["(I am really sorry.|It will not happen again.)", "(It is all right.|Do not worry.)"]),
]

LOOKING_FOR_SOMETHING = [
    Scene([SEEK, "(What does it look like?|Which one?|What colour is it?)",
           "(It is {colour}.|The {colour} one.|It is {colour} and quite old.)",
           "(I saw it|It was|It was lying) at the {place}(| on {day}| yesterday| this morning)."],
          ["{a} is looking for {a.his} {thing}, and {b} saw it at the {place}.",
           "{b} saw {a}'s {thing} at the {place}."],
          THANKS),
    Scene([SEEK,
           "(Is it not at the {place}?|Did you leave it at the {place}?|Have you searched the {place}?)",
           "(It is not there.|I looked there.|I have just been there.)",
           "Then (ask {c}|maybe {c} has it|{c} must have it|I think {c} took it)."],
          ["{a} is looking for {a.his} {thing}, and {b} thinks that {c} has it.",
           "{b} thinks that {c} has {a}'s {thing}."],
          THANKS),
]

TRAVEL = [
    Scene(["(When does the bus to {town} leave|When is the next bus to {town}|At what time is there a bus "
           "to {town})?",
           "(On which day|When do you want to go|For which day)?",
           "(On {day}, please|I want to go on {day}|I have to go on {day}(|, early)).",
           "(It leaves|There is one|The bus leaves) at {time}(.| from the {place}.| on {day}.)"],
          ["{b} tells {a} that the bus to {town} leaves at {time} on {day}.",
           "{a} wants to go to {town} on {day}, and the bus leaves at {time}."],
          THANKS),
]

SCENES = [
    *MEETING, *LENDING, *BUYING, *FAVOURS, *INVITATIONS, *CHANGED_PLANS, *COMPLAINTS, *GIVING_BACK,
    *LOOKING_FOR_SOMETHING, *TRAVEL,
]
