# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own certificate authority, and what it signs. Keys are elliptic: made in a blink."""

from __future__ import annotations

import datetime
import ipaddress
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .errors import LabError

LIFE = datetime.timedelta(days=3650)
NAMES = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"]
ADDRESSES = ["127.0.0.1", "10.96.0.1"]


class Authority:
    """Signs the certificates of one lab; kept in its state folder, so that a restart keeps every kubeconfig good."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / "ca.crt").exists():
            self.key = _load_key(folder / "ca.key")
            self.certificate = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
            return
        self.key = ec.generate_private_key(ec.SECP256R1())
        name = _subject("inference-lab", [])
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = _builder(name, name, self.key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(usage, critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
        self.certificate = builder.sign(self.key, hashes.SHA256())
        _write(folder / "ca.key", _pem_key(self.key))
        _write(folder / "ca.crt", self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, file: str, common_name: str, groups: list[str] | None = None) -> None:
        """FILE.crt and FILE.key, good for both ends of a connection; made once."""
        if (self.folder / f"{file}.crt").exists():
            return
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_subject(common_name, groups or []), self.certificate.subject, key)
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        alternatives = [*(x509.DNSName(name) for name in NAMES), *(x509.IPAddress(ipaddress.ip_address(text)) for text in ADDRESSES)]
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        certificate = builder.add_extension(authority, critical=False).sign(self.key, hashes.SHA256())
        _write(self.folder / f"{file}.key", _pem_key(key))
        _write(self.folder / f"{file}.crt", certificate.public_bytes(serialization.Encoding.PEM))

    def key_pair(self, file: str) -> None:
        """A bare key pair: FILE.key signs service account tokens, FILE.pub checks them."""
        if (self.folder / f"{file}.pub").exists():
            return
        key = ec.generate_private_key(ec.SECP256R1())
        public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        _write(self.folder / f"{file}.key", _pem_key(key))
        _write(self.folder / f"{file}.pub", public)


def _subject(common_name: str, groups: list[str]) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    # An hour back: a clock that is put right between start and use must not make the certificate one of the future.
    builder = builder.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + LIFE)
    return builder.serial_number(x509.random_serial_number())


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise LabError(f"{path} holds no elliptic key", "take the lab down and start it anew")
    return key


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    # The traditional form, since not every reader of service account keys takes PKCS#8 with elliptic curves.
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """Appears whole or not at all, and only the owner may read it."""
    fresh = path.with_name(f".{path.name}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    fresh.replace(path)
