"""Machine words as codes: beside a dictionary of Python's."""

from __future__ import annotations

import numpy as np
import pytest

from attribution.arrays import cores, words
from attribution.arrays.words import Index, Rows


def rows_of(columns: list[np.ndarray]) -> Rows:
    """Return columns of words as rows."""
    return Rows(
        len(columns[0]), lambda first, stop: [one[first:stop] for one in columns]
    )


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("chunk", [7, cores.BLOCK])
def test_rows_get_codes_in_order_of_appearance(
    monkeypatch: pytest.MonkeyPatch, width: int, chunk: int
) -> None:
    monkeypatch.setattr(words, "BLOCK", chunk)
    monkeypatch.setattr(cores, "BLOCK", chunk)
    monkeypatch.setattr(cores, "MANY", 1)
    monkeypatch.setattr(words, "SMALLEST", 4)
    rng = np.random.default_rng(5)
    index = Index()
    known: dict[tuple[int, ...], int] = {}
    for count, high in ((40, 12), (90, 30), (0, 1), (60, 3000)):
        columns = [rng.integers(0, high, count).astype(np.uint64) << 40]
        columns += [columns[0] % np.uint64(5) for _ in range(width - 1)]
        codes, new = index.codes(rows_of(columns))
        cells = list(zip(*(one.tolist() for one in columns), strict=True))
        before = len(known)
        want = [known.setdefault(cell, len(known)) for cell in cells]
        assert codes.tolist() == want
        assert codes.dtype == np.int32
        assert [cells[row] for row in new] == list(known)[before:]
    assert len(index) == len(known)


def test_rows_of_one_slot_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash that says nothing costs time and changes nothing."""

    def one_slot(found: list[np.ndarray], seed: int, size: int) -> np.ndarray:
        return np.full(len(found[0]), seed % size)

    monkeypatch.setattr(words, "_slots", one_slot)
    ids = np.array([5, 3, 5, 9, 3, 7], np.uint64)
    index = Index()
    assert index.codes(rows_of([ids]))[0].tolist() == [0, 1, 0, 2, 1, 3]
    assert index.codes(rows_of([ids[::-1].copy()]))[0].tolist() == [3, 1, 2, 0, 1, 0]


@pytest.mark.parametrize("width", [1, 2])
def test_ids_made_to_share_a_slot_do_so_once(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """Each table has another hash: else ids made for one would get a table each."""
    seeds = set()
    slots = words._slots

    def noted(found: list[np.ndarray], seed: int, size: int) -> np.ndarray:
        seeds.add(seed)
        return slots(found, seed, size)

    monkeypatch.setattr(words, "_slots", noted)
    number = np.arange(500, dtype=np.uint64)
    columns = [number * np.uint64(pow(words.GOLDEN, -1, 2**64))]
    if width > 1:
        columns = [number * np.uint64(2**64 - words.GOLDEN), number]
    assert Index().codes(rows_of(columns))[0].tolist() == number.tolist()
    assert len(seeds) < 9


def test_only_chunks_with_new_rows_are_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for room in (words, cores):
        monkeypatch.setattr(room, "BLOCK", 2)
    index, read = Index(), []
    ids = np.array([4, 4, 4, 4, 9, 4], np.uint64)
    index.codes(rows_of([ids[:1]]))

    def part(first: int, stop: int) -> list[np.ndarray]:
        read.append(first)
        return [ids[first:stop]]

    assert index.codes(Rows(6, part))[0].tolist() == [0, 0, 0, 0, 1, 0]
    assert sorted(read) == [0, 2, 4, 4]


def test_a_word_that_all_rows_share_tells_them_from_others() -> None:
    index, ids = Index(), np.array([3, 5, 3], np.uint64)
    same, other = np.full(3, 8, np.uint64), np.array([8, 9, 9], np.uint64)
    assert index.codes(rows_of([ids, same]))[0].tolist() == [0, 1, 0]
    assert index.known(rows_of([ids, other])).tolist() == [0, -1, -1]
    assert index.codes(rows_of([ids, other]))[0].tolist() == [0, 2, 3]
    assert index.known(rows_of([ids, same])).tolist() == [0, 1, 0]
    assert [one.tolist() for one in index.words] == [[3, 5, 5, 3], [8, 8, 9, 9]]
