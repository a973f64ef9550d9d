"""What sshd is told: for the whole server the methods that are strong today, for senders a room without doors.

Nothing that is weak is named: what is weak is taken away from what the server knows, so that the best exchange of keys
of each version stays first (sntrup761 in OpenSSH 9, ML-KEM-768 since 9.9). OpenSSH 8.5 or newer reads all of it.
"""

from __future__ import annotations

from exchange.dropbox.box import GROUP, DropBox

# What putting, listing, fetching and removing ask of SFTP; links, rights, times and folders are not there.
REQUESTS = (
    "open,close,read,write,lstat,stat,fstat,opendir,readdir,remove,rename,realpath,posix-rename,fsync,limits,statvfs"
)
CIPHERS = "aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,aes128-ctr"
MACS = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com"
UMASK = "0022"  # DROPBOX.md says why; less would leave the keeper without what came

# For the whole server.
_SERVER = (
    ("KexAlgorithms", "-diffie-hellman-*,ecdh-*"),
    ("HostKeyAlgorithms", "-ssh-dss*,ssh-rsa*"),
    ("Ciphers", CIPHERS),
    ("MACs", MACS),
    ("MaxStartups", "20:50:60"),
    ("PerSourceMaxStartups", "10"),
    ("LoginGraceTime", "30"),
)
# For the accounts of senders.
_SENDERS = (
    ("AuthenticationMethods", "publickey"),
    ("PubkeyAuthentication", "yes"),
    ("PubkeyAcceptedAlgorithms", "ssh-ed25519"),
    ("PasswordAuthentication", "no"),
    ("KbdInteractiveAuthentication", "no"),
    ("HostbasedAuthentication", "no"),
    ("GSSAPIAuthentication", "no"),
    ("AuthorizedKeysCommand", "none"),
    ("TrustedUserCAKeys", "none"),
    ("DisableForwarding", "yes"),
    ("AllowAgentForwarding", "no"),
    ("AllowTcpForwarding", "no"),
    ("AllowStreamLocalForwarding", "no"),
    ("X11Forwarding", "no"),
    ("PermitTunnel", "no"),
    ("PermitTTY", "no"),
    ("PermitUserRC", "no"),
    ("MaxAuthTries", "3"),
    ("MaxSessions", "4"),
    ("ClientAliveInterval", "60"),
    ("ClientAliveCountMax", "3"),
    ("LogLevel", "VERBOSE"),
)


def for_senders(box: DropBox) -> tuple[tuple[str, str], ...]:
    """Setting and value, as they must count for a sender's account. Names of files are opaque, and may be logged."""
    return (
        ("ChrootDirectory", f"{box.folder}/%u"),
        ("ForceCommand", f"internal-sftp -f AUTH -l INFO -u {UMASK} -p {REQUESTS}"),
        ("AuthorizedKeysFile", f"{box.keys}/%u"),
        *_SENDERS,
    )


def belongs_to(box: DropBox) -> str:
    """The first line of the file, by which one drop box is told from another on the same machine."""
    return f"# The drop box of {box.party}. Written by: exchange dropbox --apply"


def sshd_config(box: DropBox) -> str:
    """The whole of the file; it ends as it began, so that what is read after it is not about senders."""
    return "\n".join(
        [
            belongs_to(box),
            *(f"{name} {value}" for name, value in _SERVER),
            f"Match Group {GROUP}",
            *(f"    {name} {value}" for name, value in for_senders(box)),
            "Match all",
            "",
        ]
    )
