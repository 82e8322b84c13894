"""Writes scikit_learn.json into the folder named: labels, and what scikit-learn makes of them."""
import json
import random
import sys

import sklearn
from sklearn.metrics import (accuracy_score, classification_report, confusion_matrix,
                             precision_recall_fscore_support)

out = sys.argv[1]


def case(name, pairs):
    actual = [a for a, p in pairs]; predicted = [p for a, p in pairs]
    labels = sorted(set(actual) | set(predicted), key=lambda s: s.encode())
    report = classification_report(actual, predicted, labels=labels, output_dict=True, zero_division=0)

    def average(kind):
        p, r, f, _ = precision_recall_fscore_support(
            actual, predicted, labels=labels, average=kind, zero_division=0)
        return {"precision": float(p), "recall": float(r), "f1": float(f)}

    rows = {l: {"precision": report[l]["precision"], "recall": report[l]["recall"],
                "f1": report[l]["f1-score"], "support": int(report[l]["support"])} for l in labels}
    return {"name": name, "pairs": pairs, "labels": labels,
            "matrix": confusion_matrix(actual, predicted, labels=labels).tolist(),
            "metrics": {"accuracy": float(accuracy_score(actual, predicted)), "labels": rows,
                        "macro": average("macro"), "micro": average("micro"), "weighted": average("weighted")}}


r = random.Random(7)
mixed = [[f"label {r.choice('abcdefg')}"] * 2 if r.random() < .6 else
         [f"label {r.choice('abcdefg')}", f"label {r.choice('abcdefg')}"] for _ in range(400)]
skewed = [["advert", r.choice(["advert"] * 9 + ["rerun"])] for _ in range(300)] + \
         [["promo", r.choice(["advert", "promo"])] for _ in range(9)] + [["rerun", "promo"]]
cases = [
    case("seven labels", mixed),
    case("one label rules", skewed),
    case("never predicted, never actual", [["a", "b"], ["a", "b"], ["c", "c"], ["b", "d"]]),
    case("all wrong", [["a", "b"], ["b", "a"]]),
    case("all right", [["a", "a"], ["b", "b"], ["b", "b"]]),
    case("sorted by bytes", [["Zoo", "ape"], ["ape", "ape"], ["\u00e9t\u00e9", "Zoo"], ["10", "9"]]),
]
json.dump({"made_by": "scikit-learn " + sklearn.__version__, "cases": cases},
          open(out + "/scikit_learn.json", "w"), indent=None, separators=(",", ":"), ensure_ascii=True)
