"""Files: what is refused before it is read, and how a file is written or not at all."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import pickle
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attribution.doors import atomic as room
from attribution.doors.files import (
    ENDINGS,
    Limits,
    atomic,
    read_table,
    safe_name,
    sha256,
    write_json,
    write_table,
    write_text,
)
from attribution.doors.streams import chunks
from attribution.errors import InputError, Issue

FRAME = pd.DataFrame({"deal_id": ["007", "=x", None], "amount": [1.5, -2.0, None]})
TEXTS = [ending for ending in ENDINGS if ending not in {".parquet", ".pq"}]


def fault(path: Path, limits: Limits | None = None) -> Issue:
    """Return the one fault for which a file is refused."""
    with pytest.raises(InputError) as caught:
        read_table(path, limits=limits or Limits())
    (only,) = caught.value.issues
    assert only.table == path.name
    assert only.remedy.endswith(".")
    return only


def saved(path: Path, content: bytes) -> Path:
    """Write bytes plainly; return the path."""
    path.write_bytes(content)
    return path


def packed(content: str) -> bytes:
    """Return a zip archive of one text."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.csv", content)
    return target.getvalue()


# reading


@pytest.mark.parametrize("name", ["deals.CSV", "deals.csv.gz"])
def test_csv_is_read_packed_or_not(tmp_path: Path, name: str) -> None:
    body = b"\xef\xbb\xbfid,n\n007,1\n"
    path = saved(
        tmp_path / name, gzip.compress(body, mtime=0) if name.endswith("gz") else body
    )
    assert read_table(path).to_dict("list") == {"id": ["007"], "n": ["1"]}


def test_F04_a_gz_that_explodes_is_refused_while_it_streams(tmp_path: Path) -> None:
    path = saved(tmp_path / "bomb.csv.gz", gzip.compress(b"a\n" * 20_000_000, mtime=0))
    found = fault(path)
    assert (found.code, found.what[:26]) == ("F04", "expands to more than 100 t")
    taken: list[int] = []
    with path.open("rb") as handle, pytest.raises(InputError, match="F04"):
        taken.extend(map(len, chunks(handle, "a", Limits(expansion=200), packed=True)))
    assert sum(taken) <= 200 * path.stat().st_size < 20_000_000


def test_F04_a_gz_within_its_limit_is_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.csv.gz", gzip.compress(b"a\n" * 600_000, mtime=0))
    assert fault(path).code == "F04"
    assert len(read_table(path, limits=Limits(expansion=2000))) == 599_999


def test_F04_a_small_gz_may_expand_to_a_mebibyte(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.csv.gz", gzip.compress(b"a\n" * 500_000, mtime=0))
    assert len(read_table(path)) == 499_999


@pytest.mark.parametrize("damage", ["cut", "flip", "tail", "text"])
def test_F04_a_damaged_gz_is_refused(tmp_path: Path, damage: str) -> None:
    body = gzip.compress(b"a,b\n" + os.urandom(900).hex().encode() + b",1\n")
    damaged = {
        "cut": body[:-20],
        "flip": body[:200] + bytes([body[200] ^ 255]) + body[201:],
        "tail": body + b"more",
        "text": b"a,b\n1,2\n",
    }[damage]
    assert fault(saved(tmp_path / "a.csv.gz", damaged)).code == "F04"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (packed("a\n1\n"), "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "Excel"),
        (pickle.dumps({"a": [1]}), "pickle"),
        (b"ARROW1\0\0" + bytes(20), "Arrow IPC file"),
        (b"\xff\xff\xff\xff" + bytes(20), "Arrow IPC stream"),
        (b"FEA1" + bytes(20), "Feather"),
        (b"PAR1" + bytes(20), "Parquet"),
        (gzip.compress(b"a\n1\n", mtime=0), "gzip"),
    ],
)
def test_F05_what_a_file_is_counts_and_not_its_name(
    tmp_path: Path, content: bytes, kind: str
) -> None:
    for name in ("a.csv", "a.json", "a.jsonl"):
        found = fault(saved(tmp_path / name, content))
        assert found.code == "F05"
        assert kind in found.what
    inner = fault(saved(tmp_path / "a.csv.gz", gzip.compress(content, mtime=0)))
    assert (inner.code, kind in inner.what) == ("F05", True)


@pytest.mark.parametrize(
    "name",
    ["a.zip", "a.xlsx", "a.xls", "a.pkl", "a.pickle", "a.yaml", "a.yml", "a.feather",
     "a.arrow", "a.gz", "a.json.gz", "a.tsv", "csv", "a\u202e.txt"],
)  # fmt: skip
def test_F05_other_endings_are_refused_unread(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=re.escape(", ".join(ENDINGS))) as caught:
        read_table(tmp_path / name)
    assert caught.value.issues[0].code == "F05"
    assert "\u202e" not in str(caught.value)


def test_F05_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert "No such file" in fault(tmp_path / "none.csv").what
    (tmp_path / "folder.csv").mkdir()
    assert "folder" in fault(tmp_path / "folder.csv").what
    os.mkfifo(tmp_path / "pipe.csv")
    assert "device" in fault(tmp_path / "pipe.csv").what
    with pytest.raises(InputError, match="embedded null"):
        read_table(tmp_path / "a\0.csv")


# writing


@pytest.mark.parametrize("ending", TEXTS)
def test_what_is_written_is_read(tmp_path: Path, ending: str) -> None:
    path = write_table(FRAME, tmp_path / f"a{ending}", raw=True)
    frame = read_table(path)
    assert frame["deal_id"].tolist()[:2] == ["007", "=x"]
    assert list(map(float, frame["amount"][:2])) == [1.5, -2.0]
    assert frame.isna().to_numpy().tolist() == FRAME.isna().to_numpy().tolist()
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_csv_gz_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    one = write_table(FRAME, tmp_path / "one.csv.gz").read_bytes()
    two = write_table(FRAME, tmp_path / "two.csv.gz").read_bytes()
    assert one == two
    assert one[3:8] == bytes(5)
    assert gzip.decompress(one) == write_table(FRAME, tmp_path / "a.csv").read_bytes()
    assert b"'=x" in gzip.decompress(one)


def test_F05_other_endings_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(".csv, .csv.gz, .parquet")):
        write_table(FRAME, tmp_path / "a.xlsx")


def test_S02_column_names_twice_are_not_written(tmp_path: Path) -> None:
    frame = pd.DataFrame([[1, 2]], columns=[1, "1"])
    with pytest.raises(InputError, match=r"S02.*twice: 1"):
        write_table(frame, tmp_path / "a.csv")


def test_json_values_are_sorted_and_finite(tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", {"b": [1], "a": "é"})
    assert path.read_text() == '{\n  "a": "\\u00e9",\n  "b": [\n    1\n  ]\n}\n'
    before = path.read_bytes()
    with pytest.raises(ValueError, match="Out of range float"):
        write_json(path, {"a": float("nan")})
    assert path.read_bytes() == before


def test_text_is_written_as_it_is(tmp_path: Path) -> None:
    assert write_text(tmp_path / "a", "é\r\n\n").read_bytes() == b"\xc3\xa9\r\n\n"


# the one writer


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OSError, ValueError])
def test_F08_whatever_stops_a_write_leaves_the_old_file_whole(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = write_text(tmp_path / "a.csv", "old")
    names: list[str] = []

    def write() -> None:
        with atomic(path) as handle:
            handle.write(b"new")
            names.extend(one.name for one in tmp_path.iterdir())
            raise error

    with pytest.raises(error):
        write()
    (temporary,) = set(names) - {path.name}
    assert temporary.startswith(f".{path.name}.{os.getpid()}-")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "step", ["os.fsync", "shutil.copymode", "pathlib.Path.replace"]
)
def test_F08_a_stop_in_the_last_steps_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    path = write_text(tmp_path / "a.csv", "old")
    monkeypatch.setattr(step, stop)
    with pytest.raises(KeyboardInterrupt):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_F07_a_missing_folder_is_made_only_if_asked(tmp_path: Path) -> None:
    path = tmp_path / "no" / "such" / "a.csv"
    with pytest.raises(InputError, match=r"F07.*no folder"):
        write_table(FRAME, path)
    assert list(tmp_path.iterdir()) == []
    assert write_table(FRAME, path, parents=True).is_file()


def test_F07_a_folder_or_device_is_never_replaced(tmp_path: Path) -> None:
    for path in (tmp_path, Path(os.devnull)):
        with pytest.raises(InputError, match=r"F07.*folder or a device"):
            write_text(path, "x")


def test_a_link_is_followed_and_the_mode_is_kept(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "old")
    path.chmod(0o640)
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    write_text(link, "new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_long_name_can_be_written(tmp_path: Path) -> None:
    assert write_text(tmp_path / ("é" * 127), "x").read_text() == "x"
    assert room.NAME_KEPT < 200


# names


@given(st.text())
@example("../../etc/x")
@example("a" * 300)
@example("\udc00")
def test_F01_a_name_from_any_label_is_harmless(label: str) -> None:
    name = safe_name(label)
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?-[0-9a-f]{8}", name)
    assert len(name) <= 49
    assert name == safe_name(label)


def test_F01_other_labels_have_other_names(tmp_path: Path) -> None:
    labels = ["CON", "con", "", "label", " ", "é", "e", "e\u0301", "東京", "京東"]
    labels += ["../../etc/x", "etc x", "a" * 300, "a" * 301, "\u202e", "nul.txt", "."]
    names = {safe_name(label) for label in labels}
    assert len(names) == len(labels)
    assert not names & {"con", "nul", "aux", "prn", ""}
    for name in names:
        assert write_text(tmp_path / name, "").resolve().parent == tmp_path.resolve()


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    body = bytes(range(256)) * 9999
    path = saved(tmp_path / "a", body)
    assert sha256(path) == hashlib.sha256(body).hexdigest()
    with pytest.raises(InputError, match="F05"):
        sha256(tmp_path / "none")
