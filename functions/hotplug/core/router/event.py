"""API Gateway's requests and responses: payload format 1.0 (REST APIs) and 2.0 (HTTP APIs, function URLs)."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from hotplug.core.errors import UnreadableError

type Event = Mapping[str, Any]
type Json = dict[str, Any]

VERSION_HEADER = "x-hotplug-version"
"""Names the version in a request; in a response, the version that served it."""
VERSION_COOKIE = "hotplug-version"
MAX_BYTES = 6 * 1024 * 1024
"""Limit of the request and of the response of a synchronous Lambda call (Lambda quotas)."""
STREAM_DELIMITER = b"\0" * 8
"""End of the prelude of a streamed response, which a buffered call returns with the rest of the payload."""
STATUS = re.compile(r"[1-5][0-9]{2}")
"""API Gateway accepts a number or a string."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request as API Gateway sends it. `is_v2` is payload format 2.0."""

    event: Event
    is_v2: bool

    @staticmethod
    def of(event: Event) -> "Incoming":
        """Read an event; raises UnreadableError if it is no API request."""
        event = _mapping(event)
        context = event.get("requestContext")
        if event.get("version") == "2.0" and isinstance(context, Mapping) and "http" in context:
            return Incoming(event, is_v2=True)
        if isinstance(context, Mapping) and isinstance(event.get("httpMethod"), str):
            return Incoming(event, is_v2=False)
        raise UnreadableError("the event is no request of API Gateway in payload format 1.0 or 2.0")

    def header(self, name: str) -> tuple[str, ...]:
        """Values of a header; its name is case-insensitive."""
        found = [values for key, values in self._headers() if key.lower() == name.lower()]
        return tuple(value for values in found for value in values)

    def query(self, name: str) -> tuple[str, ...]:
        """Values of a query parameter; its name is case-sensitive."""
        if self.is_v2:
            return tuple(unquote_plus(pair.partition("=")[2]) for pair in self._pairs() if _named(pair, name))
        several = _mapping(self.event.get("multiValueQueryStringParameters"))
        if name in several:
            return _texts(several[name])
        return _texts(_mapping(self.event.get("queryStringParameters")).get(name))

    def cookie(self, name: str) -> tuple[str, ...]:
        """Values of a cookie."""
        crumbs = (crumb.strip().partition("=") for text in self._cookies() for crumb in text.split(";"))
        return tuple(value.strip('"') for key, _, value in crumbs if key == name)

    def part(self, kind: str, name: str) -> str | None:
        """A path parameter (`pathParameters`) or a stage variable (`stageVariables`)."""
        value = _mapping(self.event.get(kind)).get(name)
        return value if isinstance(value, str) else None

    def callers(self) -> Iterator[str]:
        """Principals of the caller: the ARN from IAM, scopes and groups from a JWT."""
        context = _mapping(self.event.get("requestContext"))
        authorizer = _mapping(context.get("authorizer"))
        jwt = _mapping(authorizer.get("jwt")) or authorizer
        yield from _texts(_mapping(context.get("identity")).get("userArn"))
        yield from _texts(_mapping(authorizer.get("iam")).get("userArn"))
        yield from (name for name in _texts(jwt.get("scopes")) if not name.startswith("arn:"))
        claims = _mapping(jwt.get("claims"))
        for names in (*_texts(claims.get("scope")), *_texts(claims.get("cognito:groups"))):
            split = names.strip("[]").replace(",", " ").split()
            yield from (name for name in split if not name.startswith("arn:"))

    def without(self, *, header: str, query: str, cookie: str) -> Event:
        """Return the event without these names; the same event if it has none of them."""
        event = self.event
        if self.header(header):
            event = _each_headers(event, lambda headers: _less(headers, header.lower()))
        if self.query(query):
            event = _without_query(event, query, self._pairs() if self.is_v2 else None)
        if self.cookie(cookie):
            event = _each_headers(event, lambda headers: _without_crumb(headers, cookie))
            if "cookies" in event:
                kept = (_crumbs_but(text, cookie) for text in _texts(event["cookies"]))
                event = _put(event, "cookies", [text for text in kept if text])
        return event

    def _headers(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        several = _mapping(self.event.get("multiValueHeaders")) or _mapping(self.event.get("headers"))
        return ((key, _texts(values)) for key, values in several.items())

    def _cookies(self) -> tuple[str, ...]:
        return _texts(self.event.get("cookies")) or self.header("cookie")

    def _pairs(self) -> list[str]:
        raw = self.event.get("rawQueryString")
        return raw.split("&") if isinstance(raw, str) and raw else []


def problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Json:
    """A response of type application/problem+json (RFC 9457), for either payload format."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    plain = {"content-type": "application/problem+json", "cache-control": "no-store"}
    return {
        "statusCode": status,
        "headers": plain | dict(headers or {}),
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


def answer_of(payload: bytes, *, is_v2: bool) -> Json:
    """Decode a function's response as an object that headers can be added to.

    In format 2.0, a response without a status is the body of a 200, as in API Gateway. Raises UnreadableError
    for a response that API Gateway would reject, and for a streamed one.
    """
    try:
        text = payload.decode()
        answer = _without_halves(json.loads(text, parse_constant=_refuse), text)
    except (ValueError, RecursionError):
        if STREAM_DELIMITER in payload:
            raise UnreadableError("it streams its answer, which can't be passed on") from None
        raise UnreadableError("its answer is no JSON") from None
    if isinstance(answer, dict) and STATUS.fullmatch(str(answer.get("statusCode"))):
        if all(isinstance(answer.get(key) or {}, dict) for key in ("headers", "multiValueHeaders")):
            return answer
        raise UnreadableError("the headers of its answer are no JSON objects")
    if not is_v2 or (isinstance(answer, dict) and "statusCode" in answer):
        raise UnreadableError("its answer has no statusCode from 100 to 599")
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": answer if isinstance(answer, str) else text,
        "isBase64Encoded": False,
    }


def stamped(answer: Json, version: str) -> Json:
    """Set the header of the version that served the request.

    It replaces the function's own header of that name.
    """
    headers = _less(_mapping(answer.get("headers")), VERSION_HEADER) | {VERSION_HEADER: version}
    stamped = answer | {"headers": headers}
    if answer.get("multiValueHeaders"):
        stamped["multiValueHeaders"] = _less(answer["multiValueHeaders"], VERSION_HEADER)
    return stamped


def with_cookie(answer: Json, cookie: str, *, is_v2: bool) -> Json:
    """Add a Set-Cookie to the response."""
    if is_v2:
        return answer | {"cookies": [*_texts(answer.get("cookies")), cookie]}
    headers = _mapping(answer.get("headers"))
    several = _mapping(answer.get("multiValueHeaders"))
    theirs = [value for key, value in [*several.items(), *headers.items()] if key.lower() == "set-cookie"]
    cookies = [*dict.fromkeys(text for value in theirs for text in _texts(value)), cookie]
    return answer | {
        "headers": _less(headers, "set-cookie"),
        "multiValueHeaders": _less(several, "set-cookie") | {"Set-Cookie": cookies},
    }


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _without_halves(answer: Any, text: str) -> Any:
    """Replace lone surrogates, which JSON can escape and UTF-8 can't encode, with question marks."""
    if "\\ud" not in text and "\\uD" not in text:
        return answer
    return json.loads(json.dumps(answer, ensure_ascii=False).encode(errors="replace"))


def _named(pair: str, name: str) -> bool:
    return unquote_plus(pair.partition("=")[0]) == name


def _each_headers(event: Event, change: Callable[[Mapping[str, Any]], Json]) -> Event:
    for key in ("headers", "multiValueHeaders"):
        if isinstance(event.get(key), Mapping):
            event = _put(event, key, change(event[key]))
    return event


def _less(headers: Mapping[str, Any], name: str) -> Json:
    return {key: value for key, value in headers.items() if key.lower() != name}


def _without_crumb(headers: Mapping[str, Any], name: str) -> Json:
    changed: Json = {}
    for key, value in headers.items():
        if key.lower() != "cookie":
            changed[key] = value
        elif kept := [left for text in _texts(value) if (left := _crumbs_but(text, name))]:
            changed[key] = kept if isinstance(value, list) else kept[0]
    return changed


def _crumbs_but(text: str, name: str) -> str:
    return ";".join(crumb for crumb in text.split(";") if crumb.strip().partition("=")[0] != name).strip()


def _without_query(event: Event, name: str, pairs: list[str] | None) -> Event:
    """Remove a query parameter. An empty query is null in format 1.0, and absent in 2.0."""
    if pairs is not None:
        event = _put(event, "rawQueryString", "&".join(pair for pair in pairs if not _named(pair, name)))
    for key in ("queryStringParameters", "multiValueQueryStringParameters"):
        if isinstance(event.get(key), Mapping):
            kept = {each: value for each, value in event[key].items() if each != name}
            event = _put(event, key, kept) if kept or pairs is not None else {**event, key: None}
    return event


def _put(event: Event, key: str, value: Any) -> Event:
    """Set a value; format 2.0 omits empty ones."""
    if value or value == "" or event.get("version") != "2.0":
        return {**event, key: value}
    return {each: kept for each, kept in event.items() if each != key}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: object) -> tuple[str, ...]:
    """Return a string, or the strings of a list, as a tuple."""
    several = value if isinstance(value, list) else [value]
    return tuple(text for text in several if isinstance(text, str))
