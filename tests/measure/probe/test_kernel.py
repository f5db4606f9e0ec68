"""What reading the kernel's files promises, on file systems built for it: limits, throttling, pressure, no errors."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from concbench.measure.probe.kernel import (
    GroupLimits,
    Throttling,
    read_group_limits,
    read_throttling,
    waiting_share,
)
from tests.measure.probe.tree import write

NONE = GroupLimits(cpus=None, memory=None)
NO_LIMIT_V1 = "9223372036854771712\n"
GROUPS = "sys/fs/cgroup"


def version_2(root: Path, membership: str, files: dict[str, str]) -> None:
    write(root, {"proc/self/cgroup": f"0::{membership}\n", f"{GROUPS}/cgroup.controllers": "cpuset cpu memory\n"})
    write(root, {f"{GROUPS}/{name}": text for name, text in files.items()})


def version_1(root: Path, membership: str, files: dict[str, str]) -> None:
    write(root, {"proc/self/cgroup": f"4:memory:{membership}\n3:cpu,cpuacct:{membership}\n1:name=systemd:/\n0::/\n"})
    write(root, {f"{GROUPS}/{name}": text for name, text in files.items()})


# Limits


def test_this_machine_is_read_and_so_is_one_without_control_groups(tmp_path: Path) -> None:
    limits = read_group_limits()
    assert limits.cpus is None or limits.cpus > 0
    assert limits.memory is None or limits.memory > 0
    assert read_group_limits(tmp_path) == NONE


@pytest.mark.parametrize(
    ("cpu", "memory", "limits"),
    [
        ("150000 100000\n", "1073741824\n", GroupLimits(cpus=1.5, memory=2**30)),
        ("max 100000\n", "max\n", NONE),
        *[
            (senseless, "6000000\n", GroupLimits(cpus=None, memory=6_000_000))
            for senseless in ("", "150000", "fast 100000", "150000 0", "0 100000", "-1 100000", "1 2 3", "\x00")
        ],
        ("9" * 400 + " 1", "6000000\n", GroupLimits(cpus=None, memory=6_000_000)),
        *[
            ("100000 100000\n", senseless, GroupLimits(cpus=1.0, memory=None))
            for senseless in ("", "much", "-1", "0", "1.5", "9" * 5000, "\ufffd")
        ],
    ],
)
def test_version_2_has_quota_and_period_in_one_file(cpu: str, memory: str, limits: GroupLimits, tmp_path: Path) -> None:
    version_2(tmp_path, "/job", {"job/cpu.max": cpu, "job/memory.max": memory})
    assert read_group_limits(tmp_path) == limits


@pytest.mark.parametrize(
    ("quota", "memory", "limits"),
    [
        ("250000\n", "1073741824\n", GroupLimits(cpus=2.5, memory=2**30)),
        ("-1\n", NO_LIMIT_V1, NONE),
        ("-1\n", "9223372036854775807", NONE),
        ("-1\n", "9223372036854710272", NONE),
    ],
)
@pytest.mark.parametrize("mount", ["cpu", "cpu,cpuacct"])
def test_version_1_has_quota_and_period_in_a_file_each(
    mount: str, quota: str, memory: str, limits: GroupLimits, tmp_path: Path
) -> None:
    version_1(
        tmp_path,
        "/job",
        {
            f"{mount}/job/cpu.cfs_quota_us": quota,
            f"{mount}/job/cpu.cfs_period_us": "100000\n",
            "memory/job/memory.limit_in_bytes": memory,
        },
    )
    assert read_group_limits(tmp_path) == limits


def test_the_smallest_limit_on_the_way_up_counts_and_those_of_other_groups_do_not(tmp_path: Path) -> None:
    version_2(
        tmp_path,
        "/slice/service/job",
        {
            "slice/cpu.max": "50000 100000\n",
            "slice/memory.max": "3000000\n",
            "slice/service/cpu.max": "400000 100000\n",
            "slice/service/memory.max": "1000000\n",
            "slice/service/job/cpu.max": "200000 100000\n",
            "slice/service/job/memory.max": "max\n",
            "slice/other/cpu.max": "10000 100000\n",
            "slice/service/job/below/memory.max": "1000\n",
        },
    )
    assert read_group_limits(tmp_path) == GroupLimits(cpus=0.5, memory=1_000_000)
    version_1(
        tmp_path / "one",
        "/slice/job",
        {
            "memory/memory.limit_in_bytes": NO_LIMIT_V1,
            "memory/slice/memory.limit_in_bytes": "2000000\n",
            "memory/slice/job/memory.limit_in_bytes": "4000000\n",
        },
    )
    assert read_group_limits(tmp_path / "one").memory == 2_000_000


@pytest.mark.parametrize("membership", ["/", "/docker/0123abcd", "/../..", "/../other", "/a:b"])
def test_a_container_that_does_not_see_its_path_reads_the_root_of_the_mount(tmp_path: Path, membership: str) -> None:
    version_2(tmp_path, membership, {"cpu.max": "300000 100000\n", "memory.max": "5000000\n"})
    # Not this container's own, though it has the beginning of the path from outside.
    version_2(tmp_path, membership, {"docker/cpu.max": "100000 100000\n"})
    assert read_group_limits(tmp_path) == GroupLimits(cpus=3.0, memory=5_000_000)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file names with a colon")
def test_a_group_may_have_a_colon_in_its_name(tmp_path: Path) -> None:
    version_2(tmp_path, "/a:b", {"a:b/memory.max": "7000000\n"})
    assert read_group_limits(tmp_path).memory == 7_000_000


def test_version_2_beside_version_1_counts_too(tmp_path: Path) -> None:
    version_1(
        tmp_path,
        "/",
        {
            "memory/memory.limit_in_bytes": "4000000\n",
            "unified/cgroup.controllers": "cpu\n",
            "unified/cpu.max": "100000 100000\n",
        },
    )
    assert read_group_limits(tmp_path) == GroupLimits(cpus=1.0, memory=4_000_000)


@pytest.mark.parametrize("membership", ["", "0::", "nonsense", "0:memory", ":::", "0::/\x00", "0::/" + "x" * 5000])
def test_a_malformed_membership_raises_nothing(tmp_path: Path, membership: str) -> None:
    write(tmp_path, {"proc/self/cgroup": membership, f"{GROUPS}/cgroup.controllers": ""})
    assert read_group_limits(tmp_path) == NONE


def test_files_that_are_no_text_or_no_files_raise_nothing(tmp_path: Path) -> None:
    version_2(tmp_path, "/", {})
    (tmp_path / GROUPS / "memory.max").write_bytes(b"\xff\xfe\x00")
    (tmp_path / GROUPS / "cpu.max").mkdir()
    assert read_group_limits(tmp_path) == NONE


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not hold for root, nor on Windows")
def test_a_folder_that_may_not_be_read_raises_nothing(tmp_path: Path) -> None:
    version_2(tmp_path, "/job", {"job/cpu.max": "100000 100000\n"})
    base = tmp_path / GROUPS
    base.chmod(0)
    try:
        assert read_group_limits(tmp_path) == NONE
    finally:
        base.chmod(0o755)


# Throttling


def test_each_version_has_its_own_unit_of_throttled_time(tmp_path: Path) -> None:
    counted = "usage_usec 9\nnr_periods 7\nnr_throttled 3\n"
    version_2(tmp_path / "two", "/job", {"job/cpu.stat": f"{counted}throttled_usec 250000\n"})
    version_1(tmp_path / "one", "/job", {"cpu/job/cpu.stat": f"{counted}throttled_time 250000000\n"})
    for root in ("one", "two"):
        assert read_throttling(tmp_path / root) == Throttling(periods=3, seconds=0.25)


def test_groups_above_count_too(tmp_path: Path) -> None:
    files = {f"{group}cpu.stat": "nr_throttled 2\nthrottled_usec 1\n" for group in ("", "a/", "a/b/")}
    version_2(tmp_path, "/a/b", files)
    found = read_throttling(tmp_path)
    assert found is not None
    assert found.periods == 6


@pytest.mark.parametrize(
    "text", ["", "usage_usec 9\n", "nr_throttled\n", "nr_throttled x\n", "nr_throttled -1\n", "\x00"]
)
def test_a_group_that_does_not_count_is_unknown(tmp_path: Path, text: str) -> None:
    version_2(tmp_path, "/", {"cpu.stat": text})
    assert read_throttling(tmp_path) is None


@given(text=st.text(max_size=80) | st.from_regex(r"nr_throttled \S{0,30}\nthrottled_usec \S{0,30}", fullmatch=True))
def test_whatever_a_group_says_raises_nothing(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.getbasetemp() / "throttling"
    version_2(root, "/", {})
    (root / GROUPS / "cpu.stat").write_bytes(text.encode("utf-8", "surrogatepass"))
    found = read_throttling(root)
    assert found is None or (found.periods >= 0 and found.seconds >= 0)


# Pressure


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("some avg10=12.50 avg60=1.00 avg300=0.00 total=99\nfull avg10=99.00 avg60=0 total=0\n", 0.125),
        ("full avg10=7.00 avg60=0.00\nsome avg10=0.25 avg60=7.00 avg300=7.00 total=7\n", 0.0025),
        *[(text, None) for text in ("", "some", "some avg10", "some avg10=", "some avg10=x", "some avg10=nan", "\x00")],
        ("full avg10=1.00", None),
    ],
)
def test_pressure_is_the_share_in_which_some_process_waited(text: str, share: float | None, tmp_path: Path) -> None:
    write(tmp_path, {"pressure": text})
    assert waiting_share(tmp_path / "pressure") == (None if share is None else pytest.approx(share))


@example(text="0\x1e\x1e0")  # a line without a word
@given(text=st.text(max_size=60) | st.from_regex(r"some avg10=\S{0,12}", fullmatch=True))
def test_pressure_is_a_share_or_unknown_whatever_the_file_says(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "pressure"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    waited = waiting_share(file)
    assert waited is None or 0 <= waited <= 1
