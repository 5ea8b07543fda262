"""What the service's tests share: the packages, the generated client, a server with the pack, and counting."""
import hashlib, json, os, pathlib, re, shutil, signal, subprocess, sys, tempfile, time, urllib.error, urllib.request

root = pathlib.Path(__file__).resolve().parents[2]
build = pathlib.Path(os.environ.get("CONCORDAT_BUILD", root / "build"))
program = str(build / "app" / "concordat")
pack = root / "deploy" / "west-midlands"
passed, failures = 0, []

def packages():
    """Goes on inside a virtual environment with what requirements.txt pins; made once, and again when that file changes."""
    wanted = root / "tests" / "service" / "requirements.txt"
    home = build / "venv-service"
    if pathlib.Path(sys.prefix) == home: return
    mark = home / hashlib.sha256(wanted.read_bytes()).hexdigest()
    if not mark.exists():
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(home / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", "-r", str(wanted)], check=True)
        mark.touch()
    python = str(home / "bin" / "python3")
    os.execv(python, [python, *sys.argv])

def node_packages(folder=None):
    """Where the npm packages of a folder's package.json are; fetched once, and again when it or its lock file changes."""
    folder = folder or root / "tests" / "service"
    files = [one for one in (folder / "package.json", folder / "package-lock.json") if one.exists()]
    home = build / f"node-{folder.name}"
    mark = home / hashlib.sha256(b"".join(one.read_bytes() for one in files)).hexdigest()
    if not mark.exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        for one in files: shutil.copy(one, home)
        subprocess.run(["npm", "ci" if len(files) == 2 else "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"], cwd=home, check=True)
        mark.touch()
    return home

def java_packages(folder):
    """The jars of a folder's pom.xml, as a class path; fetched once, and again when that file changes."""
    wanted = folder / "pom.xml"
    home = build / f"java-{folder.parent.name}"
    mark = home / hashlib.sha256(wanted.read_bytes()).hexdigest()
    if not mark.exists():
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run(["mvn", "-q", "-B", "-f", str(wanted), "dependency:copy-dependencies", f"-DoutputDirectory={home}", "-DincludeScope=runtime"], check=True, stdout=subprocess.PIPE)
        mark.touch()
    return f"{home}/*"

def cpp_consumer():
    """The receiver's kit's consumer in C++, compiled as its first lines say; None and why not."""
    source, made = root / "deploy" / "receiver-kit" / "consumer.cc", build / "receiver-kit" / "consumer"
    if made.exists() and made.stat().st_mtime > source.stat().st_mtime: return made, ""
    made.parent.mkdir(exist_ok=True)
    done = subprocess.run(["g++", "-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror", str(source), "-o", str(made), "-lsqlite3", "-lrdkafka++"], capture_output=True, text=True)
    return (made if done.returncode == 0 else None), done.stderr

def truth(name, good, why=""):
    global passed
    if good: passed += 1
    else: failures.append(f"{name}: {str(why)[:1500]}")

def finish(suite):
    for message in failures: print("FAILED", message)
    print(f"{suite}: {passed} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)

def run(*arguments, text="", env=None):
    return subprocess.run([program, *map(str, arguments)], input=text, capture_output=True, text=True, timeout=120, env=env)

def load(data, *options):
    """A data directory with the model of the West Midlands and what was played on it."""
    files = [*sorted(pack.glob("[0-9]*.yaml")), *sorted((pack / "rules").glob("*.yaml")), *sorted((pack / "procedures").glob("*.yaml"))]
    assert run("--data", data, *options, "init").returncode == 0
    assert run("--data", data, *options, "submit", "-q", *files).returncode == 0
    for play in ["host", "pod"]: assert run("--data", data, *options, "submit", "-q", pack / "play" / f"{play}.yaml").returncode == 0

class Server:
    def __init__(self, data, *options, node=(), listen="127.0.0.1:0", more=()):
        self.process = subprocess.Popen([program, "--data", str(data), *node, "serve", "--listen", "127.0.0.1:0", "--http", listen, *more, *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        lines = [self.process.stdout.readline() for _ in range(2)]
        if not lines[1].startswith("http on "): raise RuntimeError(f"{lines} {self.process.stderr.read()}")
        self.grpc, self.http = lines[0].split()[-1], "http://" + lines[1].split()[-1].replace("0.0.0.0", "127.0.0.1")
    def __enter__(self): return self
    def __exit__(self, *_): self.stop()
    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None: self.process.send_signal(how)
        self.process.wait(15)
        return self.process.returncode
    def call(self, method, body=None, raw=None, headers={}, path="/concordat.v1.Concordat/"):
        """POST as JSON; the status, and the body as JSON where it is."""
        data = raw if raw is not None else json.dumps(body or {}).encode()
        return fetch(self.http + path + method, data, {"Content-Type": "application/json", **headers})
    def get(self, path): return fetch(self.http + path, None, {})

def fetch(url, data, headers):
    request = urllib.request.Request(url, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=40) as answer: status, bytes_, got = answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error: status, bytes_, got = error.code, error.read(), error.headers
    try: return status, json.loads(bytes_), got
    except ValueError: return status, bytes_, got

def client(scratch):
    """The Python client, generated from the definition as any integrator would."""
    out = pathlib.Path(scratch) / "client"
    out.mkdir(exist_ok=True)
    from grpc_tools import protoc
    import grpc_tools
    protos = sorted(map(str, (root / "proto" / "concordat" / "v1").glob("*.proto")))
    code = protoc.main(["protoc", f"-I{root / 'proto'}", f"-I{pathlib.Path(grpc_tools.__file__).parent / '_proto'}", f"--python_out={out}", f"--grpc_python_out={out}", *protos])
    assert code == 0
    sys.path.insert(0, str(out))

def wait_until(what, seconds=20):
    until = time.time() + seconds
    while time.time() < until:
        got = what()
        if got: return got
        time.sleep(0.05)
    return what()
