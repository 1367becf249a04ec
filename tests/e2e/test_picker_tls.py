# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A picker with a certificate of its own: Envoy asks it where the certificate is the right one, and nobody else in its place."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from integration.plays import Outcome, Plays

from .stage import Stage, eventually
from .test_pools import PICKER, declare

TLS = {"secret": "chat-epp-tls", "ca_config_map": "chat-epp-ca"}
DAY = datetime.timedelta(days=1)


@dataclass
class Authority:
    """One that nobody knows but those who are told."""

    name: str

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed(self.name, self.key, x509.BasicConstraints(ca=True, path_length=0))

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def issue(self, host: str) -> dict[str, str]:
        """The two files of a Secret of type kubernetes.io/tls."""
        key = ec.generate_private_key(ec.SECP256R1())
        signed = self._signed("picker", key, x509.SubjectAlternativeName([x509.DNSName(host)]))
        raw = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return {"tls.crt": signed.public_bytes(serialization.Encoding.PEM).decode(), "tls.key": raw.decode()}

    def _signed(self, name: str, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, self.name))
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - DAY).not_valid_after(now + DAY)
        return builder.add_extension(extension, critical=False).sign(self.key, hashes.SHA256())


def certify(stage: Stage, files: dict[str, str]) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": TLS["secret"]}, "type": "kubernetes.io/tls", "stringData": files}
    stage.cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=json.dumps(secret))


def restart(stage: Stage) -> None:
    """Envoy keeps a connection once it is verified, so only a new one shows what it thinks of a certificate."""
    stage.cluster.kubectl("delete", "pod", "-l", "app.kubernetes.io/name=endpoint-picker", "--timeout=30s")
    stage.cluster.kubectl("wait", "--for=condition=Ready", "pod", "-l", "app.kubernetes.io/name=endpoint-picker", "--timeout=30s")


def answers(stage: Stage, status: int, what: str) -> None:
    """This one, and for a while no other: a picker that has just become ready is not known everywhere."""
    eventually(lambda: {answer.status for answer in stage.send(count=5).answers} == {status}, 30, what)
    with stage.load(2, concurrency=1) as load:
        pass
    assert {answer.status for answer in load.answers} == {status}, what


def roll_out(stage: Stage, plays: Plays, seconds: int = 60, **picker: Any) -> Outcome:
    return plays.role(
        "endpoint_picker", endpoint_pickers=[{"pool": "chat", "namespace": stage.cluster.namespace, **picker}], endpoint_picker_wait_timeout=seconds
    )


def test_only_a_picker_with_the_right_certificate_is_asked(stage: Stage, plays: Plays) -> None:
    stage.models("vllm", labels={"pool": "chat"})
    declare(stage, plays, endpoint_picker=PICKER | {"failure_mode": "FailClose"})

    host = f"chat-epp.{stage.cluster.namespace}.svc.cluster.local"
    ours, others = Authority("ours"), Authority("others")
    stage.cluster.kubectl("create", "configmap", TLS["ca_config_map"], f"--from-literal=ca.crt={ours.pem}")
    certify(stage, others.issue(host))
    outcome = roll_out(stage, plays, tls=TLS)
    assert outcome.code == 0, outcome.output
    answers(stage, 503, "a certificate of another authority is refused")
    certify(stage, ours.issue(host))
    restart(stage)
    answers(stage, 200, "the right one is verified")
    certify(stage, ours.issue(f"other-epp.{stage.cluster.namespace}.svc.cluster.local"))
    restart(stage)
    answers(stage, 503, "one that bears another picker's name is refused")

    outcome = roll_out(stage, plays, seconds=4, tls=TLS | {"ca_config_map": "nobody"})
    assert outcome.code != 0
    assert "nobody (of kind ConfigMap) not found" in outcome.message, outcome.output
