"""Sets of players as masks: the order of their texts, and sums of tables of them."""

from __future__ import annotations

import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from attribution.journeys.joined import Joined, are_told, joined
from attribution.journeys.players import PLAYER
from attribution.models.counts import Counts, Table, total

LABELS = [f"c{number:02}" for number in range(66)]
SETS = st.dictionaries(
    st.frozensets(st.sampled_from(LABELS), max_size=5), st.integers(1, 9), max_size=12
)


def table_of(sets: dict[frozenset[str], int]) -> Table:
    """Return how often sets of labels were won, keyed by masks."""
    labels = sorted(set().union(*sets))
    bit = {label: 1 << place for place, label in enumerate(labels)}
    masks = np.array([sum(map(bit.__getitem__, one)) for one in sets], np.int64)
    keys, order = joined(labels, masks)
    return Table(keys, {"wins": np.array(list(sets.values()), np.int64)[order]})


def rows_of(table: Table) -> list[tuple[str, int]]:
    """Return the texts and the values of a table."""
    return list(
        zip(
            table.keys["coalition"].tolist(), table.values["wins"].tolist(), strict=True
        )
    )


@given(st.lists(SETS, min_size=1, max_size=3))
def test_tables_of_masks_add_up_as_tables_of_texts(
    parts: list[dict[frozenset[str], int]],
) -> None:
    made = [table_of(one) for one in parts]
    plain = [Table({"coalition": one.keys["coalition"]}, one.values) for one in made]
    found, expected = (
        total([Counts({"met": table}) for table in tables]).tables["met"]
        for tables in (made, plain)
    )
    assert rows_of(found) == rows_of(expected)
    assert rows_of(found) == sorted(rows_of(found))


def test_more_labels_than_a_mask_holds_are_added_as_texts() -> None:
    parts = [table_of({frozenset(some): 1}) for some in (LABELS[:40], LABELS[30:])]
    found = total([Counts({"met": table}) for table in parts]).tables["met"]
    assert not isinstance(found.keys, Joined)
    assert found.keys["coalition"].tolist() == [
        PLAYER.join(LABELS[:40]), PLAYER.join(LABELS[30:]),
    ]  # fmt: skip


def test_labels_whose_texts_stand_in_another_order_are_no_masks() -> None:
    assert are_told(LABELS[:63])
    assert not are_told(LABELS[:64])
    assert not are_told(["a", "a\t"])
    assert not are_told(["b", "a"])


def test_a_column_of_masks_has_one_name_and_can_be_pickled() -> None:
    keys = pickle.loads(pickle.dumps(Joined(["a", "b"], np.array([3]))))
    assert dict(keys).keys() == {"coalition"}
    assert len(keys) == 1
    assert "state" not in keys
    assert keys["coalition"].tolist() == [PLAYER.join("ab")]
