# Copyright (c) 2026, the inference.gateway authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What befalls the way to a cluster: credentials, certificates, clocks, addresses. Each is told in words that say what happened and what to do."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID
from inference_lab.certs import Authority

from .conftest import Cluster, config_map

NOW = datetime.datetime.now(datetime.UTC)


def authority(cluster: Cluster) -> str:
    return str(cluster.lab.state / "pki" / "ca.crt")


# -- who we are --------------------------------------------------------------------------------------------------------------------------


def token(cluster: Cluster, **times: int) -> str:
    """A service account's token with these times, in seconds from now, signed as the API server signs its own."""
    account = json.loads(cluster.kubectl("get", "serviceaccount", "default", "-o", "json"))["metadata"]
    key = serialization.load_pem_private_key((cluster.lab.state / "pki" / "sa.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    issuer = "https://kubernetes.default.svc"
    about = {"namespace": cluster.namespace, "serviceaccount": {"name": "default", "uid": account["uid"]}}
    claims: dict[str, Any] = {"iss": issuer, "aud": [issuer], "sub": f"system:serviceaccount:{cluster.namespace}:default", "kubernetes.io": about}
    claims |= {name: int(time.time()) + seconds for name, seconds in times.items()}
    parts = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "ES256"}, claims))
    r, s = decode_dss_signature(key.sign(parts.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{parts}.{encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def with_token(cluster: Cluster, value: str) -> dict[str, Any]:
    return {"kubeconfig": None, "host": cluster.lab.server, "api_key": value, "ca_cert": authority(cluster)}


def test_an_expired_token(cluster: Cluster) -> None:
    cluster.kubectl("wait", "--for=create", "serviceaccount/default", "--timeout=10s")
    good = token(cluster, iat=-7200, nbf=-7200, exp=600)
    assert "lacks the verb" in cluster.refused("applyset", **with_token(cluster, good), objects=[config_map("c")])
    old = token(cluster, iat=-7200, nbf=-7200, exp=-3600)
    message = cluster.refused("applyset", **with_token(cluster, old), objects=[config_map("c")])
    assert "does not accept our credentials: the token expired at 20" in message and "Fetch a new one" in message and old not in message
    for module in ("inference_routes", "inference_routes_info"):  # whatever is asked first
        assert "the token expired at 20" in cluster.refused(module, **with_token(cluster, old), **({} if "info" in module else {module: []}))


def test_a_token_of_the_future(cluster: Cluster) -> None:
    cluster.kubectl("wait", "--for=create", "serviceaccount/default", "--timeout=10s")
    early = token(cluster, iat=3600, nbf=3600, exp=7200)
    message = cluster.refused("applyset", **with_token(cluster, early), objects=[config_map("c")])
    assert "the token is not valid before 20" in message and "clock" in message


def test_a_client_certificate_that_has_expired(cluster: Cluster, tmp_path: Path) -> None:
    cluster.kubeconfig = kubeconfig(cluster, tmp_path, server=cluster.lab.server, **issued(cluster.lab.state / "pki", tmp_path, "late", -48, -24))
    message = cluster.refused("applyset", objects=[config_map("c")])
    assert "does not accept our credentials: the client certificate expired at 20" in message


def test_a_credential_plugin_that_fails(cluster: Cluster, tmp_path: Path) -> None:
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", "echo please log in first >&2; exit 3"]}
    cluster.kubeconfig = kubeconfig(cluster, tmp_path, server=cluster.lab.server, user={"exec": {**plugin, "interactiveMode": "Never"}})
    message = cluster.refused("applyset", objects=[config_map("c")])
    assert "credential plugin of the kubeconfig failed: exec: process returned 3. please log in first" in message
    plugin["command"] = "/nowhere/plugin"
    cluster.kubeconfig = kubeconfig(cluster, tmp_path, server=cluster.lab.server, user={"exec": {**plugin, "interactiveMode": "Never"}})
    assert "credential plugin of the kubeconfig failed" in cluster.refused("applyset", objects=[config_map("c")])


def kubeconfig(cluster: Cluster, folder: Path, **changes: Any) -> str:
    """The admin's kubeconfig with another server, authority or user; its path."""
    config = yaml.safe_load(Path(cluster.lab.kubeconfig).read_text())
    config["clusters"][0]["cluster"] |= {name: changes[name] for name in ("server", "certificate-authority-data") if name in changes}
    config["users"][0]["user"] = changes.get("user", config["users"][0]["user"])
    file = folder / "weather.kubeconfig"
    file.write_text(json.dumps(config))
    return str(file)


# -- the way to the server ---------------------------------------------------------------------------------------------------------------


def issued(pki: Path, folder: Path, name: str, begins: float, ends: float) -> dict[str, Any]:
    """FOLDER/NAME.crt and .key, signed by the authority in PKI, valid between these hours from now; as the user of a kubeconfig."""
    signer = Authority(pki)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "weather")])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(signer.certificate.subject).public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(NOW + datetime.timedelta(hours=begins)).not_valid_after(NOW + datetime.timedelta(hours=ends))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = builder.add_extension(names, critical=False).sign(signer.key, hashes.SHA256())
    pem = signed.public_bytes(serialization.Encoding.PEM)
    raw = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    (folder / f"{name}.crt").write_bytes(pem)
    (folder / f"{name}.key").write_bytes(raw)
    return {"user": {"client-certificate-data": base64.b64encode(pem).decode(), "client-key-data": base64.b64encode(raw).decode()}}


@contextmanager
def tls_server(folder: Path, name: str) -> Iterator[str]:
    """Something that shows this certificate; its address."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that does not trust us is what the test is about."""

    server = Server(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        with suppress(OSError):
            server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    "hours, words",
    [
        ((24, 48), "certificate is not valid yet by the clock of this machine, which says 20"),
        ((-48, -24), "certificate has expired by the clock of this machine, which says 20"),
    ],
)
def test_clock_skew(cluster: Cluster, tmp_path: Path, hours: tuple[float, float], words: str) -> None:
    issued(cluster.lab.state / "pki", tmp_path, "server", *hours)
    with tls_server(tmp_path, "server") as address:
        cluster.kubeconfig = kubeconfig(cluster, tmp_path, server=address)
        message = cluster.refused("applyset", objects=[config_map("c")])
    assert words in message and "Set the clock" in message


def test_a_certificate_for_another_name(cluster: Cluster, tmp_path: Path) -> None:
    issued(cluster.lab.state / "pki", tmp_path, "server", -1, 1)
    with tls_server(tmp_path, "server") as served:
        cluster.kubeconfig = kubeconfig(cluster, tmp_path, server=served.replace("127.0.0.1", "localhost"))
        assert "is for another name than the one that we asked" in cluster.refused("applyset", objects=[config_map("c")])


def test_another_authority(cluster: Cluster, tmp_path: Path) -> None:
    Authority(tmp_path / "pki")
    other = base64.b64encode((tmp_path / "pki" / "ca.crt").read_bytes()).decode()
    cluster.kubeconfig = kubeconfig(cluster, tmp_path, **{"server": cluster.lab.server, "certificate-authority-data": other})
    message = cluster.refused("applyset", objects=[config_map("c")])
    assert "not signed by the CA that we were given" in message and "kubeconfig" in message


def test_a_kubeconfig_of_a_cluster_that_is_gone(cluster: Cluster, tmp_path: Path) -> None:
    cluster.kubeconfig = kubeconfig(cluster, tmp_path, server="https://127.0.0.1:1")
    message = cluster.refused("applyset", objects=[config_map("c")])
    assert "No answer from https://127.0.0.1:1" in message and "Nothing listens there" in message and "kubeconfig" in message
