"""Who may open what at the desk, held by rule for every route there is and will be."""

import re

import pytest
from fastapi.routing import APIRoute

from crm_store.domain.roles import PERMISSIONS, ROLES, may
from desk.access import Allowed
from desk.forms import posted, posted_by_anybody
from tests.desk.conftest import client, csrf, signed_in  # noqa: F401 (client is a fixture)
from tests.house.test_routes import DESK, DESK_PUBLIC

#: Forms of who is not signed in yet: their token stands in a cookie instead.
BEFORE_SIGN_IN = {"/desk/sign-in", "/desk/sign-in/code", "/desk/sign-in/language"}
NOBODYS_ID = "0190a7c5-0000-7000-8000-000000000000"


def api_routes(router):
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from api_routes(route.original_router)


def desk_routes():
    from desk.web import routes

    return [
        route
        for route in api_routes(routes())
        if route.path.startswith(DESK) and route.path not in DESK_PUBLIC | BEFORE_SIGN_IN
    ]


def dependencies(dependant):
    """Everything that a route depends on, however deep."""
    for one in dependant.dependencies:
        yield one.call
        yield from dependencies(one)


ROUTES = desk_routes()
IDS = [f"{'/'.join(sorted(route.methods))} {route.path}" for route in ROUTES]


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_every_route_asks_who_it_is_and_every_form_for_its_token(route):
    calls = list(dependencies(route.dependant))
    assert [call for call in calls if isinstance(call, Allowed)], "depends on no allowed(…)"
    if "POST" in route.methods:
        assert posted in calls, "depends on no posted"
    else:
        assert route.methods == {"GET"}


def test_forms_before_sign_in_ask_for_their_token_too():
    from desk.web import routes

    for route in api_routes(routes()):
        if route.path in BEFORE_SIGN_IN and "POST" in route.methods:
            assert posted_by_anybody in dependencies(route.dependant), route.path


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_it_may_and_nothing_else(client, role):  # noqa: F811
    signed_in(client, role)
    token = csrf(client)
    for route in ROUTES:
        needed = {
            call.permission
            for call in dependencies(route.dependant)
            if isinstance(call, Allowed) and call.permission
        }
        if all(may(role, permission) for permission in needed):
            continue
        path = re.sub(r"\{\w+(:\w+)?\}", NOBODYS_ID, route.path)
        if "POST" in route.methods:
            answer = client.post(path, data={"csrf": token})
        else:
            answer = client.get(path)
        assert answer.status_code == 403, (role, route.methods, path)


def test_every_role_may_do_something_and_every_permission_is_somebodys():
    for role in ROLES:
        assert any(may(role, permission) for permission in PERMISSIONS), role
    for permission in PERMISSIONS:
        assert [role for role in ROLES if may(role, permission)] != [], permission
    assert not may("nobody", "cases")
