"""Every road passes the same suite: a folder, one on a poorer disk, OpenSSH's sshd, asyncssh's server."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from needs import needs
from transport.contract import MakeRoad, RoadContract, remote_part
from transport.servers import KeyPair, road_to

from exchange.demo.sftp_server import Kind, running_server
from exchange.transport.folder import FolderRoad


class TestFolder(RoadContract):
    @pytest.fixture
    def far(self, tmp_path: Path) -> Path:
        folder = tmp_path / "stick"
        folder.mkdir()
        return folder

    @pytest.fixture
    def road(self, far: Path) -> MakeRoad:
        return lambda: FolderRoad(far, settle=0.05)


class TestFolderOfADrive(TestFolder):
    """FAT has no hard links; many shared drives make no folder durable."""

    @pytest.fixture(autouse=True)
    def _poorer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sync = os.fsync

        def only_files(descriptor: int) -> None:
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "not for folders")
            sync(descriptor)

        def no_links(*_arguments: object, **_options: object) -> None:
            raise OSError(errno.EPERM, "no hard links here")

        monkeypatch.setattr(os, "fsync", only_files)
        monkeypatch.setattr(os, "link", no_links)


class OverSftp(RoadContract):
    kind: Kind

    def part(self, name: str, file: Path) -> str:
        return remote_part(name, file)

    @pytest.fixture
    def far(self, tmp_path: Path) -> Path:
        folder = tmp_path / "drop box" / "incoming" / "yks"
        folder.mkdir(parents=True)
        return folder

    @pytest.fixture
    def road(self, far: Path, keys: KeyPair) -> Iterator[MakeRoad]:
        with running_server(far.parent.parent, {"yks": keys.public}, kind=self.kind) as server:
            yield lambda: road_to(server.address("yks"), keys)


@needs("sshd", "ssh-keygen")
class TestOpenSsh(OverSftp):
    kind = "sshd"


class TestAsyncssh(OverSftp):
    kind = "asyncssh"
