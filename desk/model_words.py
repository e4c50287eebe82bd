"""What figures, states and refusals of models are called on their pages."""

from __future__ import annotations

from typing import Any

from crm_store.domain.comparison import Row, verdict
from crm_store.services.models import PublicationRefused
from crm_store.tables import Publication
from desk.training_words import category_name, class_name, language_name
from desk.words import N_, _

STEP_NAMES = {
    "Reading the examples": N_("Reading the examples"),
    "Learning classes and categories": N_("Learning classes and categories"),
    "Learning the languages": N_("Learning the languages"),
    "Reading the rules of the conversation": N_("Reading the rules of the conversation"),
    "Measuring": N_("Measuring"),
}
QUESTION_NAMES = {
    "class": N_("What it is"),
    "category": N_("What it is about"),
    "language": N_("Language"),
}
KIND_NAMES = {
    "installed": N_("came with Phendula"),
    "published": N_("published"),
    "rolled_back": N_("put back"),
}
STATE_NAMES = {
    "waiting": N_("waits for a worker"),
    "running": N_("under way"),
    "done": N_("done"),
    "failed": N_("failed"),
    "cancelled": N_("stopped"),
}
VERDICT_NAMES = {
    "better": N_("better"),
    "worse": N_("worse"),
    "no_difference": N_("no sure difference"),
    "first": N_("nothing to compare with"),
}
_VERDICT_KINDS = {"better": "good", "worse": "bad", "no_difference": "", "first": ""}


def step_name(step: str | None) -> str:
    """How far a training is, in words."""
    return _(STEP_NAMES[step]) if step in STEP_NAMES else step or _("Beginning")


def question_name(question: str) -> str:
    """What is asked of a message."""
    return _(QUESTION_NAMES[question])


def kind_name(publication: Publication) -> str:
    """How a model came into service."""
    return _(KIND_NAMES[publication.kind])


def state_name(state: str) -> str:
    """What became of a job."""
    return _(STATE_NAMES[state])


def verdict_of(row: dict[str, Any]) -> tuple[str, str]:
    """'better', and the badge's colour."""
    found = verdict(Row(**row))
    return _(VERDICT_NAMES[found]), _VERDICT_KINDS[found]


def share(row: dict[str, Any], when: str) -> str:
    """'94.8 %': of the messages how many are right, `before` or `after`."""
    if row[when] is None or not row["messages"]:
        return "-"
    return f"{100 * row[when] / row['messages']:.1f} %"


def difference(row: dict[str, Any]) -> str:
    """'+1.3 (-0.4 to +2.9)': in points, with the range in which the true one lies."""
    if row["before"] is None or not row["messages"]:
        return "-"
    return _(
        "%(points)s (%(low)s to %(high)s)",
        points=f"{Row(**row).points:+.1f}",
        low=f"{100 * row['low']:+.1f}",
        high=f"{100 * row['high']:+.1f}",
    )


def chance(row: dict[str, Any]) -> str:
    """'0.041'."""
    return "-" if row["before"] is None else f"{row['p']:.3f}" if row["p"] >= 0.001 else "< 0.001"


def score(model_scores: dict[str, Any] | None, question: str, language: str) -> str:
    """'94.8 %' of a model's last measurement; a dash where there is none."""
    found = ((model_scores or {}).get(question) or {}).get(language)
    return "-" if found is None else f"{100 * found:.1f} %"


def found_share(counts: dict[str, int], part: str, whole: str) -> str:
    """'95 %' of the entities."""
    return f"{100 * counts[part] / counts[whole]:.0f} %" if counts.get(whole) else "-"


def label_name(question: str, label: str) -> str:
    """A class, category or language in the reader's language."""
    names = {"class": class_name, "category": category_name, "language": language_name}
    return names[question](label)


def falls_in_words(fallen: list[dict[str, Any]]) -> list[str]:
    """'Dispute (held-out messages): 66 > 52 of 70 right'."""
    lines = []
    for fall in fallen:
        is_language = fall["label"] in ("en", "zu", "mixed")
        name = language_name(fall["label"]) if is_language else class_name(fall["label"])
        if is_language and fall["question"] != "language":
            name = f"{name}, {question_name(fall['question'])}"
        on = _("held-out messages") if fall["on"] == "held_out" else _("live messages")
        lines.append(
            _(
                "%(name)s (%(on)s): %(before)s > %(after)s of %(messages)s right",
                name=name,
                on=on,
                before=fall["before"],
                after=fall["after"],
                messages=fall["messages"],
            )
        )
    return lines


def refusal(error: PublicationRefused) -> str:
    """Why a model does not go into service, in the reader's language."""
    return _(REFUSALS[error.why], number=error.model_id)


REFUSALS = {
    "unknown": N_("There is no model %(number)s."),
    "in_service": N_("Model %(number)s is in service already."),
    "no_file": N_("The file of model %(number)s is no longer kept. Train a new one."),
    "other_version": N_(
        "Model %(number)s was made by another version of Phendula, whose rules have changed since."
        " Train a new one."
    ),
    "not_compared": N_("Model %(number)s was not measured beside the one in service. Compare them first."),
    "no_reason": N_("Say why: it stands in the history."),
    "no_earlier": N_("There is no earlier model to go back to."),
    "never_served": N_("Model %(number)s was never in service. Publish it instead."),
    "gate": N_("The gate is closed: say why it goes into service all the same."),
}

MODEL_WORDS = {
    function.__name__: function
    for function in (
        *(step_name, question_name, kind_name, state_name, verdict_of, share, difference, chance, score),
        *(found_share, label_name),
    )
}
