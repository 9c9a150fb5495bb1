"""Names that facilities themselves give to a standard's code: what their stored results say beside it.

Found by the index rows of ``Observation.code``, code by code, and not by reading the results: of each code a few. What
the law keeps apart is not looked at.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from gateway.jsontext import loads
from gateway.store.index import PARAMS
from gateway.store.tables import index_token, resource, resource_version
from gateway.terminology.decision import LOINC, SNOMED, is_local
from gateway.terminology.suggestions import Named

MOST_CODES = 5_000  # of all kinds, in the order of their text
EACH = 20  # results of one code
_PARAM = PARAMS["Observation"]["code"]


def names_held(connection: Connection) -> list[Named]:
    """Each name once for a facility and a code."""
    found: dict[Named, None] = {}
    code = ""
    for _ in range(MOST_CODES):  # each step is one descent of the index, however many results have the code
        query = select(func.min(index_token.c.code)).where(index_token.c.param == _PARAM, index_token.c.code > code)
        code = str(connection.execute(query).scalar() or "")
        if not code:
            break
        for system in (LOINC, SNOMED):
            found.update(dict.fromkeys(_of(connection, system, code)))
    return list(found)


def _of(connection: Connection, system: str, code: str) -> list[Named]:
    rows = (
        select(index_token.c.resource_rid)
        .where(index_token.c.param == _PARAM, index_token.c.code == code, index_token.c.system == system)
        .order_by(index_token.c.resource_rid.desc())
        .limit(EACH)
    )
    query = (
        select(resource.c.facility, resource_version.c.body)
        .join_from(resource, resource_version, resource_version.c.rid == resource.c.current)
        .where(resource.c.rid.in_(rows), resource.c.sensitive.is_(False))
        .order_by(resource.c.rid)
    )
    made = []
    for facility, body in connection.execute(query):
        one = loads(body)
        concept = one["code"]
        own = [each for each in concept["coding"] if is_local(each.get("system", ""))]
        names = {str(each["display"]) for each in own if "display" in each} | {str(concept.get("text", ""))} - {""}
        unit = str(one.get("valueQuantity", {}).get("code", ""))
        made += [Named(facility, system, code, name[:200], unit) for name in sorted(names)]
    return made
