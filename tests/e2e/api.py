"""Calls an API on API Gateway, as its callers do."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool, HTTPHeaderDict, connection_from_url

AT_A_TIME = 4


@dataclass(frozen=True)
class Answer:
    """Headers by their name in any case; several of one name are joined by commas."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def version(self) -> str | None:
        """The one that served, as the answer says."""
        return self.headers.get("x-hotplug-version")

    @property
    def edition(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Api:
    """One stage of an API."""

    root: str
    pool: HTTPConnectionPool

    @staticmethod
    @contextmanager
    def at(url: str) -> Iterator["Api"]:
        """Its connections are closed with the block."""
        with connection_from_url(url, maxsize=AT_A_TIME, timeout=60, retries=False) as pool:
            yield Api(urlsplit(url).path, pool)

    def call(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
    ) -> Answer:
        """`path` begins with the function, or is what comes after the root where a stage has just one."""
        answer = self.pool.request(method, f"{self.root}/{path}", body=body, headers=HTTPHeaderDict(headers))
        return Answer(answer.status, answer.headers, answer.data)

    def calls(self, path: str, times: int) -> list[Answer]:
        """Several at a time."""
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            return list(threads.map(lambda _: self.call(path), range(times)))
