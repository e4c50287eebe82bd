"""Both sides of the benchmark learn from the same list, and the list is like the whole."""

from collections import Counter

import pytest

from benchmarks import models
from benchmarks.examples import SAMPLE, examples, write_examples
from crm_store.example_files import read_examples


def kinds(chosen):
    return Counter((one.intent, one.category, one.language) for one in chosen)


def as_lines(chosen):
    return sorted((one.file, one.intent, str(one.category), str(one.language), one.text) for one in chosen)


def test_both_sides_are_trained_from_one_folder_that_holds_the_sample(tmp_path):
    learnt = models.prepared_examples(SAMPLE, tmp_path)
    for command in (
        models.product_command(learnt, tmp_path),
        models.stock_command(learnt, tmp_path, "stock"),
    ):
        folders = [part for part in command if str(learnt) in part]
        assert folders == [str(learnt)]
    assert as_lines(read_examples(learnt)) == as_lines(examples(SAMPLE))
    assert models.count_in(learnt) == SAMPLE


def test_the_stock_side_reads_no_other_examples():
    rasas_own = (models.STOCK / "data").glob("*.yml")
    assert [
        path.name for path in rasas_own if "intent:" in path.read_text() and "nlu:" in path.read_text()
    ] == []


def test_a_sample_is_the_same_every_time():
    assert examples(SAMPLE) == examples(SAMPLE)


def test_no_kind_is_left_out_and_each_has_its_share():
    everything, sample = examples(None), examples(SAMPLE)
    assert len(sample) == len({(one.file, one.text) for one in sample}) == SAMPLE
    whole, part = kinds(everything), kinds(sample)
    assert set(whole) == set(part)
    share = SAMPLE / len(everything)
    assert all(part[kind] == 1 or abs(part[kind] - share * whole[kind]) <= 1 for kind in whole)


def test_more_than_all_are_all():
    assert examples(10**6) == examples(None)


def test_what_is_written_is_what_is_read(tmp_path):
    (tmp_path / "left_over.yml").write_text("nlu: [{intent: greet, examples: '- an older sample'}]")
    write_examples(examples(SAMPLE), tmp_path)
    assert list(read_examples(tmp_path)) == examples(SAMPLE)


def test_another_sample_is_another_model(tmp_path):
    one, other = (models.prepared_examples(limit, tmp_path) for limit in (400, 401))
    assert models.stock_model(one).name != models.stock_model(other).name
    assert models.stock_model(one) == models.stock_model(models.prepared_examples(400, tmp_path))


@pytest.mark.parametrize(("text", "limit"), [("all", None), ("1200", 1200)])
def test_how_many(text, limit):
    assert models.how_many(text) == limit


@pytest.mark.parametrize("text", ["", "many", "0", "-5", "12"])
def test_too_few_are_refused(text):
    with pytest.raises(ValueError):
        models.how_many(text)


def test_progress_is_read_from_the_log():
    assert models.epochs_in("") == ""
    log = "Starting to train component 'DIETClassifier'.\rEpochs:  3%|▎ | 3/100\rEpochs:  17%|▎ | 17/100"
    assert models.epochs_in(log) == ", DIETClassifier 17 %"
    assert models.epochs_in(log + "\nStarting to train component 'TEDPolicy'.") == ", TEDPolicy"
