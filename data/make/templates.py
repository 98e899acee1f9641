"""The instructions: 22 wordings for each task, two of them kept back for testing.

A template has a slot for each field of the example. It ends where the answer begins, and the answer follows
after a space:

    "{review}\\nIs this review positive or negative?"  +  " positive"

All of a task ask for the same answers, so only the wording of the instruction is new in a held-out one.
"""

# Task: its cluster, its metric, twenty templates for training, and two held out.
TEMPLATES = {
    "sentiment": ("sentiment", "exact_match", [
        "Is this review positive or negative?\n{review}\nAnswer:",
        "{review}\nIs this review positive or negative?",
        "Read the review and say whether it is positive or negative.\nReview: {review}\nSentiment:",
        "Review: {review}\nDid the writer like it? Answer positive or negative:",
        "Decide if the text is positive or negative.\n\n{review}\n\nDecision:",
        "{review}\n\nChoose one word for the opinion above, positive or negative:",
        "What is the sentiment of the following text, positive or negative?\nText: {review}\nSentiment:",
        "Classify the review as positive or negative: {review}\nClass:",
        "{review}\nSomebody wrote this. Is it a positive or a negative opinion? It is",
        "Say positive or negative: what does the writer of these lines think?\n{review}\nThe writer is",
        "Opinion: {review}\nMark it as positive or negative. Mark:",
        "What kind of review is the next one, a positive or a negative one?\n\n{review}\n\nKind:",
        "{review}\nWould you call that positive or negative? I would call it",
        "Label the review with positive or negative.\n{review}\nLabel:",
        "A guest has written: {review}\nIs the guest's view positive or negative? Reply:",
        "Please sort this review under positive or under negative.\nReview: {review}\nSorted under:",
        "Find out if the following opinion is positive or negative: {review}\nThis opinion is",
        "Positive or negative?\n{review}\nReply:",
        "I read this review: {review}\nSo its author is positive or negative about it? The author is",
        "The next lines are either positive or negative. Which are they?\n{review}\nThey are",
    ], [
        "Here is a review: {review}\nTell me if the writer is positive or negative about it:",
        "Positive or negative? Give the sentiment of this review.\n{review}\nIt is",
    ]),
    "topic": ("classification", "exact_match", [
        "Which topic is this text about: food, weather, music, sport, travel or health?\n{text}\nAnswer:",
        "{text}\nWhat is the topic of the text? Choose food, weather, music, sport, travel or health:",
        "Give the main topic of the text (food, weather, music, sport, travel, health).\nText: {text}\n"
        "Topic:",
        "Text: {text}\nThe topics are food, weather, music, sport, travel and health. Choose the right one:",
        "Classify the text by topic. Use one of food, weather, music, sport, travel, health.\n\n{text}\n\n"
        "Class:",
        "{text}\n\nIs the text mainly about food, weather, music, sport, travel or health?",
        "Name the topic of these lines: {text}\nUse food, weather, music, sport, travel or health. Topic:",
        "Read this and decide on one topic out of food, weather, music, sport, travel and health.\n{text}\n"
        "Decision:",
        "What are these lines about? Say food, weather, music, sport, travel or health.\n{text}\n"
        "They are about",
        "{text}\nI must file this under food, weather, music, sport, travel or health. File it under",
        "Label the text with food, weather, music, sport, travel or health.\n{text}\nLabel:",
        "The subject of a text can be food, weather, music, sport, travel or health. Text: {text}\nSubject:",
        "{text}\n\nWhich of these does it deal with: food, weather, music, sport, travel, health?\n"
        "It deals with",
        "Food, weather, music, sport, travel or health?\n{text}\nReply:",
        "Sort this text into food, weather, music, sport, travel or health: {text}\nSorted into:",
        "Somebody wrote: {text}\nWas it about food, weather, music, sport, travel or health? It was about",
        "Find the subject. It is food, weather, music, sport, travel or health.\n\n{text}\n\nThe subject is",
        "For this text, please write down food, weather, music, sport, travel or health.\nText: {text}\n"
        "Written down:",
        "Text: {text}\n"
        "One word says what that is about, out of food, weather, music, sport, travel, health. Word:",
        "You may answer food, weather, music, sport, travel or health. What is the theme here?\n{text}\n"
        "Theme:",
    ], [
        "Tell me what this text is mostly about: food, weather, music, sport, travel or health.\n"
        "Text: {text}\nIt is about",
        "{text}\nPick the best topic for the text above from food, weather, music, sport, travel, health:",
    ]),
    "entailment": ("inference", "exact_match", [
        "{premise}\nDoes this mean that the next sentence is true? Answer yes, no or maybe.\n{hypothesis}\n"
        "Answer:",
        "Read the text: {premise}\nIs it true that: {hypothesis}\nAnswer yes, no or maybe:",
        "Text: {premise}\nClaim: {hypothesis}\nDoes the claim follow from the text (yes, no, maybe)?",
        "Decide if the claim follows. Choose yes, no or maybe.\nText: {premise}\nClaim: {hypothesis}\n"
        "Decision:",
        "If it is true that: {premise}\nIs the following true too? {hypothesis}\nSay yes, no or maybe:",
        "Claim: {hypothesis}\nText: {premise}\nUse the text to judge the claim with yes, no or maybe:",
        "Given: {premise}\nCan we conclude this? {hypothesis}\nAnswer with yes, no or maybe:",
        "Premise: {premise}\nHypothesis: {hypothesis}\nIs the hypothesis true? yes, no or maybe:",
        "Someone tells you: {premise}\nIs this so? {hypothesis}\nYou say yes, no or maybe:",
        "Facts: {premise}\nStatement: {hypothesis}\nIs the statement right? Mark it yes, no or maybe. Mark:",
        "{premise}\nCan you tell from this whether it holds that: {hypothesis}\nTell yes, no or maybe:",
        "We know: {premise}\nDo we know this as well? {hypothesis}\nOne word, yes, no or maybe:",
        "Compare two sentences and reply yes, no or maybe.\nOne: {premise}\nTwo: {hypothesis}\n"
        "Does two follow?",
        "Is it right to say: {hypothesis}\nWhat is known: {premise}\nYes, no or maybe? Reply:",
        "I have read this: {premise}\nWould it be true to say this? {hypothesis}\n"
        "It would be (yes, no, maybe):",
        "Label the pair with yes, no or maybe.\nFirst sentence: {premise}\nSecond sentence: {hypothesis}\n"
        "Label:",
        "{premise}\n{hypothesis}\n"
        "Does the last sentence follow from what stands before it, yes, no or maybe?",
        "Check the claim against the facts.\nClaim: {hypothesis}\nFacts: {premise}\n"
        "Result, which is yes, no or maybe:",
        "Suppose that: {premise}\nThen what about this: {hypothesis}\nYes, no or maybe? It is",
        "Going by the report, is the remark true? Write yes, no or maybe.\nReport: {premise}\n"
        "Remark: {hypothesis}\nWritten:",
    ], [
        "{premise}\nKnowing this, would you say that the following is right? {hypothesis}\n"
        "Reply yes, no or maybe:",
        "Judge the second text by the first one and reply with yes, no or maybe.\nFirst: {premise}\n"
        "Second: {hypothesis}\nReply:",
    ]),
    "dialogue_summary": ("summarization", "token_f1", [
        "Summarize the dialogue in one sentence.\n{dialogue}\nSummary:",
        "{dialogue}\n\nWrite a summary of this conversation:",
        "Read the conversation and tell in one sentence what happens.\n\n{dialogue}\n\nSentence:",
        "Dialogue:\n{dialogue}\nWhat is the result of the dialogue?",
        "What do these two people agree on or find out?\n{dialogue}\nAnswer:",
        "{dialogue}\nPut this dialogue into one short sentence:",
        "Conversation:\n{dialogue}\nGive the main point of the conversation:",
        "Write one sentence that sums up this talk.\n{dialogue}\nSummary:",
        "What was said here, in one sentence?\n{dialogue}\nIt was said that:",
        "{dialogue}\nTell somebody who was not there what this was about:",
        "Two people talk.\n{dialogue}\nReport it in one sentence:",
        "Make the talk below short.\n\n{dialogue}\n\nShort form:",
        "Talk:\n{dialogue}\nNote for the file:",
        "Please sum up the following dialogue.\n{dialogue}\nSum:",
        "{dialogue}\n\nIn one sentence, what comes out of this?",
        "Write down the outcome of this talk.\n{dialogue}\nOutcome:",
        "The following was said.\n{dialogue}\nThe main thing is this:",
        "Give the gist of these lines.\n{dialogue}\nGist:",
        "I did not hear this talk.\n{dialogue}\nWhat happened, in short?",
        "{dialogue}\nTL;DR:",
    ], [
        "Here is a conversation.\n{dialogue}\nTell me briefly what it was about:",
        "Give a short summary of what the speakers say.\n\n{dialogue}\n\nIn short,",
    ]),
    "translation": ("translation", "token_f1", [
        "Translate into French: {english}\nTranslation:",
        "{english}\nTranslate this sentence into French:",
        "How do you say this in French? {english}\nAnswer:",
        "Give the French translation of the sentence.\nSentence: {english}\nTranslation:",
        "Write this sentence in French.\n\n{english}\n\nFrench sentence:",
        "Sentence: {english}\nWhat is the sentence in French?",
        "Put the following English sentence into French: {english}\nAnswer:",
        "Translate from English to French.\nEnglish sentence: {english}\nFrench sentence:",
        "French for \"{english}\":",
        "Say it in French.\n{english}\nIn French:",
        "{english}\nWhat would that be in French? It would be",
        "Please turn this into French: {english}\nResult:",
        "A friend from Paris asks what this means: {english}\nIn the friend's language:",
        "English: {english}\nNow the same in French:",
        "How would one write the next sentence in French?\n\n{english}\n\nOne would write:",
        "Make a French sentence out of the English one.\nEnglish one: {english}\nFrench one:",
        "Find the French for this: {english}\nFound:",
        "I have to say \"{english}\" to a Frenchman. I say:",
        "Text: {english}\nLanguage wanted: French\nText in that language:",
        "Here is a sentence to translate into French.\n{english}\nIts translation:",
    ], [
        "Here is an English sentence: {english}\nTell me how a French speaker would write it:",
        "I need this in French, please.\n{english}\nFrench translation:",
    ]),
    "multiple_choice": ("knowledge", "exact_match", [
        "Answer the question with one of the options.\nQuestion: {question}\nOptions: {options}\nAnswer:",
        "{question}\nChoose the right answer: {options}\nAnswer:",
        "{question}\nOptions: {options}\nWhich option is right?",
        "Choose the correct option.\n\n{question}\n\n{options}\n\nCorrect option:",
        "Options: {options}\nQuestion: {question}\nAnswer with the right option:",
        "Question: {question}\nOne of these is true: {options}\nIt is",
        "Here are four answers: {options}\nWhich one answers this question? {question}\nAnswer:",
        "Read the question and write down the correct option.\n{question}\n{options}\nOption:",
        "Tell me: {question}\nYou may choose from {options}\nI choose",
        "{question}\nIs it one of these? {options}\nYes, it is",
        "Which is it? {question}\n{options}\nReply:",
        "A quiz question: {question}\nPossible: {options}\nSolution:",
        "Take one of the following. {options}\nIt has to answer: {question}\nTaken:",
        "{options}\nFind among these the answer to the question: {question}\nFound:",
        "Mark the right one.\nAsked: {question}\nOffered: {options}\nMarked:",
        "Question and possible answers: {question} {options}\nThe right one is",
        "Only one of the options is true. {question}\n\n{options}\n\nThe true one:",
        "Please decide. {question}\nChoices: {options}\nDecision:",
        "Somebody asked me: {question}\nI can say {options}\nI should say",
        "What do you know about the valley? {question}\nPick one: {options}\nPicked:",
    ], [
        "Tell me which of the answers is right.\n{question}\nPossible answers: {options}\nRight answer:",
        "I have a question about the valley: {question}\nPick your answer from these: {options}\n"
        "My answer is",
    ]),
    "extraction": ("reading", "exact_match", [
        "Answer the question from the text.\nText: {text}\nQuestion: {question}\nAnswer:",
        "{text}\nAnswer this question with words of the text: {question}\nAnswer:",
        "Read the text and answer the question.\n\n{text}\n\n{question}",
        "Question: {question}\nFind the answer in this text: {text}\nAnswer:",
        "Text: {text}\nUse the text to answer. {question}\nAnswer:",
        "{question} Look it up in the text.\nText: {text}\nAnswer:",
        "Here is a text. {text}\nCopy out the words that answer the question.\n{question}\nWords:",
        "Find the answer.\nText: {text}\nQuestion: {question}\nThe answer is",
        "Tell me: {question}\nIt is written here: {text}\nReply:",
        "I have read this: {text}\nNow I am asked: {question}\nI say",
        "{text}\n{question}\nWrite down what the text says. Written:",
        "Look for this: {question}\n\n{text}\n\nFound:",
        "News: {text}\nA reader asks: {question}\nThe reader is told:",
        "{text}\n\n{question} In the words of the text:",
        "From what follows, find out: {question}\n{text}\nResult:",
        "Question: {question}\nSource: {text}\nWhat the source says:",
        "What does the text say? {question}\nText: {text}\nIt says",
        "Reading: {text}\nQuestion on the reading: {question}\nSolution:",
        "Please answer from these lines. {text}\nAsked: {question}\nAnswered:",
        "Somebody told me: {text}\nSo, {question}\nIt must be",
    ], [
        "Take the answer to the question out of the text below.\nQuestion: {question}\nText: {text}\n"
        "The answer:",
        "{text}\nTell me, going by this text: {question}\nAnswer:",
    ]),
    "symbolic": ("symbolic", "exact_match", [
        "List: {items}\nWhich word is the {which} one?\nAnswer:",
        "{items}\nName the {which} word of this list:",
        "In the following list, what comes {which}?\n{items}\nWord:",
        "Find the {which} word in the list and write it down.\nList: {items}\nWord:",
        "Which word stands {which} here: {items}\nAnswer:",
        "Words: {items}\nThe {which} word is",
        "Look at these words.\n\n{items}\n\nGive the {which} one:",
        "Read the row of words and say which is the {which}. Row: {items}\nIt is",
        "Tell me the {which} word of this: {items}\nIt is",
        "{items}\nWhat is written {which}? Written there is",
        "Take the {which} word out of the row.\nRow: {items}\nTaken:",
        "Here are some words. {items}\nMark the {which} one. Marked:",
        "From the words {items} pick the {which}. Picked:",
        "Which of these comes {which}?\n\n{items}\n\nReply:",
        "I read out: {items}\nThe word that I read {which} was",
        "Row of words: {items}\nWanted: the {which} one\nFound:",
        "Write the {which} of these words: {items}\nWritten:",
        "{items} - of these the {which} is",
        "Say what stands {which} in the list.\nList of words: {items}\nYou say",
        "Please look at the {which} place of the row: {items}\nThere stands",
    ], [
        "Here is a row of words: {items}\nTell me the {which} of them:",
        "What do you find in the {which} place of this list?\n{items}\nYou find",
    ]),
}
