"""age as others wrote it: Debian's program, and npm's age-encryption, which knows hybrid keys."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

NPM_AGE = "age-encryption@0.3.1"

_SCRIPT = """
import { Encrypter, Decrypter } from "age-encryption";
const [verb, ...keys] = process.argv.slice(2);
const blocks = [];
for await (const block of process.stdin) blocks.push(block);
const input = new Uint8Array(Buffer.concat(blocks));
let output;
if (verb === "encrypt") {
  const encrypter = new Encrypter();
  for (const key of keys) encrypter.addRecipient(key);
  output = await encrypter.encrypt(input);
} else {
  const decrypter = new Decrypter();
  for (const key of keys) verb === "decrypt" ? decrypter.addIdentity(key) : decrypter.addPassphrase(key);
  output = await decrypter.decrypt(input, "uint8array");
}
process.stdout.write(output);
"""


def install_npm_age(folder: Path) -> Path:
    """Install age-encryption below `folder`; the script that runs it."""
    command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(folder), NPM_AGE]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    script = folder / "age.mjs"
    script.write_text(_SCRIPT, encoding="utf-8")
    return script


def npm_age(script: Path, verb: str, *keys: str, data: bytes) -> bytes:
    """`verb` is encrypt (to recipients), decrypt (with identities) or unlock (with passphrases)."""
    run = subprocess.run(["node", str(script), verb, *keys], input=data, capture_output=True, timeout=120, check=True)
    return run.stdout


def at_a_terminal(command: list[str], *answers: str) -> None:
    """Run `command` at a terminal of its own and answer its questions, each of which ends with a colon."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvp(command[0], command)  # noqa: S606  # no shell is wanted
    for answer in answers:
        _read_until(terminal, b":")
        os.write(terminal, answer.encode() + b"\n")
    _read_until(terminal, None)
    os.close(terminal)
    _pid, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def _read_until(terminal: int, mark: bytes | None) -> None:
    seen = b""
    while mark is None or not seen.rstrip(b" ").endswith(mark):  # a line that ends with it asks nothing
        try:
            block = os.read(terminal, 4096)
        except OSError:  # Linux says so when the program has closed its end
            return
        if not block:
            return
        seen += block
