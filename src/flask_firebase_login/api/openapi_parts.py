"""What the description of the endpoints is made of.

Source: spec.openapis.org/oas/v3.1.1.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

PROBLEMS = {
    400: "The request cannot be read",
    401: "Nobody is signed in, or the ID token is rejected",
    403: "The user or the page may not do this",
    404: "There is nothing here, or none of this user's",
    409: "Another user is signed in, another account stands in the way, or the account kept changing meanwhile",
    412: "The account is not at the version that If-Match names",
    413: "The body is too large",
    415: "The content type is not supported",
    422: "The account cannot hold this value",
    429: "Too many requests of a kind within a short time",
    503: "Google's keys or the database do not answer; see Retry-After",
}


def make_operation(name: str, summary: str, answers: dict[int, Json], *problems: int, public: bool = False) -> Json:
    """Return an operation: its answers by status, and the problems that it may have."""
    responses = {str(status): answer for status, answer in answers.items()}
    responses |= {str(status): make_problem(PROBLEMS[status]) for status in problems}
    operation: Json = {"operationId": name, "summary": summary, "responses": responses}
    return operation | ({"security": []} if public else {})


def make_parameter(place: str, name: str, schema: Json, description: str) -> Json:
    """Return a parameter; those of the path are required."""
    return {"in": place, "name": name, "required": place == "path", "schema": schema, "description": description}


def make_answer(schema: Json, description: str = "The answer", *, etag: bool = False) -> Json:
    """Return an answer of JSON."""
    headers = {"headers": {"ETag": {"schema": {"type": "string"}}}} if etag else {}
    return {"description": description, "content": {"application/json": {"schema": schema}}} | headers


def make_problem(description: str) -> Json:
    """Return an answer of problem details."""
    return {"description": description, "content": {"application/problem+json": {"schema": make_ref("Problem")}}}


def make_ref(name: str) -> Json:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def make_object(properties: Json, *, optional: tuple[str, ...] = ()) -> Json:
    """Return the schema of an object that has these members and no other."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


NOTHING: Json = {"description": "Done"}
TEXT: Json = {"type": "string"}
TEXT_OR_NULL: Json = {"type": ["string", "null"]}
TIME: Json = {"type": "string", "format": "date-time"}
FLAG: Json = {"type": "boolean"}
TRANSPORT: Json = {"enum": ["cookie", "bearer"]}
APP_CHECK: Json = make_parameter(
    "header", "X-Firebase-AppCheck", TEXT, "The App Check token of the app, where the site looks at it"
)
