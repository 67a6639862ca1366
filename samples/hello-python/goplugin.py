"""The plugin half of go-plugin over gRPC, as far as km needs it: environment, handshake, AutoMTLS, health, shutdown. Knows nothing of km.

docs/plugin-authors/other-languages.md explains each step.
"""

import asyncio
import base64
import datetime
import json
import os
import signal
import sys

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import controller_pb2
import controller_pb2_grpc
import health_pb2
import health_pb2_grpc

CORE_VERSION = 1  # of go-plugin's handshake
GRACE = 0.5  # seconds that calls may still take at the end
HOST_CHECK = 1.0  # seconds between two looks at whether the host is there


def log(level, message, **fields):
    """Writes a line of the plugin's log: hclog's JSON on standard error. level: trace, debug, info, warn or error."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    line = {"@level": level, "@message": message, "@timestamp": now}
    print(json.dumps(line | {name: str(value) for name, value in fields.items()}), file=sys.stderr, flush=True)


def serve(cookie, services):
    """Serves until the host is done, then returns.

    cookie: (name, value) of the variable that a host of this kind of plugin sets.
    services: for each version of the host's contract, a function that adds its services to a grpc.aio server.
    """
    name, value = cookie
    if os.environ.get(name) != value:
        sys.exit("This program is a plugin. It is started by its host, not by hand.")
    asyncio.run(_serve(services))


async def _serve(services):
    offered = {int(version) for version in os.environ.get("PLUGIN_PROTOCOL_VERSIONS", "").split(",") if version.isdigit()}
    # Without a common version the plugin names one of its own, and the host tells its user what does not fit.
    version = max(offered & services.keys(), default=min(services))

    # Messages are as large as the user's. gRPC's own limit is 4 MiB.
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
    ended = asyncio.Event()
    health_pb2_grpc.add_HealthServicer_to_server(_Health(), server)
    controller_pb2_grpc.add_GRPCControllerServicer_to_server(_Controller(ended), server)
    services[version](server)

    path = os.path.join(os.environ["PLUGIN_UNIX_SOCKET_DIR"], f"plugin{os.getpid()}")
    certificate, credentials = _identity(os.environ.get("PLUGIN_CLIENT_CERT"))
    if credentials is None:
        server.add_insecure_port("unix:" + path)
    else:
        server.add_secure_port("unix:" + path, credentials)
    await server.start()

    # Ctrl+C in a terminal is for the host to handle. SIGTERM asks for an orderly end.
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    loop.add_signal_handler(signal.SIGTERM, ended.set)

    # The first line of standard output, and nothing before it.
    print(f"{CORE_VERSION}|{version}|unix|{path}|grpc|{certificate}", flush=True)
    host = os.getppid()
    while not ended.is_set() and os.getppid() == host:
        try:
            await asyncio.wait_for(ended.wait(), HOST_CHECK)
        except asyncio.TimeoutError:
            pass
    await server.stop(GRACE)


def _identity(host_certificate):
    """AutoMTLS: a certificate for this one start; only the host that sent its own is let in.

    Returns it as the handshake has it (DER in base64 without padding), and gRPC's credentials.
    """
    if not host_certificate:
        return "", None
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "HashiCorp"), x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(seconds=30))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    credentials = grpc.ssl_server_credentials([(private, pem)], host_certificate.encode(), require_client_auth=True)
    der = certificate.public_bytes(serialization.Encoding.DER)
    return base64.b64encode(der).decode().rstrip("="), credentials


class _Health(health_pb2_grpc.HealthServicer):
    """grpc.health.v1.Health; the host asks for the service "plugin"."""

    async def Check(self, request, context):
        if request.service != "plugin":
            await context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)


class _Controller(controller_pb2_grpc.GRPCControllerServicer):
    """plugin.GRPCController: the host is done with this process."""

    def __init__(self, ended):
        self._ended = ended

    async def Shutdown(self, request, context):
        self._ended.set()
        return controller_pb2.Empty()
