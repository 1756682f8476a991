"""What is done to the bytes of a job file: damage as it happens, and as somebody would do it on purpose."""

from collections.abc import Callable
from random import Random
from typing import Final

Harm = Callable[[Random, bytes], bytes]

MIB: Final = 1024 * 1024
_INSERTED: Final = (
    b"\0",
    b"\r",
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\r\n",
    b"\n\n",
    b'"',
    b'"',
    b'""',
    b'"\n"',
    b",",
    b";",
    b"\t",
    b"\\",
    b" ",
    b"\xff",
    b"\x80",
    b"\xc3",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xf0\x9f\x92",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xa8",
    b"\xc2\x85",
    b"\x0b",
    b"\x0c",
    b"\x1c",
    b"\x1a",
    b"\xe2\x80\xae",
    b"{",
    b"}",
    b"[",
    b"]",
    b"/*x*/",
)
_JSON_VALUES: Final = (
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"1E400",
    b"-1e999999999999999999999",
    b"1e-400",
    b"0.1e-399",
    b"1e307",
    b"9.99e307",
    b"1.10",
    b"-0",
    b"-0.0",
    b"01",
    b"+1",
    b".5",
    b"1.",
    b"1e",
    b"0x10",
    b"1_000",
    b"12345678901234567890123",
    b"9" * 400,
    b"9" * 401,
    b"9" * 5000,
    b"0." + b"1" * 398,
    b"0." + b"1" * 399,
    b"True",
    b"nul",
    b"'x'",
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\\ud83d\\ude00"',
    b'"\\ud83d\\u0041"',
    b'"\\uD83Dx"',
    b'"\\u12"',
    b'"\\u00 1"',
    b'"\\x41"',
    b'"\\u0000"',
    b'"a\tb"',
    b'"\x7f"',
    b'{"a":1,"a":1}',
    b'{"a":1,"\\u0061":2}',
    b'{"a":{"b":1,"b":2}}',
    b"{1:2}",
    b"[1,]",
    b"[,1]",
    b"[" * 31 + b"]" * 31,
    b"[" * 32 + b"]" * 32,
    b"[" * 3000,
    b'{"a":' * 31 + b"1" + b"}" * 31,
    b'{"a":' * 32 + b"1" + b"}" * 32,
    b"[[]]" * 2,
    b"[null,true,false]",
    b"\xc2\xa01",
)


def harmed(rng: Random, content: bytes) -> bytes:
    """The bytes after one accident."""
    return rng.choice(_HARMS)(rng, content)


def place_in(rng: Random, content: bytes) -> int:
    """Anywhere, also at the end."""
    return rng.randrange(len(content) + 1)


def flipped(rng: Random, content: bytes) -> bytes:
    """With one bit the other way round."""
    if not content:
        return b"\x01"
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]


def _insert(rng: Random, content: bytes) -> bytes:
    at = place_in(rng, content)
    return content[:at] + rng.choice(_INSERTED) + content[at:]


def _put_value(rng: Random, content: bytes) -> bytes:
    """In place of what stands behind a colon or a delimiter."""
    places = [at + 1 for at, byte in enumerate(content) if byte in b":,;[\t"]
    at = rng.choice(places) if places else len(content)
    end = min((found for sign in b",;}\n" if (found := content.find(sign, at)) >= 0), default=len(content))
    return content[:at] + rng.choice(_JSON_VALUES) + content[end:]


def _delete(rng: Random, content: bytes) -> bytes:
    at = place_in(rng, content)
    return content[:at] + content[at + rng.choice((1, 1, 2, 5, 40)) :]


def _delete_sign(rng: Random, content: bytes) -> bytes:
    places = [at for at, byte in enumerate(content) if byte in b'",;:{}\n\r\t']
    at = rng.choice(places) if places else 0
    return content[:at] + content[at + 1 :]


def truncated(rng: Random, content: bytes) -> bytes:
    """Cut off somewhere."""
    return content[: place_in(rng, content)]


def _repeat(rng: Random, content: bytes) -> bytes:
    at = place_in(rng, content)
    size = rng.randrange(1, 60)
    return content[: at + size] + content[at : at + size] + content[at + size :]


def _repeat_line(rng: Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
    return b"\n".join(lines)


def _header_again(rng: Random, content: bytes) -> bytes:
    """A column twice, one without a name, an unknown one, one of 256 characters."""
    head, sep, rest = content.partition(b"\n")
    name = rng.choice(
        (b"operation", b"", b"Operation", b"operation ", b"n" * 255, b"n" * 256, b"#x", b'"#x\n"')
    )
    return head.removesuffix(b"\r") + rng.choice((b",", b",", b";", b"\t")) + name + sep + rest


def _swap_delimiter(rng: Random, content: bytes) -> bytes:
    return content.replace(rng.choice((b",", b";", b"\t")), rng.choice((b",", b";", b"\t", b"|")))


def _line_ends(rng: Random, content: bytes) -> bytes:
    return content.replace(
        b"\n", rng.choice((b"\r", b"\n\r", b"\r\n", b"\r\r\n", b"\n\n", b"\xe2\x80\xa8", b""))
    )


def _other_encoding(rng: Random, content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(
        rng.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp1252")), "replace"
    )


def _first_line(rng: Random, content: bytes) -> bytes:
    lines = (
        b"sep=,", b"sep=;", b'"sep=\t"', b"SEP=", b"sep", b"\xef\xbb\xbf", b"# a comment", b"", b"\t", b"#!",
        b"[", b"PK\x03\x04", b"\x1f\x8b\x08", b"null", b"{}",
    )  # fmt: skip
    return rng.choice(lines) + rng.choice((b"\n", b"\r\n", b"")) + content


def _bom(rng: Random, content: bytes) -> bytes:
    return b"\xef\xbb\xbf" * rng.choice((1, 1, 1, 2)) + content


_HARMS: Final[tuple[Harm, ...]] = (
    flipped, flipped, _insert, _insert, _insert, _put_value, _put_value, _delete, _delete_sign, _delete_sign,
    truncated, _repeat, _repeat_line, _header_again, _swap_delimiter, _line_ends, _other_encoding,
    _first_line, _bom,
)  # fmt: skip


def soup(rng: Random, delimiter: str) -> bytes:
    """Signs that mean something to CSV or JSON, and little else, so that they meet often."""
    signs = rng.choice(
        (f'"{delimiter}\n\r\n a', f'""{delimiter}\n', '{}[]",:\\u0d8e1-+. \n\t', f'"{delimiter}b\u00e9\t ')
    )
    return "".join(rng.choices(signs, k=rng.randrange(1, 40))).encode()


def grown(rng: Random, content: bytes) -> bytes:
    """With a line, a cell or a record of about 1 MiB, or values by the hundred thousand."""
    size = MIB + rng.choice((-1, 0, 1, 2)) - rng.choice((0, 0, content.rfind(b"\n") + 1, 3))
    cell = b'"' + (b"ab" * 99 + b"\n") * (MIB // 199 + rng.choice((0, 1))) + b'"'
    filler = rng.choice((b"x" * size, b"\xc3\xa9" * (size // 2), cell))
    deep = rng.choice(
        (b"[" * size, b"[" + b"1," * 60_000 + b"1]", b"[" + b"1," * 150_000 + b"1]", b'{"a":' * 9999)
    )
    at = rng.choice((0, place_in(rng, content), len(content)))
    return content[:at] + rng.choice((filler, filler, deep)) + content[at:]
