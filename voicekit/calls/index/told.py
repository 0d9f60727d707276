"""A sidecar as the index keeps it: small, because most of it is what all of them have."""

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

_WINDOW = 13  # bits of how far back zlib looks
_JSON = json.JSONEncoder(separators=(",", ":"))  # ASCII: also of names that are no UTF-8

# What sidecars have in common; what is common most stands last. It is a part of the index's version.
_COMMON = (
    b'"amaflags":"3","accountcode":"","peeraccount":"","userfield":"","dst_cnam":"","outbound_cnam":"","outbound_cnum":"'
    b'"dcontext":"ext-queues","from-trunk","from-internal","ext-group","ext-local","app-blackhole","ivr-","fold":'
    b'"lastapp":"Queue","lastdata":"700,t,,,","Dial","lastdata":"PJSIP/,,HhTtr","Local/@from-queue-;1","SIP/,"dcontext":"'
    b'"disposition":"NO ANSWER","BUSY","FAILED","kind":"uniqueid","monitor","leg":"","direction":"internal","out","in"'
    b'"sequence":,"+00:00","src":"","more":{"amaflags":"3"},"recordingfile":"external-in-out-q-.wav","linkedid":"17'
    b'{"began":"202-T+00:00","call":{"call":1,"rows":[{"answer":"202-T+00:00","billsec":,"channel":"PJSIP/-0000","clid":'
    b'"\\"\\" <+7>","cnam":"","cnum":"","dcontext":"from-internal","did":"7495","disposition":"ANSWERED","dst":"",'
    b'"dstchannel":"PJSIP/-0000","duration":,"end":"202-T+00:00","lastapp":"Dial","lastdata":"PJSIP/","linkedid":"17.","record'
    b'ingfile":"","sequence":,"src":"","start":"202-T+00:00","uniqueid":"17."}]},"destination":"","direction":"in","kind":'
    b'"freepbx","leg":"","modified":17,"path":"202/","pbx":"pbx1","sidecar":1,"source":"","uniqueid":"17."}'
)


def packed(keys: Sequence[str], sidecar: Mapping[str, Any]) -> bytes:
    """With the numbers that the index has of it: they are taken out by them."""
    packer = zlib.compressobj(
        level=6, wbits=-_WINDOW, memLevel=5, zdict=_COMMON
    )  # whose memory costs more than its work
    return packer.compress(_JSON.encode([keys, sidecar]).encode()) + packer.flush()


def unpacked(data: bytes | None) -> tuple[list[str], dict[str, Any]]:
    """None of both for None."""
    if data is None:
        return [], {}
    keys, sidecar = json.loads(zlib.decompressobj(wbits=-_WINDOW, zdict=_COMMON).decompress(data))
    return keys, sidecar
