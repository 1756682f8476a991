"""Object queries: many objects in one read (zuora.md section 2: filters are ANDed, pages of at most 99).

Filtered fields are spelled in lower case in a filter, and in camel case in a row (`billingrunnumber`,
`billingRunNumber`).
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias
from urllib.parse import quote

from runner.core.jsonvalue import JsonObject, text_at
from runner.core.sighting import Unread
from runner.core.wire import Reply, Request
from runner.operations.looking.replies import Missing, ask

BILL_RUNS: Final = "/object-query/billing-runs"
PAGE_SIZE: Final = 99
IN_MAX: Final = 50
"""So many values stand in one `IN:[...]` (design.md, "Registry of acts" and "Marker")."""

PATH_LENGTH_MAX: Final = 6000
"""Characters of a path, since servers commonly refuse request lines of more than 8 KiB."""

PAGES_MAX: Final = 100
"""Pages of one query; more than 9,900 objects answer none of our questions."""

Rows: TypeAlias = list[JsonObject]
Query: TypeAlias = Generator[Request, Reply, Rows | Unread]
Found: TypeAlias = Mapping[str, Rows | Unread]


def filtered(collection: str, conditions: Iterable[str]) -> str:
    """The path of a query; a condition is `field.OP:value`, here percent-encoded."""
    filters = "".join(f"&filter%5B%5D={quote(condition, safe='')}" for condition in conditions)
    return f"{collection}?pageSize={PAGE_SIZE}{filters}"


def rows_of(path: str, rows_max: int | None = None) -> Query:
    """All rows of a query, page after page, or at least `rows_max` of them; `Unread` where one page is."""
    rows: Rows = []
    cursor = ""
    for _ in range(PAGES_MAX):
        answer = yield from ask(f"{path}&cursor={quote(cursor, safe='')}" if cursor else path)
        if isinstance(answer, Unread):
            return answer
        page = _page(answer)
        if page is None:
            return Unread(f"not understood as a list: {path}")
        rows += page[0]
        cursor = page[1]
        if not cursor or (rows_max is not None and len(rows) >= rows_max):
            return rows
    return Unread(f"more than {PAGES_MAX} pages: {path}")


def rows_by(
    collection: str, field: str, member: str, values: Sequence[str]
) -> Generator[Request, Reply, Found]:
    """The rows by the exact value of one member; where a read fails, all values in it are unread."""
    found: dict[str, Rows | Unread] = {}
    for chunk in chunks(dict.fromkeys(values)):
        operand = f"EQ:{chunk[0]}" if len(chunk) == 1 else f"IN:[{','.join(chunk)}]"
        rows = yield from rows_of(filtered(collection, [f"{field}.{operand}"]))
        for value in chunk:
            # Filters may be case-insensitive, so that the exact value is compared here.
            found[value] = (
                rows if isinstance(rows, Unread) else [r for r in rows if text_at(r, member) == value]
            )
    return found


def chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """Values to ask for together: at most 50 and 6,000 characters; one with a comma or a bracket alone."""
    together: list[str] = []
    length = 0
    for value in values:
        if any(character in value for character in ",[]"):
            yield [value]
            continue
        cost = len(quote(value, safe="")) + len("%2C")
        if together and (len(together) == IN_MAX or length + cost > PATH_LENGTH_MAX):
            yield together
            together, length = [], 0
        together.append(value)
        length += cost
    if together:
        yield together


def _page(answer: JsonObject | Missing) -> tuple[Rows, str] | None:
    if isinstance(answer, Missing):
        return None
    listed, following = answer.get("data"), answer.get("nextPage")
    if not isinstance(listed, list) or not (following is None or isinstance(following, str)):
        return None
    rows = [row for row in listed if isinstance(row, dict)]
    return (rows, following or "") if len(rows) == len(listed) else None
