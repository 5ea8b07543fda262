#!/usr/bin/env python3
"""A second verifier of evidence packs, written from the standards and not from the program's code. Needs Python 3 and nothing else.

    python3 verify.py DIRECTORY PUBLIC-KEY [WITNESS-KEY ... --witnesses N]

DIRECTORY is an unpacked pack. The public key comes from somebody you trust, not from the pack. Ends with 0 if everything
holds, with 1 if something does not, with 2 if it could not be asked."""
import base64, hashlib, json, os, struct, sys

sha = lambda *parts: hashlib.sha256(b"".join(parts)).digest()

# ---- Ed25519 verification, RFC 8032 section 5.1.7, by plain arithmetic -------------------------------------------------
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)

def add(a, b):
    u, v = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    s, t = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = v - u, t - s, t + s, v + u
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(n, point):
    out = (0, 1, 1, 0)
    while n:
        if n & 1: out = add(out, point)
        point, n = add(point, point), n >> 1
    return out

def point_of(data):
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= P: return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P: x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign): return None
    if x & 1 != sign: x = P - x
    return x, y, 1, x * y % P

BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))

def ed25519(key, message, signature):
    if len(key) != 32 or len(signature) != 64: return False
    a, r, s = point_of(key), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L: return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0

# ---- Signed notes and checkpoints (C2SP) ------------------------------------------------------------------------------
class Wrong(Exception): pass

def need(good, why):
    if not good: raise Wrong(why)

def b64(text):
    try: out = base64.b64decode(text, validate=True)
    except Exception: raise Wrong("base64: cannot be read")
    need(base64.b64encode(out).decode() == text, "base64: not the one way to write it")
    return out

def verifier(text):
    name, _, rest = text.strip().partition("+")
    key_id, _, key = rest.partition("+")
    key = b64(key)
    need(name and len(key) == 33 and key[0] in (1, 4), f"public key {text!r}: not NAME+ID+KEY of type 1 or 4")
    need(sha(name.encode(), b"\n", key)[:4].hex() == key_id, f"public key {name}: its id is another")
    return name, bytes.fromhex(key_id), key[0], key[1:]

def read_note(data, keys):
    """The text, and the names whose signature holds."""
    need(data.endswith(b"\n") and b"\n\n" in data, "checkpoint: not a signed note")
    split = data.rindex(b"\n\n")
    text, lines = data[:split + 1], data[split + 2:].decode().split("\n")[:-1]
    need(lines, "checkpoint: not signed")
    signed, times_signed = set(), {}
    for line in lines:
        need(line.startswith("\u2014 ") and line.count(" ") == 2, "checkpoint: a signature line of another form")
        _, name, blob = line.split(" ")
        blob = b64(blob)
        for key in keys:
            if (name, blob[:4]) != key[:2]: continue
            if key[2] == 1: good = ed25519(key[3], text, blob[4:])
            else:
                time = struct.unpack(">Q", blob[4:12])[0]
                good = ed25519(key[3], b"cosignature/v1\ntime %d\n" % time + text, blob[12:])
                times_signed[name] = time
            need(good, f"checkpoint: the signature of {name} does not hold")
            signed.add(key)
    return text.decode(), signed, times_signed

def checkpoint(text):
    origin, size, root = text.split("\n")[:3]
    need(size.isdigit() and str(int(size)) == size, "checkpoint: its size is no plain number")
    need(len(b64(root)) == 32, "checkpoint: its root has no 32 bytes")
    return origin, int(size), b64(root)

# ---- The tree (RFC 6962, RFC 9162 2.1.3.2) and the leaf --------------------------------------------------------------
def climb(index, size, node, path):
    need(index < size, "path: the event lies beyond the checkpoint")
    last = size - 1
    for step in path:
        need(last != 0 and len(step) == 32, "path: too long")
        if index & 1 or index == last:
            node = sha(b"\1", step, node)
            while not index & 1 and index: index, last = index >> 1, last >> 1
        else: node = sha(b"\1", node, step)
        index, last = index >> 1, last >> 1
    need(last == 0, "path: too short")
    return node

def envelope(data):
    head, at, out = b"concordat-envelope/v1\n", 22, {}
    need(data.startswith(head), "envelope: of another kind")
    for name, kind in (("ledger", "s"), ("first_sequence", 8), ("events", 8), ("command_id", "s"), ("command_digest", "s"), ("time_ms", 8), ("principal", "s"),
                       ("who", "s"), ("capacity", 4), ("on_behalf_of", "s"), ("mandate", "s"), ("acted_on", "s"), ("backfill", 1)):
        size = kind
        if kind == "s": size, at = int.from_bytes(data[at:at + 4], "big"), at + 4
        need(at + size <= len(data), "envelope: cut off")
        out[name], at = data[at:at + size], at + size
        if kind != "s": out[name] = int.from_bytes(out[name], "big")
    need(at == len(data), "envelope: something follows it")
    return out

# ---- The pack --------------------------------------------------------------------------------------------------------
def check_sums(directory):
    sums = open(os.path.join(directory, "SHA256SUMS"), encoding="ascii").read()
    there = sorted(set(os.listdir(directory)) - {"SHA256SUMS"})
    want = "".join(f"{sha(open(os.path.join(directory, name), 'rb').read()).hex()}  {name}\n" for name in there)
    need(sums == want, "SHA256SUMS: not those of the files that are here")

def check_event(line, ledger, size, root):
    one = json.loads(line)
    sequence, data, event = one["sequence"], b64(one["envelope"]), b64(one["event"])
    said = envelope(data)
    need(said["ledger"].decode() == ledger, f"event {sequence}: of another ledger")
    need(said["first_sequence"] <= sequence < said["first_sequence"] + said["events"], f"event {sequence}: not of this envelope")
    leaf = b"concordat-leaf/v1\n" + struct.pack(">QQ", sequence, said["time_ms"]) + sha(data) + sha(event)
    try: top = climb(sequence - 1, size, sha(b"\0", leaf), [b64(p) for p in one["path"]])
    except Wrong as wrong: raise Wrong(f"event {sequence}: {wrong}")
    need(top == root, f"event {sequence}: does not lead to the root that was signed")
    return sequence, {said["first_sequence"]: data}, said["time_ms"]

def verify(directory, keys, witnesses):
    faults = []
    def tried(what, *arguments):
        try: return what(*arguments)
        except Wrong as wrong: faults.append(str(wrong))
        except Exception as error: faults.append(f"{what.__name__}: cannot be read ({type(error).__name__}: {error})")
    tried(check_sums, directory)
    got = tried(read_note, open(os.path.join(directory, "checkpoint"), "rb").read(), keys)
    if got is None: return faults, ""
    head = tried(checkpoint, got[0])
    if head is None: return faults, ""
    origin, size, root = head
    if not any(key[2] == 1 and key[0] == origin for key in got[1]): faults.append(f"checkpoint: the log {origin} did not sign it with the key you gave")
    cosigned = {key[3] for key in got[1] if key[2] == 4}
    if len(cosigned) < witnesses: faults.append(f"checkpoint: {witnesses} witnesses were asked for, but {len(cosigned)} signed it")
    lines = open(os.path.join(directory, "proof.jsonl"), encoding="utf-8").read().split("\n")
    about = json.loads(lines[0])
    if lines[-1] != "": faults.append("proof.jsonl: cut off")
    before, before_ms, envelopes = 0, 0, {}
    for line in lines[1:-1]:
        done = tried(check_event, line, about["ledger"], size, root)
        if done is None: continue
        if done[0] <= before: faults.append(f"event {done[0]}: out of order")
        if done[2] < before_ms: faults.append(f"event {done[0]}: recorded before event {before} that precedes it")
        before, before_ms = done[0], max(before_ms, done[2])
        for first, data in done[1].items():
            if envelopes.setdefault(first, data) != data: faults.append(f"event {before}: two envelopes for one act")
    told = f"{about['about']}: {len(lines) - 2} events are in the log {origin} of {size} events, as it was signed"
    for name, time in sorted(got[2].items()): told += f"; {name} saw it at {time}"
    return faults, told

def main(arguments):
    witnesses = 0
    if "--witnesses" in arguments:
        at = arguments.index("--witnesses")
        witnesses = int(arguments[at + 1])
        del arguments[at:at + 2]
    if len(arguments) < 2: sys.exit(print(__doc__) or 2)
    keys = []
    for one in arguments[1:]:
        try: keys.append(verifier(open(one).read() if os.path.isfile(one) else one))
        except Wrong as wrong: sys.exit(print(wrong) or 2)
    try: faults, told = verify(arguments[0], keys, witnesses)
    except (OSError, ValueError, KeyError) as error: faults, told = [f"not a pack: {error}"], ""
    for fault in faults: print("WRONG", fault)
    if faults: sys.exit(1)
    print("good ", told)
    print("not checked here: that page.html and events.jsonl say what the events say (concordat audit verify makes them again), and that\n"
          "no further event concerns the matter (only the whole log can show that)")

if __name__ == "__main__": main(sys.argv[1:])
