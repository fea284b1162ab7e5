"""Makes metrics.json: what sacreBLEU says of sentences, perturbed on purpose. pip install sacrebleu==2.6.0; python make_goldens.py"""

import json
import pathlib
import random

import sacrebleu
from sacrebleu.metrics import BLEU, CHRF

HERE = pathlib.Path(__file__).parent
random.seed(20240611)


def lines(language):
    return (HERE.parent / "tatoeba" / f"devtest.{language}").read_text("utf-8").rstrip("\n").split("\n")


def perturb(text):
    """A translation as bad models make it: words dropped, doubled, swapped, glued, in another case."""
    words = text.split(" ")
    for _ in range(random.choice([0, 1, 1, 2, 4])):
        i = random.randrange(len(words))
        kind = random.randrange(6)
        if kind == 0 and len(words) > 1:
            del words[i]
        elif kind == 1:
            words.insert(i, words[random.randrange(len(words))])
        elif kind == 2:
            random.shuffle(words)
        elif kind == 3:
            words[i] = words[i].upper()
        elif kind == 4:
            words[i] = words[i][::-1]
        else:
            words[i] += random.choice([",", ".", "!", "-1", "3,5", " ..."])
    return " ".join(words)


ODD = [
    ("", "Hello there, my friend."),
    ("Hello there, my friend.", ""),
    ("", ""),
    ("   ", " \t"),
    ("&quot;Tom &amp; Jerry&quot; &lt;skipped&gt; <skipped> it&apos;s &amp;lt;", "\"Tom & Jerry\" it's <"),
    ("It costs 1,000.50 dollars, i.e. -3.5% of 12-13 (or 7/8).", "It costs 1,000.5 dollars i.e. -3.5 % of 12 - 13, or 7/8."),
    ("Straße ẞ İstanbul ΟΔΥΣΣΕΥΣ", "STRASSE ß istanbul Οδυσσευς"),
    ("u\u0308ber \u00fcber \U0001f600\U0001f600 ok", "\u00fcber u\u0308ber \U0001f600 ok!"),
    ("a\u00a0b\u2003c\u3000d\ufeffe\u200bf\x1cg\x85h", "a b c d\ufeffe\u200bf g h"),
    ("end-\nof line\nbreak  ", "endof line break"),
    ("\u201eGut\u201c, \u2014 sagte\u2026 \u00bbja\u00ab \u20ac5 \u00a72 x\u00b2 5\u00b0C", "\u201eGut\u201c sagte \u00bbja\u00ab, \u20ac 5 \u00a7 2 x\u00b2 5 \u00b0C"),
    ("\u4f60\u597d\uff0c\u4e16\u754c\u3002", "\u4f60\u597d\u4e16\u754c\u3002"),
    ("(hi) 'tis [x] {y} ~z` a_b c^d e|f", "(hi ) 'tis [ x ] y z a b c d e f"),
    ("the the the the the the the", "the cat is on the mat"),
    ("a", "a"),
    ("a b", "a b c d"),
    ("a b c d e f", "a b"),
    ("9.", "9 ."),
    ("...,,,---", ".,-"),
    ("B.A. 3.a a.3 ,b c, 1,2 -4 5- 6-7", "B . A . 3 .a a. 3"),
]

DE, EN = lines("de"), lines("en")
PERTURBED = [perturb(line) for line in EN]
SECOND = [perturb(line) for line in EN]
ODD_HYP, ODD_REF = [h for h, _ in ODD], [r for _, r in ODD]

# hypotheses and streams of references; slices of the sentences are named, not copied
CORPORA = {
    "perturbed": (PERTURBED[:300], [EN[:300]]),
    "two references": (PERTURBED[300:400], [EN[300:400], SECOND[300:400]]),
    "references that differ in number": (PERTURBED[400:410], [EN[400:410], [None if i % 3 else s for i, s in enumerate(SECOND[400:410])]]),
    "german against english": (DE[:200], [EN[:200]]),
    "equal": (DE[500:520], [DE[500:520]]),
    "odd": (ODD_HYP, [ODD_REF]),
    "odd, three references": (ODD_HYP, [ODD_REF, ODD_REF[1:] + ODD_REF[:1], ODD_HYP[::-1]]),
    "one short": (["Yes."], [["Yes!"]]),
    "three words": (["a b c"], [["a b c"]]),
    "no word right": (["x y z w v"], [["a b c d e"]]),
    "no 4-gram right": (["a b c x d e f y"], [["a b c z d e f w"]]),
    "all empty": (["", ""], [["a b", "c"]]),
}

BLEU_OPTIONS = [
    {"tokenize": tokenize, "lowercase": lowercase, "smooth_method": smooth, "effective_order": effective}
    for tokenize in ("13a", "intl", "char", "none")
    for lowercase, smooth, effective in (
        (False, "exp", False),
        (True, "exp", True),
        (False, "floor", True),
        (True, "add-k", False),
        (False, "none", False),
        (True, "none", True),
    )
] + [{"smooth_method": "floor", "smooth_value": 0.025}, {"smooth_method": "add-k", "smooth_value": 2.5}]
CHRF_OPTIONS = [
    {},
    {"word_order": 2},
    {"word_order": 2, "lowercase": True},
    {"word_order": 1, "beta": 3, "eps_smoothing": True},
    {"char_order": 4, "whitespace": True},
    {"char_order": 1, "beta": 1, "word_order": 3},
]


def bleu(score, metric):
    return {
        "score": score.score,
        "precisions": score.precisions,
        "bp": score.bp,
        "ratio": score.ratio,
        "sysLen": score.sys_len,
        "refLen": score.ref_len,
        "format": score.format(signature=str(metric.get_signature())),
    }


def chrf(score, metric):
    return {"score": score.score, "format": score.format(signature=str(metric.get_signature()))}


def corpus(name, hypotheses, references):
    result = {"name": name, "hypotheses": hypotheses, "references": references, "bleu": [], "chrf": []}
    for options in BLEU_OPTIONS:
        metric = BLEU(**options)
        result["bleu"].append({"options": options, **bleu(metric.corpus_score(hypotheses, references), metric)})
    for options in CHRF_OPTIONS:
        metric = CHRF(**options)
        result["chrf"].append({"options": options, **chrf(metric.corpus_score(hypotheses, references), metric)})
    return result


def sentences():
    pairs = ODD + list(zip(PERTURBED[600:630], EN[600:630]))
    for hypothesis, reference in pairs:
        metric = BLEU(effective_order=True)
        other = CHRF(word_order=2)
        yield {
            "hypothesis": hypothesis,
            "reference": reference,
            "bleu": metric.sentence_score(hypothesis, [reference]).score,
            "chrf": other.sentence_score(hypothesis, [reference]).score,
        }


ROUNDED = [0.5, 1.5, 2.5, 6.25, 6.35, 0.125, 0.375, 33.333333, 0.0005, 1e-9, 100.0, 99.95, 12.345, 3.0625]

golden = {
    "sacrebleu": sacrebleu.__version__,
    "corpora": [corpus(name, *texts) for name, texts in CORPORA.items()],
    "sentences": list(sentences()),
    "rounded": [{"value": v, "digits": d, "text": f"{v:.{d}f}"} for v in ROUNDED for d in range(4)],
}
(HERE / "metrics.json").write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")) + "\n", "utf-8")
