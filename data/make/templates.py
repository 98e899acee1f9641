"""The instructions: ten wordings for each task, two of them kept back for testing.

A template has a slot for each field of the example. It ends where the answer begins, and the answer follows
after a space:

    "{review}\\nIs this review positive or negative?"  +  " positive"

All ten of a task ask for the same answers, so only the wording of the instruction is new in a held-out one.
"""

# Task: its cluster, its metric, eight templates for training, and two held out.
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
    ], [
        "Here is a row of words: {items}\nTell me the {which} of them:",
        "What do you find in the {which} place of this list?\n{items}\nYou find",
    ]),
}
