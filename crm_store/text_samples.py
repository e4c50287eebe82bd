"""Values with which a text is shown before it is said: the longest that really occur, by their names.

A preview and the tests of the catalogue use them, so that a wording that fits here fits on every phone.
"""

from typing import Any

from crm_store.domain.region import Region
from crm_store.texts import render

# The longest values that really occur, by the name they have in the texts.
LONGEST: dict[str, Any] = {
    "reference": "MALM-4821-7305",
    "other": "MALM-5502-1187",
    "category": "electricity",
    "place": "KwaMxhosa, eduze kwesikole",
    "due_at": "2026-11-25T14:00:00+00:00",
    "trouble": "water.pressure",
    "opens_at": "2026-11-25T05:30:00+00:00",
    "emergency_number": "032 437 6000",
    "hotline": "0800 701 701",
    "account_number": "41006273",
    "meter_number": "WM-90321174",
    "amount": "14560.55",
    "month": "2026-09",
    "reading": "02214",
    "readings": ["02214#OFFPEAK", "01033#PEAK"],
    "register": "OFFPEAK",
    "registers": ["OFFPEAK", "PEAK"],
    "last_reading": "02180",
    "taken_on": "2026-11-25",
    "taken_at": "2026-11-25T10:00:00+00:00",
    "nines": "999999",
    "first": "02196",
    "second": "02214",
    "cost": "14560",
    "resolved_on": "2026-11-25",
    "service": "electricity",
    "use": "1234",
    "unit": "kWh",
    "usual": "980",
    "dials": "5",
    "read_day": "31",
    "sent": "4",
    "account_example": "41006273",
    "person": "Nkosazana Mkhwanazi",
    "agent": "Nompumelelo Dlamini",
    "stage": "waiting_for_citizen",
    "answer": "contact_numbers",
    "asked": "KDM 4821 73O6",
    "referred_to": "kzn_transport",
    "expected_at": "2026-11-25T14:00:00+00:00",
    "started_at": "2026-11-25T05:30:00+00:00",
    "ended_at": "2026-11-25T05:30:00+00:00",
    "follow_up_on": "2026-11-25",
    "phone": "086 003 7566",
    "done": "Kufakwe ipayipi elisha, amanzi abuyile.",
    "reason": "Imitha ifundwe kabili.",
    "question": "Sicela usitshele inombolo yendlu nomgwaqo, nokuthi isango livulwa ngubani?",
}
NESTED: dict[str, Any] = {
    "problem": {"response": "utter_problem_wrong_digits", "values": LONGEST},
    "facts": [
        {"response": f"utter_fact_{name}", "values": LONGEST} for name in ("amount", "month", "account")
    ],
    "offer": {"response": "utter_offer_case", "values": LONGEST},
    "taken_lines": [{"response": "utter_reading_line_used", "values": LONGEST}] * 2,
    "used": {"response": "utter_reading_cost", "values": LONGEST},
    "note": {"response": "utter_reading_dropped"},
    "promise": {"response": "utter_report_to_hear"},
    "when": {"response": "utter_when_promised", "values": LONGEST},
    "cause": {"response": "utter_cause_default", "values": {}},
    "call": {"response": "utter_call", "values": LONGEST},
    "credit": {"response": "utter_credit", "values": LONGEST},
    "matter": {"response": "utter_matter", "values": LONGEST},
    "is_it": {
        "response": "utter_is_it_fixed",
        "values": {"matter": {"response": "utter_matter", "values": LONGEST}},
    },
    "case": {"response": "utter_status_case", "values": LONGEST},
    "lines": [{"response": "utter_own_balance_owed", "values": LONGEST}] * 3
    + [{"response": "utter_own_more", "values": LONGEST}],
    "cases": [{"response": "utter_status_case", "values": LONGEST}] * 3,
}


def longest_text(key: str, language: str, region: Region) -> str:
    """The text with every value at its longest, the department's name included; raises UnknownText."""
    return render(
        key, language, {**LONGEST, **NESTED, "department": _longest_department(region)}, region
    ).text


def _longest_department(region: Region) -> str:
    """The department whose isiZulu name is the longest, as 'KDM/roads'."""
    pairs = [(code, name) for code, one in region.municipalities.items() for name in one.departments]
    return "/".join(max(pairs, key=lambda pair: len(region.department(*pair).name.zu)))
