"""Recognises by their first bytes the files that people take for a job file."""

from typing import Final

from runner.edge.jobfile.stop import ReadingStopped

HEAD_BYTES: Final = 64
"""How many of the first bytes are looked at."""

_MAGICS: Final = (
    (b"\xff\xfe\x00\x00", "the file is UTF-32; save it as UTF-8"),
    (b"\x00\x00\xfe\xff", "the file is UTF-32; save it as UTF-8"),
    (b"\xff\xfe", 'the file is UTF-16 (Excel\'s "Unicode text"); save it as "CSV UTF-8"'),
    (b"\xfe\xff", 'the file is UTF-16 (Excel\'s "Unicode text"); save it as "CSV UTF-8"'),
    (
        b"PK\x03\x04",
        'the file is a zip archive or an Excel workbook (.xlsx); unpack it, or save it as "CSV UTF-8"',
    ),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 'the file is an old Excel workbook (.xls); save it as "CSV UTF-8"'),
    (b"\x1f\x8b", "the file is compressed with gzip; let its name end in .gz, or pipe it through gunzip -c"),
    (b"BZh", "the file is compressed with bzip2; pipe it through bunzip2 -c"),
    (b"\xfd7zXZ\x00", "the file is compressed with xz; pipe it through xz -dc"),
    (b"\x28\xb5\x2f\xfd", "the file is compressed with zstd; pipe it through zstd -dc"),
    (b"PAR1", "the file is Parquet; export it as CSV or JSONL"),
)
_BOMLESS_CHARACTERS: Final = 4


def refuse_foreign(head: bytes) -> None:
    """Raise `ReadingStopped` where the first bytes of a file (up to 64) are not those of UTF-8 text."""
    for magic, message in _MAGICS:
        if head.startswith(magic):
            raise ReadingStopped(1, message)
    # UTF-16 without a BOM: every other byte of plain text is NUL.
    start = head[: 2 * _BOMLESS_CHARACTERS]
    if len(start) == 2 * _BOMLESS_CHARACTERS and (_is_text_half(start[0::2], start[1::2])):
        raise ReadingStopped(1, "the file is UTF-16 without a byte order mark; save it as UTF-8")


def _is_text_half(even: bytes, odd: bytes) -> bool:
    return (not any(even) and all(odd)) or (not any(odd) and all(even))
