# Python's own FIDO2 library plays the platform: command APDUs go out as lines of hexadecimal, the key's responses come in, and what was reached goes out in words.
import os
import sys
import types


def module(name, **members):
    made = types.ModuleType(name)
    made.__dict__.update(members)
    sys.modules[name] = made


# The library reaches readers through pyscard; here a pipe is the reader.
module("smartcard", System=types.SimpleNamespace(readers=lambda: []))
module("smartcard.pcsc")
module("smartcard.pcsc.PCSCExceptions", ListReadersException=Exception)
module("smartcard.pcsc.PCSCContext", PCSCContext=types.SimpleNamespace(instance=None))

from fido2.attestation import Attestation  # noqa: E402
from fido2.ctap import CtapError  # noqa: E402
from fido2.ctap2 import Ctap2  # noqa: E402
from fido2.ctap2.extensions import HmacSecretExtension  # noqa: E402
from fido2.ctap2.pin import ClientPin, PinProtocolV1, PinProtocolV2  # noqa: E402
from fido2.pcsc import CtapPcscDevice  # noqa: E402
from fido2.utils import sha256  # noqa: E402


def say(word, text=""):
    print(word, text, flush=True)


class Pipe:
    def connect(self):
        pass

    def disconnect(self):
        pass

    def getATR(self):
        return []

    def transmit(self, apdu, protocol=None):
        say("apdu", bytes(apdu).hex())
        response = bytes.fromhex(sys.stdin.readline())
        return list(response[:-2]), response[-2], response[-1]


def again():
    say("again")
    device._select()


protocol = {"1": PinProtocolV1, "2": PinProtocolV2}[sys.argv[1]]()
extended = sys.argv[2] == "extended"
rp_id, new_pin = "station.clinic", "493817"
device = CtapPcscDevice(Pipe(), "software")
device.use_ext_apdu = extended
ctap = Ctap2(device)
say("versions", ",".join(ctap.info.versions))
say("aaguid", ctap.info.aaguid.hex())
say("transports", ",".join(ctap.info.transports))

pin = ClientPin(ctap, protocol)
pin.set_pin(new_pin)
ctap.get_info()
say("retries", pin.get_pin_retries()[0])
try:
    pin.get_pin_token("000000", ClientPin.PERMISSION.GET_ASSERTION, rp_id)
except CtapError as refused:
    say("wrong", "%02x" % refused.code)
say("retries", pin.get_pin_retries()[0])


def token(permission):
    return pin.get_pin_token(new_pin, permission, rp_id)


def register(with_pin, rk):
    again()
    hashed = sha256(os.urandom(8))
    param = protocol.authenticate(token(ClientPin.PERMISSION.MAKE_CREDENTIAL), hashed) if with_pin else None
    made = ctap.make_credential(
        hashed,
        {"id": rp_id, "name": "Station"},
        {"id": b"person", "name": "person"},
        [{"type": "public-key", "alg": -7}],
        None,
        {"hmac-secret": True},
        {"rk": True} if rk else None,
        param,
        protocol.VERSION if with_pin else None,
    )
    Attestation.for_type(made.fmt)().verify(made.att_statement, made.auth_data, hashed)
    data = made.auth_data
    say("registered", "uv=%d counter=%d ext=%s" % (data.is_user_verified(), data.counter, sorted(data.extensions.items())))
    return data.credential_data


def prove(credential, with_pin, rk):
    again()
    hashed = sha256(os.urandom(8))
    extension = HmacSecretExtension(ctap, protocol)
    asked = extension.process_get_input({"hmacGetSecret": {"salt1": b"s" * 32}})
    param = protocol.authenticate(token(ClientPin.PERMISSION.GET_ASSERTION), hashed) if with_pin else None
    allow = None if rk else [{"type": "public-key", "id": credential.credential_id}]
    proof = ctap.get_assertion(rp_id, hashed, allow, {"hmac-secret": asked}, None, param, protocol.VERSION if with_pin else None)
    proof.verify(hashed, credential.public_key)
    output = extension.process_get_output(proof.auth_data)["hmacGetSecret"]["output1"]
    say("proved", "uv=%d up=%d user=%s" % (proof.auth_data.is_user_verified(), proof.auth_data.is_user_present(), (proof.user or {}).get("id", b"").decode()))
    return output


for rk in (False, True):
    credential = register(True, rk)
    one, two = prove(credential, True, rk), prove(credential, True, rk)
    three, four = prove(credential, False, rk), prove(credential, False, rk)
    say("hmac", "%d same=%s,%s other=%s" % (len(one), one == two, three == four, one != three))

again()
try:
    ctap.get_assertion("other.clinic", sha256(b"x"), [{"type": "public-key", "id": credential.credential_id}])
except CtapError as refused:
    say("missing", "%02x" % refused.code)
hashed = sha256(b"twice")
ctap.get_assertion(rp_id, hashed, [{"type": "public-key", "id": credential.credential_id}])
try:
    ctap.get_assertion(rp_id, hashed, [{"type": "public-key", "id": credential.credential_id}])
except CtapError as refused:
    say("twice", "%02x" % refused.code)
say("done")
