"""Lines of JSON come in, each a calculation; its result by Python's cryptography (OpenSSL's own CMAC) goes out, one line each."""
import json
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC


def cmac(key, message):
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


def cbc(key, iv, data):
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return cipher.update(data) + cipher.finalize()


def diversify(key, data):
    """AN10922 2.2: constant, padding to 32 bytes, the subkey by whether padding was needed; step by step, not by CMAC."""
    def double(block):
        value = int.from_bytes(block, "big") << 1
        return ((value & (1 << 128) - 1) ^ (0x87 if value >> 128 else 0)).to_bytes(16, "big")

    subkey = double(cbc(key, bytes(16), bytes(16)))
    message = b"\x01" + data
    if len(message) < 32:
        message += b"\x80" + bytes(31 - len(message))
        subkey = double(subkey)
    mixed = message[:16] + bytes(a ^ b for a, b in zip(message[16:], subkey))
    return cbc(key, bytes(16), mixed)[16:]


def session_keys(key, a, b):
    context = b"\x00\x01\x00\x80" + a[:2] + bytes(x ^ y for x, y in zip(a[2:8], b[:6])) + b[6:] + a[8:]
    return cmac(key, b"\xa5\x5a" + context) + cmac(key, b"\x5a\xa5" + context)


def secured(enc, mac, ti, counter, ins, header, data):
    count = counter.to_bytes(2, "little")
    if data:
        iv = cbc(enc, bytes(16), b"\xa5\x5a" + ti + count + bytes(8))
        data = cbc(enc, iv, data + b"\x80" + bytes(15 - len(data) % 16))
    return header + data + cmac(mac, bytes([ins]) + count + ti + header + data)[1::2]


kinds = {"cmac": cmac, "diversify": diversify, "sessionKeys": session_keys, "secured": secured}
for line in sys.stdin:
    kind, *values = json.loads(line)
    print(kinds[kind](*[bytes.fromhex(value) if isinstance(value, str) else value for value in values]).hex())
