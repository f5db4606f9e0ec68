"""What `concbench.measure.cgroup` promises, on file systems built for the purpose."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from concbench.measure.cgroup import GroupLimits, read_group_limits

NONE = GroupLimits(cpus=None, memory=None)
NO_LIMIT_V1 = "9223372036854771712\n"


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def version_2(root: Path, membership: str, files: dict[str, str]) -> None:
    write(root, {"proc/self/cgroup": f"0::{membership}\n", "sys/fs/cgroup/cgroup.controllers": "cpuset cpu memory\n"})
    write(root, {f"sys/fs/cgroup/{name}": text for name, text in files.items()})


def version_1(root: Path, membership: str, files: dict[str, str]) -> None:
    write(root, {"proc/self/cgroup": f"4:memory:{membership}\n3:cpu,cpuacct:{membership}\n1:name=systemd:/\n0::/\n"})
    write(root, {f"sys/fs/cgroup/{name}": text for name, text in files.items()})


def test_the_real_machine_is_read_without_an_error() -> None:
    limits = read_group_limits()
    assert limits.cpus is None or limits.cpus > 0
    assert limits.memory is None or limits.memory > 0


def test_a_system_without_control_groups_has_no_limits(tmp_path: Path) -> None:
    assert read_group_limits(tmp_path) == NONE


def test_version_2_gives_quota_by_period_and_bytes(tmp_path: Path) -> None:
    version_2(tmp_path, "/job", {"job/cpu.max": "150000 100000\n", "job/memory.max": "1073741824\n"})
    assert read_group_limits(tmp_path) == GroupLimits(cpus=1.5, memory=2**30)


def test_version_2_says_max_for_no_limit(tmp_path: Path) -> None:
    version_2(tmp_path, "/job", {"job/cpu.max": "max 100000\n", "job/memory.max": "max\n"})
    assert read_group_limits(tmp_path) == NONE


def test_the_smallest_limit_on_the_way_up_wins(tmp_path: Path) -> None:
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
        },
    )
    assert read_group_limits(tmp_path) == GroupLimits(cpus=0.5, memory=1_000_000)


def test_limits_of_other_groups_do_not_count(tmp_path: Path) -> None:
    version_2(tmp_path, "/job", {"job/cpu.max": "max 100000\n", "other/cpu.max": "10000 100000\n"})
    version_2(tmp_path, "/job", {"job/below/cpu.max": "20000 100000\n"})
    assert read_group_limits(tmp_path) == NONE


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


def test_version_1_gives_quota_by_period_and_bytes(tmp_path: Path) -> None:
    version_1(
        tmp_path,
        "/job",
        {
            "cpu/job/cpu.cfs_quota_us": "250000\n",
            "cpu/job/cpu.cfs_period_us": "100000\n",
            "memory/job/memory.limit_in_bytes": "1073741824\n",
        },
    )
    assert read_group_limits(tmp_path) == GroupLimits(cpus=2.5, memory=2**30)


@pytest.mark.parametrize("huge", [NO_LIMIT_V1, "9223372036854775807", "9223372036854710272"])
def test_version_1_says_minus_one_or_a_huge_number_for_no_limit(tmp_path: Path, huge: str) -> None:
    version_1(
        tmp_path,
        "/",
        {
            "cpu/cpu.cfs_quota_us": "-1\n",
            "cpu/cpu.cfs_period_us": "100000\n",
            "memory/memory.limit_in_bytes": huge,
        },
    )
    assert read_group_limits(tmp_path) == NONE


def test_version_1_finds_controllers_that_are_mounted_together(tmp_path: Path) -> None:
    version_1(
        tmp_path,
        "/job",
        {"cpu,cpuacct/job/cpu.cfs_quota_us": "100000\n", "cpu,cpuacct/job/cpu.cfs_period_us": "50000\n"},
    )
    assert read_group_limits(tmp_path).cpus == 2.0


def test_version_1_takes_the_smallest_limit_on_the_way_up(tmp_path: Path) -> None:
    version_1(
        tmp_path,
        "/slice/job",
        {
            "memory/memory.limit_in_bytes": NO_LIMIT_V1,
            "memory/slice/memory.limit_in_bytes": "2000000\n",
            "memory/slice/job/memory.limit_in_bytes": "4000000\n",
        },
    )
    assert read_group_limits(tmp_path).memory == 2_000_000


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


@pytest.mark.parametrize(
    "cpu_max", ["", "150000", "fast 100000", "150000 0", "0 100000", "-1 100000", "1 2 3", "\x00", "9" * 400 + " 1"]
)
def test_a_quota_that_makes_no_sense_is_no_limit(tmp_path: Path, cpu_max: str) -> None:
    version_2(tmp_path, "/", {"cpu.max": cpu_max, "memory.max": "6000000\n"})
    assert read_group_limits(tmp_path) == GroupLimits(cpus=None, memory=6_000_000)


@pytest.mark.parametrize("memory_max", ["", "much", "-1", "0", "1.5", "9" * 5000, "\ufffd"])
def test_a_memory_limit_that_makes_no_sense_is_no_limit(tmp_path: Path, memory_max: str) -> None:
    version_2(tmp_path, "/", {"cpu.max": "100000 100000\n", "memory.max": memory_max})
    assert read_group_limits(tmp_path) == GroupLimits(cpus=1.0, memory=None)


@pytest.mark.parametrize("membership", ["", "0::", "nonsense", "0:memory", ":::", "0::/\x00", "0::/" + "x" * 5000])
def test_a_malformed_membership_raises_nothing(tmp_path: Path, membership: str) -> None:
    write(tmp_path, {"proc/self/cgroup": membership, "sys/fs/cgroup/cgroup.controllers": ""})
    assert read_group_limits(tmp_path) == NONE


def test_bytes_that_are_no_text_raise_nothing(tmp_path: Path) -> None:
    version_2(tmp_path, "/", {})
    (tmp_path / "sys/fs/cgroup/memory.max").write_bytes(b"\xff\xfe\x00")
    assert read_group_limits(tmp_path) == NONE


def test_a_folder_in_the_place_of_a_file_raises_nothing(tmp_path: Path) -> None:
    version_2(tmp_path, "/", {"cpu.max": "100000 100000\n"})
    (tmp_path / "sys/fs/cgroup/memory.max").mkdir()
    assert read_group_limits(tmp_path) == GroupLimits(cpus=1.0, memory=None)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not hold for root, nor on Windows")
def test_a_folder_that_may_not_be_read_raises_nothing(tmp_path: Path) -> None:
    version_2(tmp_path, "/job", {"job/cpu.max": "100000 100000\n"})
    base = tmp_path / "sys/fs/cgroup"
    base.chmod(0)
    try:
        assert read_group_limits(tmp_path) == NONE
    finally:
        base.chmod(0o755)
