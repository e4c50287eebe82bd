"""DIET with Rasa's usual sparse featurizers, alone: `python diet.py < job.json` prints what it answers.

A job has `texts` and `labels` to learn, `epochs`, and texts to be `asked`. The answer has the `labels` told,
`train_seconds` and `answer_ms` (CPU) and `megabytes` (of memory, once it stands ready). It runs in the
environment of this folder; `benchmarks/learner.py --peers` asks it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.diet_classifier import DIETClassifier
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.nlu.featurizers.sparse_featurizer.lexical_syntactic_featurizer import LexicalSyntacticFeaturizer
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.utils.tensorflow.environment import setup_tf_environment

# As in config.yml, which is Rasa's own default; without expressions to find, RegexFeaturizer makes nothing.
# A label such as 'complaint+water' says two things, Rasa's way of telling class and category at once.
PIPELINE: list[tuple[type[GraphComponent], dict]] = [
    (WhitespaceTokenizer, {"intent_tokenization_flag": True, "intent_split_symbol": "+"}),
    (LexicalSyntacticFeaturizer, {"alias": "lexical"}),
    (CountVectorsFeaturizer, {"alias": "words"}),
    (CountVectorsFeaturizer, {"alias": "pieces", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4}),
    (DIETClassifier, {"constrain_similarities": True, "entity_recognition": False, "random_seed": 0}),
]


def trained(texts: list[str], labels: list[str], epochs: int, directory: Path) -> list[GraphComponent]:
    """The components, ready to answer."""
    examples = [Message.build(text, label) for text, label in zip(texts, labels, strict=True)]
    data, ready = TrainingData(examples), []
    storage, context = LocalModelStorage(directory), ExecutionContext(GraphSchema({}))
    for number, (kind, own) in enumerate(PIPELINE):
        config = {**kind.get_default_config(), **own}
        if kind is DIETClassifier:
            config["epochs"] = epochs
        resource = Resource(str(number))
        component = kind.create(config, storage, resource, context)
        if hasattr(component, "train"):
            component.train(data)
        if kind is DIETClassifier:  # as a server would: what answers is what was stored
            component = kind.load(config, storage, resource, context)
        else:
            component.process_training_data(data)
        ready.append(component)
    return ready


def answer(components: list[GraphComponent], text: str) -> str:
    """The label told of a text."""
    message = Message.build(text)
    for component in components:
        component.process([message])
    return str(message.get("intent")["name"])


def main() -> None:
    """Does the job on standard input; what the libraries print goes to standard error."""
    job, out = json.load(sys.stdin), os.dup(1)
    os.dup2(2, 1)
    setup_tf_environment()
    with tempfile.TemporaryDirectory() as directory:
        started = time.process_time()
        components = trained(job["texts"], job["labels"], job["epochs"], Path(directory))
        ready = time.process_time()
        answer(components, job["asked"][0])  # the first builds what the others use
        asked = time.process_time()
        labels = [answer(components, text) for text in job["asked"]]
        done = time.process_time()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    answers = {
        "labels": labels,
        "train_seconds": ready - started,
        "answer_ms": 1000 * (done - asked) / len(labels),
        "megabytes": pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
    }
    os.write(out, json.dumps(answers).encode() + b"\n")


if __name__ == "__main__":
    main()
