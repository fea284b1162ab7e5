"""Makes bootstrap.json: sacreBLEU's confidence intervals and paired tests. pip install sacrebleu==2.6.0; python make_bootstrap.py

The sentences are those of metrics.json. NumPy's own draws are recorded as well.
"""

import json
import pathlib

import numpy as np
import sacrebleu
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest

HERE = pathlib.Path(__file__).parent
CORPORA = {corpus["name"]: corpus for corpus in json.loads((HERE / "metrics.json").read_text("utf-8"))["corpora"]}


def interval(corpus, samples):
    hypotheses, references = corpus["hypotheses"], corpus["references"]
    out = {"name": corpus["name"], "samples": samples}
    for name, metric in (("bleu", BLEU()), ("chrf", CHRF())):
        score = metric.corpus_score(hypotheses, references, n_bootstrap=samples)
        out[name] = {"mean": score._mean, "ci": score._ci}
    return out


def paired(name, system, baseline, references, samples):
    metrics = {"bleu": BLEU(references=references), "chrf": CHRF(references=references)}
    _, scores = PairedTest([("baseline", baseline), ("system", system)], metrics, references=None, test_type="bs", n_samples=samples)()
    out = {"name": name, "system": system, "baseline": baseline, "references": references, "samples": samples}
    for key, name in (("bleu", "BLEU"), ("chrf", "chrF2")):
        a, b = scores[name]
        out[key] = {
            "baseline": {"score": a.score, "mean": float(a.mean), "ci": float(a.ci)},
            "system": {"score": b.score, "mean": float(b.mean), "ci": float(b.ci), "p": b.p_value},
        }
    return out


perturbed = CORPORA["perturbed"]
two = CORPORA["two references"]
better = [r if i % 12 == 0 else h for i, (h, r) in enumerate(zip(perturbed["hypotheses"], perturbed["references"][0]))]
golden = {
    "sacrebleu": sacrebleu.__version__,
    "numpy": np.__version__,
    "draws": [
        {"seed": seed, "limit": limit, "values": np.random.default_rng(seed).choice(limit, size=40).tolist()}
        for seed, limit in ((12345, 2000), (12345, 7), (0, 1), (1, 3), (2**32 - 1, 100000), (7, 2**21))
    ],
    "intervals": [interval(perturbed, 1000), interval(perturbed, 100), interval(two, 300), interval(CORPORA["odd"], 200)],
    "paired": [
        paired("a little better", better[:120], perturbed["hypotheses"][:120], [perturbed["references"][0][:120]], 1000),
        paired("the same", two["hypotheses"], two["hypotheses"], two["references"], 200),
        paired("two references", two["references"][0], two["hypotheses"], two["references"], 200),
    ],
}
(HERE / "bootstrap.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1, default=float) + "\n", "utf-8")
