"""What the rules refuse reaches no page in English only: each way by which it could is walked."""

import ast
import re
from pathlib import Path

import pytest

from crm_store.database import transaction
from crm_store.domain.refusals import Refusal
from crm_store.services import planned_work, reading_review, undo  # noqa: F401 (their kinds of refusal)
from crm_store.services.cases import CaseNotFound, MoveRefused
from crm_store.services.confidence import NotForThem
from crm_store.services.stages import add_note
from crm_store.services.undo import CannotUndo
from desk.refusals import REFUSED, plainly, refused
from desk.words import speaking
from tests.desk.conftest import new_user, post, signed_in
from tests.desk.test_cases import NOW, case, deed, flash

__all__ = ["case"]

ROOT = Path(__file__).parents[2]
#: Faults of the municipality's file that no page of the desk can make.
_FILE_ONLY = (
    *("people but suggests at", "regex does not compile", "does not fit the regex", "no such time zone"),
    *("the steps must rise", "more than one segment", "there is no field", "needs its municipality beside"),
    *("the number for any emergency", "the category 'general' is needed", "another municipality's"),
    *("is already the name of", "begins at", "there is no {} {}", "two prices for one register"),
    *("needs 'steps', 'registers', or both",),
)


def _kinds(of: type = Refusal) -> set[str]:
    return {of.__name__}.union(*(_kinds(one) for one in of.__subclasses__()))


def _modules(*folders: str) -> list[tuple[str, ast.Module]]:
    files = sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))
    return [(str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8"))) for file in files]


def _refusals() -> list[tuple[str, ast.Call]]:
    """Where code makes a refusal. Changes of the municipality's data have a CannotUndo of their own, which
    is no Refusal: its pages say in their own words what it means.
    """
    return [
        (f"{name}:{node.lineno}", node)
        for name, tree in _modules("crm_store", "desk")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _kinds()
        and not name.endswith("services/region_changes.py")
    ]


def _code(call: ast.Call) -> ast.Constant:
    """The first text that is given, but for a field's name before it."""
    return call.args[1 if call.func.id == "_BadField" else 0]


def test_every_refusal_has_a_code_with_words_in_both_languages():
    found = _refusals()
    assert len(found) > 60
    for at, call in found:
        code = _code(call)
        assert isinstance(code, ast.Constant), f"{at}: the code is no plain text"
        assert code.value in REFUSED, f"{at}: desk/refusals.py has no words for {code.value!r}"
        given = {word.arg for word in call.keywords}
        wanted = set(re.findall(r"%\((\w+)\)s", REFUSED[code.value]))
        assert wanted <= given, f"{at}: {code.value!r} needs {wanted}"
    assert set(REFUSED) == {_code(call).value for _at, call in found}


@pytest.mark.parametrize("code", REFUSED)
def test_its_words_are_in_isizulu(code):
    values = dict.fromkeys(re.findall(r"%\((\w+)\)s", REFUSED[code]), "7")
    error = MoveRefused(code, "in English", **{name: one for name, one in values.items() if name != "user"})
    if "user" in values:
        return  # by its name: test_who_changed_it_is_named
    assert refused(error) == (REFUSED[code] % values if values else REFUSED[code])
    with speaking("zu"):
        assert refused(error) != REFUSED[code]
        assert "in English" not in refused(error)


def test_what_is_not_known_is_said_in_general():
    for error in (ValueError("boom"), CaseNotFound("there is no case X"), NotForThem("X is confidential")):
        with speaking("zu"):
            said = refused(error)
        assert said not in (str(error), refused(error))


def _messages(*files: str) -> list[str]:
    """The texts of what the validators refuse, {} for each value."""
    found = []
    for file in files:
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ValueError":
                found += [_text(node.args[0])]
            elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
                found += [_text(node.value.elts[1])]
            elif isinstance(node, ast.Assign) and "faults[" in ast.unparse(node.targets[0]):
                found += [_text(node.value)] if isinstance(node.value, (ast.Constant, ast.JoinedStr)) else []
    return found


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(one) for one in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "{}"


def test_what_validators_refuse_has_words_too():
    messages = _messages(
        "crm_store/domain/region.py",
        "crm_store/domain/region_faults.py",
        "crm_store/services/canned_answers.py",
    )
    assert len(messages) > 25
    for message in messages:
        if any(part in message for part in _FILE_ONLY):
            continue
        filled = message.replace("{}", "7")
        assert plainly(filled) != plainly("boom"), message
        with speaking("zu"):
            assert plainly(filled) != plainly("boom"), message


def test_no_page_shows_an_error_as_it_came():
    """`str(error)` is for logs; a page says it in the reader's words, which its own errors have already."""
    for name, tree in _modules("desk"):
        own = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.ExceptHandler) or node.name is None:
                continue
            if node.type is not None and ast.unparse(node.type) in own:
                continue
            logged = {
                id(inner)
                for call in ast.walk(node)
                if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("log.")
                for inner in ast.walk(call)
            }
            shown = [
                one
                for one in ast.walk(node)
                if id(one) not in logged and ast.unparse(one) in (f"str({node.name})", f"{{{node.name}}}")
            ]
            assert not shown, f"{name}:{node.lineno}"


def test_who_changed_it_is_named(client, case):
    new_user("sipho", name="Sipho Khumalo")
    error = CannotUndo("changed_since", "English", reference=case.reference, user="sipho")
    assert refused(error) == f"{case.reference}: not taken back, Sipho Khumalo has changed it since."


def test_at_the_desk_in_isizulu(client, case, region):
    """Undone too late, and many at once of which some are left."""
    user = signed_in(client, "supervisor", language="zu")
    done = deed(client, case, "close", text="withdrawn")
    page = flash(client, done)
    with transaction() as session:
        add_note(session, region, case.reference, "contractor rung", "agent:sipho", NOW)
    answer = post(client, re.search(r"/desk/cases/undo/\d+", page).group(0))
    with speaking("zu"):
        said = refused(CannotUndo("changed_since", "", reference=case.reference, user="sipho"))
    assert said in flash(client, answer)
    assert "not taken back" not in said
    given = {"case": case.reference, "deed": "assign", "to": user.username}
    page = flash(client, post(client, "/desk/cases/many", **given))
    with speaking("zu"):
        assert refused(MoveRefused("reopen_first", "", reference=case.reference)) in page
